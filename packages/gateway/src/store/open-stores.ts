import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, openLevelStore } from "@tegata/ledger/storage";
import { GatewayError } from "../errors.ts";
import { deriveLocalKeys, type LocalStore } from "./local-keys.ts";
import { sealedKey } from "./sealed-key.ts";
import { SealedStore } from "./sealed-store.ts";

/** What a local database belongs to; it is opened by no other gateway. */
export interface StoreOwner {
  readonly network: string;
  readonly member: string;
}

interface Stamp extends StoreOwner {
  readonly format: number;
}

const format = 1;
const stampKey = sealedKey(0, Uint8Array.of(0));
const MIB = 1_048_576;

/**
 * Opens one of the gateway's databases, or makes it. The caller holds the folder's lock.
 * @throws GATEWAY_HOME_MISMATCH, GATEWAY_STORE_DAMAGED, and what `openLevelStore` throws
 */
export async function openSealedStore(
  folder: string,
  store: LocalStore,
  localKey: Uint8Array,
  owner: StoreOwner,
): Promise<SealedStore> {
  makeFolder(folder);
  const path = join(folder, store);
  const isNew = !existsSync(path) || readdirSync(path).length === 0;
  const level = await openLevelStore({
    folder: path,
    mode: isNew ? "create" : "open",
    compression: "none",
    writeBufferBytes: 16 * MIB,
    tableBytes: 8 * MIB,
    cacheBytes: 16 * MIB,
  });
  const sealed = new SealedStore(level, deriveLocalKeys(localKey, store));
  try {
    const stamp = sealed.get<Stamp>(stampKey);
    if (stamp === null) {
      await sealed.write([{ type: "put", key: stampKey, value: { ...owner, format } }]);
    } else check(stamp, owner, store);
    return sealed;
  } catch (error) {
    await sealed.close();
    throw error;
  }
}

function check(stamp: Stamp, owner: StoreOwner, store: LocalStore): void {
  const pairs = [
    [`network of the ${store}`, owner.network, stamp.network],
    [`company of the ${store}`, owner.member, stamp.member],
    [`format of the ${store}`, `${format}`, `${stamp.format}`],
  ] as const;
  for (const [what, expected, actual] of pairs) {
    if (expected === actual) continue;
    throw new GatewayError("GATEWAY_HOME_MISMATCH", { what, expected, actual });
  }
}
