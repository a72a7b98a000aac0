import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cardFromText } from "@tegata/ledger/chain";
import { LedgerError, sha256, toHex } from "@tegata/ledger/primitives";
import {
  type BackupRecord,
  type KeyValueStore,
  type KeyValueWrite,
  openKeystore,
  openLevelStore,
  takeLock,
} from "@tegata/ledger/storage";
import { CliError } from "../errors.ts";
import { checkHomeFree, exists, homePaths, writeWhole } from "../founding/home.ts";
import { recoveringFolder } from "../recovering/recovering.ts";
import { levelOptions } from "./contents.ts";
import type { BackupManifest } from "./manifest.ts";
import { readBackup } from "./read.ts";

/** What is restored where. */
export interface RestoreRequest {
  readonly file: string;
  readonly home: string;
  readonly passphrase: string;
  /** Whether the gateway's data of the same company may be set aside for those of the backup. */
  readonly replace: boolean;
  readonly nowMs: number;
}

/** What a restoring did. */
export interface Restored {
  readonly manifest: BackupManifest;
  /** Whether a signer guard was there, and stays. */
  readonly guardKept: boolean;
  /** Whether blocks were there or came with the backup. */
  readonly hasChain: boolean;
  /** What was moved away for it. */
  readonly setAside: readonly string[];
}

const batchBytes = 4 * 1_048_576;
/** What runs that were cut off left: what they laid aside, and a mark that was not written to its end. */
const leftName = /^(?:restore|restoring)\.new-\d+$/;
/** Single files that name the company or open its keys: those in place stay unless they are replaced. */
const pieces = ["genesis", "card", "trusted-block", "config.toml", "keys", "gateway"] as const;

/** While it lies in a home folder, a restoring has begun there and not ended; nothing may start. */
export function restoreMark(home: string): string {
  return join(home, "restoring");
}

/**
 * Restores a backup into a home folder, whole or not at all: everything is read, checked and laid aside
 * first. A guard that is there stays, and none is made: no backup knows what was signed since. The caller
 * holds the home folder.
 * @throws CLI_HOME_TAKEN, CLI_RESTORE_OTHER, CLI_FILE_UNREADABLE, LEDGER_BACKUP_*, LEDGER_STORE_*
 */
export async function restoreBackup(request: RestoreRequest): Promise<Restored> {
  const { file, home, passphrase } = request;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const begun = await readMark(home);
  const isTaken = begun === null && (await exists(homePaths(home).nodeKeystore));
  if (isTaken && !request.replace) throw new CliError("CLI_HOME_TAKEN", { home });
  if (!isTaken && begun === null) await checkHomeFree(home);
  for (const name of await readdir(home)) {
    if (leftName.test(name)) await rm(join(home, name), { recursive: true });
  }
  const staging = join(home, `restore.new-${process.pid}`);
  await mkdir(staging, { mode: 0o700 });
  try {
    const manifest = await layOut(file, passphrase, staging);
    await checkWhole(staging, passphrase);
    // The gateway finds on the ledger what it wrote since; see docs/PROTOCOL.md section 9.
    await mkdir(join(staging, "gateway"), { recursive: true, mode: 0o700 });
    await writeFile(join(staging, "gateway", "restored"), "", { mode: 0o600, flush: true });
    await checkSameCompany(home, staging, begun);
    return { ...(await install(request, staging)), manifest };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Writes the parts of a backup into a folder of their own. */
async function layOut(file: string, passphrase: string, staging: string): Promise<BackupManifest> {
  let database: KeyValueStore | null = null;
  let batch: KeyValueWrite[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await database?.write(batch);
    batch = [];
    bytes = 0;
  };
  const finish = async (): Promise<void> => {
    await flush();
    await database?.close();
    database = null;
  };
  const take = async (record: BackupRecord): Promise<void> => {
    if (record.type === "entry") {
      batch.push({ type: "put", key: record.key, value: record.value });
      bytes += record.key.length + record.value.length;
      if (bytes >= batchBytes) await flush();
      return;
    }
    await finish();
    if (record.type === "database") {
      const folder = join(staging, record.name);
      database = await openLevelStore({ ...levelOptions, folder, mode: "create" });
    }
    if (record.type === "file") {
      const path = join(staging, record.path);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, record.content, { flag: "wx", mode: 0o600, flush: true });
    }
  };
  try {
    const manifest = await readBackup(file, passphrase, take);
    await finish();
    return manifest;
  } catch (error) {
    await (database as KeyValueStore | null)?.close();
    throw error;
  }
}

/** A backup of a company has its card, its genesis and keys that the passphrase opens. */
async function checkWhole(staging: string, passphrase: string): Promise<void> {
  const paths = homePaths(staging);
  for (const path of [paths.card, paths.genesis, paths.gatewayKeystore]) {
    if (await exists(path)) continue;
    const reason = "it lacks card, genesis or keys";
    throw new LedgerError("LEDGER_BACKUP_MALFORMED", `not a backup: ${reason}`, { reason });
  }
  await openKeystore(await readFile(paths.nodeKeystore, "utf8"), "node", passphrase);
}

/** A backup of another company is never put over one that is here, whole or in part. */
async function checkSameCompany(
  home: string,
  staging: string,
  begun: string | null,
): Promise<void> {
  if (begun !== null && begun !== (await markFor(staging))) {
    throw new CliError("CLI_RESTORE_OTHER", { home, company: begun.split("\n", 1)[0] ?? "" });
  }
  for (const name of ["card", "genesis"]) {
    const own = await lineOf(home, name);
    if (own !== "" && own !== (await lineOf(staging, name))) {
      throw new CliError("CLI_HOME_TAKEN", { home });
    }
  }
}

/** What the mark says: handle and card of the company whose backup is put in place, and a hash of its genesis. */
async function markFor(staging: string): Promise<string> {
  const card = await lineOf(staging, "card");
  const genesis = new TextEncoder().encode(await lineOf(staging, "genesis"));
  return [cardFromText(card).handle, card, toHex(sha256(genesis))].join("\n");
}

/** The mark of a restoring that began in a home folder and did not end, or null for none. */
async function readMark(home: string): Promise<string | null> {
  if (!(await exists(restoreMark(home)))) return null;
  return (await readFile(restoreMark(home), "utf8")).trim();
}

async function lineOf(folder: string, name: string): Promise<string> {
  return (await readFile(join(folder, name), "utf8").catch(() => "")).trim();
}

/** Moves everything to its place. Until the mark goes, nothing starts, and a restoring can be repeated. */
async function install(
  { home, replace, nowMs }: RestoreRequest,
  staging: string,
): Promise<Omit<Restored, "manifest">> {
  const setAside: string[] = [];
  const mark = restoreMark(home);
  for (const name of ["node", "gateway"]) {
    // Programs that were started without the command line hold their own folders.
    if (await exists(join(home, name, "lock"))) takeLock(join(home, name, "lock")).release();
  }
  await writeWhole(mark, `${await markFor(staging)}\n`);
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  // What a coming back has begun belongs to other keys than those that are put in place now.
  const begun = recoveringFolder(home);
  if (await exists(begun)) {
    await rename(begun, `${begun}.before-${stamp}`);
    setAside.push(`${begun}.before-${stamp}`);
  }
  for (const name of pieces) {
    const [from, to] = [join(staging, name), join(home, name)];
    if (!(await exists(from))) continue;
    if (await exists(to)) {
      if (name === "config.toml" && replace) continue;
      const aside = `${to}.before-${stamp}`;
      if (await exists(aside)) await rm(to, { recursive: true });
      else await rename(to, aside);
      setAside.push(aside);
    }
    await rename(from, to);
  }
  const hasChain = await exists(join(home, "node", "state"));
  for (const name of ["bodies", "state"]) {
    const from = join(staging, "node", name);
    if (hasChain || !(await exists(from))) continue;
    await mkdir(join(home, "node"), { recursive: true, mode: 0o700 });
    await rm(join(home, "node", name), { recursive: true, force: true });
    await rename(from, join(home, "node", name));
  }
  await mkdir(homePaths(home).log, { recursive: true, mode: 0o700 });
  await rm(mark);
  const guards = await readdir(homePaths(home).guard).catch(() => []);
  const guardKept = guards.some((name) => name.endsWith(".guard"));
  return { guardKept, hasChain: await exists(join(home, "node", "state")), setAside };
}
