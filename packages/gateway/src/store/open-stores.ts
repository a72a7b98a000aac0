import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { LedgerError } from "@tegata/ledger/primitives";
import { checkTables, makeFolder, openLevelStore, tableFiles } from "@tegata/ledger/storage";
import { GatewayError } from "../errors.ts";
import { deriveLocalKeys, type LocalStore } from "./local-keys.ts";
import { keyRange, sealedKey } from "./sealed-key.ts";
import { asDamage, SealedStore, type SealedWrite, storeDamaged } from "./sealed-store.ts";
import { outboxTable } from "./tables.ts";
import { readTrail, Trail, trailPrefix } from "./trail.ts";

/** What a local database belongs to; it is opened by no other gateway. */
export interface StoreOwner {
  readonly network: string;
  readonly member: string;
}

/** Both databases of a gateway. */
export interface LocalStores {
  readonly outbox: SealedStore;
  readonly index: SealedStore;
  /**
   * Rejects with GATEWAY_STORE_DAMAGED when a table of the outbox is not as it was written. It is begun once, by the
   * first call or the first write: until it resolves the outbox writes nothing, so nothing is acknowledged or sent
   * over a damage, while everything that does not write goes on.
   */
  readonly checkOutbox: () => Promise<void>;
  /**
   * Rejects with GATEWAY_STORE_DAMAGED when a table of the index is not as it was written. Where there is much of it,
   * nobody waits for that: what is acknowledged lies in the outbox.
   */
  readonly indexChecked: Promise<void>;
}

interface Stamp extends StoreOwner {
  readonly format: number;
}

interface Opened {
  readonly name: LocalStore;
  readonly store: SealedStore;
  /** Compares the tables that were there before with their checksums. @throws GATEWAY_STORE_DAMAGED */
  readonly checkTables: () => Promise<void>;
  readonly trail: { count: number; others: number };
}

/** Changes whenever what other programs wrote would be misread; docs/PROTOCOL.md section 9. */
const format = 3;
const stampKey = sealedKey(0, Uint8Array.of(0));
const MIB = 1_048_576;

/**
 * Opens the gateway's databases, or makes them, and finds out whether either lost anything that was on its disk.
 * The caller holds the folder's lock. An outbox whose whole folder is gone begins empty: that is how a person
 * takes over without it.
 * @throws GATEWAY_HOME_MISMATCH, GATEWAY_STORE_DAMAGED, LEDGER_STORE_OTHER_FORMAT, and what `openLevelStore` throws
 */
export async function openLocalStores(
  folder: string,
  localKey: Uint8Array,
  owner: StoreOwner,
): Promise<LocalStores> {
  makeFolder(folder);
  const opened: SealedStore[] = [];
  const open = async (name: LocalStore): Promise<Opened> => {
    const one = await openOne(folder, name, localKey, owner);
    opened.push(one.store);
    return one;
  };
  try {
    const begun = isMissing(join(folder, "index")) ? null : await open("index");
    if (begun !== null && isMissing(join(folder, "outbox"))) await forgetOutbox(begun, owner);
    const outbox = await open("outbox");
    if (begun === null) await checkNothingWaits(outbox.store);
    const index = begun ?? (await open("index"));
    checkTogether(outbox, index);
    outbox.store.keepTrail(new Trail(outbox.trail.count), index.store);
    index.store.keepTrail(new Trail(index.trail.count), outbox.store);
    const checkOutbox = once(outbox.checkTables);
    outbox.store.holdUntil(checkOutbox);
    const indexChecked = index.checkTables();
    indexChecked.catch(() => undefined);
    return { outbox: outbox.store, index: index.store, checkOutbox, indexChecked };
  } catch (error) {
    for (const store of opened) await store.close();
    throw error;
  }
}

function once<T>(call: () => Promise<T>): () => Promise<T> {
  let called: Promise<T> | null = null;
  return () => {
    called ??= call();
    return called;
  };
}

/** Each notes in its trail how far the other had come: that much has to be there. */
function checkTogether(outbox: Opened, index: Opened): void {
  for (const [one, other] of [
    [outbox, index],
    [index, outbox],
  ] as const) {
    if (one.trail.others <= other.trail.count) continue;
    throw storeDamaged(other.name, "its last changes are missing");
  }
}

/** Before an empty outbox is made the index lets go of how far the one before had come. */
async function forgetOutbox({ store, trail }: Opened, owner: StoreOwner): Promise<void> {
  if (trail.others === 0) return;
  const step = new Trail(trail.count);
  store.keepTrail(step, null);
  await store.write([stampWrite(owner)]);
  trail.count = step.count;
  trail.others = 0;
}

/** Rows that wait were acknowledged with keys that lie in the index. */
async function checkNothingWaits(outbox: SealedStore): Promise<void> {
  for (const table of [outboxTable.entry, outboxTable.refused, outboxTable.control]) {
    for await (const _ of outbox.keys(keyRange(sealedKey(table)))) {
      throw storeDamaged("index", "it is missing, and something waits for its keys");
    }
  }
}

function stampWrite(owner: StoreOwner): SealedWrite {
  return { type: "put", key: stampKey, value: { ...owner, format } };
}

async function openOne(
  folder: string,
  name: LocalStore,
  localKey: Uint8Array,
  owner: StoreOwner,
): Promise<Opened> {
  const path = join(folder, name);
  const isNew = isMissing(path);
  const tables = isNew ? [] : tableFiles(path);
  const level = await openLevelStore({
    folder: path,
    mode: isNew ? "create" : "open",
    compression: "none",
    writeBufferBytes: 16 * MIB,
    tableBytes: 8 * MIB,
    cacheBytes: 16 * MIB,
  }).catch((error: unknown) => {
    throw asDamage(name, error);
  });
  // Opening takes away what a crash left half written, so those that are left belong to the database.
  const checkKept = async (): Promise<void> => {
    await checkTables(path, tables).catch((error: unknown) => {
      throw asDamage(name, error);
    });
  };
  const store = new SealedStore(level, deriveLocalKeys(localKey, name));
  try {
    const stamp = store.get<Stamp>(stampKey);
    if (stamp !== null) checkOwner(stamp, owner, name);
    const trail = await readTrail(store.prefix(trailPrefix));
    if (trail.type === "hole") throw storeDamaged(name, "changes are missing among later ones");
    if (stamp === null) {
      if (trail.count > 0) throw storeDamaged(name, "its first entry is missing");
      await store.write([stampWrite(owner)]);
    }
    const { count, others } = trail;
    return { name, store, trail: { count, others }, checkTables: checkKept };
  } catch (error) {
    await store.close();
    // What cannot be read may be a table that is cut short.
    await checkKept();
    throw asDamage(name, error);
  }
}

/** A database is made whole or not at all. */
function isMissing(path: string): boolean {
  return !existsSync(path) || readdirSync(path).length === 0;
}

function checkOwner(stamp: Stamp, owner: StoreOwner, store: LocalStore): void {
  const pairs = [
    [`network of the ${store}`, owner.network, stamp.network],
    [`company of the ${store}`, owner.member, stamp.member],
  ] as const;
  for (const [what, expected, actual] of pairs) {
    if (expected === actual) continue;
    throw new GatewayError("GATEWAY_HOME_MISMATCH", { what, expected, actual });
  }
  if (stamp.format === format) return;
  const message = `the ${store} has format ${stamp.format} instead of ${format}`;
  const detail = { expected: format, actual: stamp.format };
  throw new LedgerError("LEDGER_STORE_OTHER_FORMAT", message, detail);
}
