import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { GatewayClient } from "@tegata/gateway/client";
import { LedgerError } from "@tegata/ledger/primitives";
import {
  type BackupRecord,
  databaseRecords,
  everyKey,
  openChainStore,
  openLevelStore,
  readBackupRecords,
  takeLock,
} from "@tegata/ledger/storage";
import { readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";

/** Files right in the home folder that a backup holds, where they are there. */
const rootFiles = ["genesis", "card", "trusted-block", "plant.crt"] as const;
const folders = ["keys", "gateway"] as const;
const fileBytesMax = 1_048_576;

/** Databases of the gateway, which has them open while it runs. */
export const gatewayDatabases = ["gateway/outbox", "gateway/index"] as const;

/** Databases of the node. */
export const chainDatabases = ["node/bodies", "node/state"] as const;

/** Where the settings stand in a backup, wherever they lie. */
export const settingsName = "config.toml";

/** What may stand in a backup as a file, so that none can be written anywhere else. */
export function isBackupFile(path: string): boolean {
  if (path === settingsName || rootFiles.some((name) => name === path)) return true;
  const [folder = "", name = "", ...more] = path.split("/");
  const isKnown = folders.some((one) => one === folder);
  return isKnown && more.length === 0 && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name);
}

/** Whether a backup may hold a database of this name. */
export function isBackupDatabase(name: string): boolean {
  return [...gatewayDatabases, ...chainDatabases].some((one) => one === name);
}

/** The files of a home folder that belong into a backup. */
export async function* fileRecords(home: string, settings: string): AsyncGenerator<BackupRecord> {
  const names: [name: string, path: string][] = rootFiles.map((name) => [name, join(home, name)]);
  names.push([settingsName, settings]);
  for (const folder of folders) {
    const found = await readdir(join(home, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of found) {
      const name = `${folder}/${entry.name}`;
      if (entry.isFile() && isBackupFile(name)) names.push([name, join(home, name)]);
    }
  }
  for (const [path, file] of names) {
    if (!(await exists(file)) || (await stat(file)).size > fileBytesMax) continue;
    yield { type: "file", path, content: await readFile(file) };
  }
}

/** The databases of a gateway that runs, from itself. */
export async function* liveRecords(gateway: GatewayClient): AsyncGenerator<BackupRecord> {
  for await (const record of readBackupRecords(gateway.backup())) {
    if (record.type !== "end") yield record;
  }
}

/** Databases that nobody has open. */
export async function* restingRecords(
  home: string,
  names: readonly string[],
): AsyncGenerator<BackupRecord> {
  const folder = (names[0] ?? "").split("/", 1)[0] ?? "";
  if (!(await exists(join(home, folder)))) return;
  const lock = takeLock(join(home, folder, "lock"));
  try {
    for (const name of names) {
      if (!(await exists(join(home, name, "CURRENT")))) continue;
      const store = await openLevelStore({
        ...levelOptions,
        folder: join(home, name),
        mode: "open",
      });
      try {
        yield* databaseRecords(name, store.range(everyKey));
      } finally {
        await store.close();
      }
    }
  } finally {
    lock.release();
  }
}

/**
 * Deletes what owners have purged where the node ended before it came to that: no backup carries it on.
 * A chain that is damaged is taken as it is.
 */
export async function finishPurges(home: string): Promise<void> {
  const folder = join(home, "node");
  if (!(await exists(join(folder, "state", "CURRENT")))) return;
  const { networkId } = await readGenesis(homePaths(home).genesis);
  try {
    const chain = await openChainStore({ folder, networkId, mode: "open" });
    await chain.purge().finally(() => chain.close());
  } catch (error) {
    const isDamaged = error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED";
    if (!isDamaged) throw error;
  }
}

const MIB = 1_048_576;

/** How the databases of a backup are read and written; none of it is kept in them. */
export const levelOptions = Object.freeze({
  compression: "none",
  writeBufferBytes: 16 * MIB,
  tableBytes: 8 * MIB,
  cacheBytes: 8 * MIB,
} as const);
