import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ClassicLevel, Iterator as LevelIterator } from "classic-level";
import { Level } from "level";
import { LedgerError } from "../primitives/index.ts";
import type {
  KeyRange,
  KeyValueEntry,
  KeyValueSnapshot,
  KeyValueStore,
  KeyValueWrite,
} from "./key-value-store.ts";
import { diedJoiningTwice } from "./level-log.ts";
import type { TableCheck } from "./level-tables.ts";
import { makeFolder, syncFolder } from "./store-folder.ts";
import {
  findSuspectTables,
  markSuspect,
  moveTablesAside,
  putTablesBack,
  removeSuspectTables,
} from "./suspect-tables.ts";

/** How a LevelDB is opened; the sizes are bytes. */
export interface LevelStoreOptions {
  readonly folder: string;
  /** `create`: the folder must be missing or empty. `open`: it must hold a database. */
  readonly mode: "create" | "open";
  /** Off for values that do not shrink: it costs time and saves nothing on ciphertext. */
  readonly compression: "snappy" | "none";
  readonly writeBufferBytes: number;
  readonly tableBytes: number;
  readonly cacheBytes: number;
}

type Database = ClassicLevel<Uint8Array, Uint8Array>;
type AbstractSnapshot = ReturnType<Database["snapshot"]>;

/** What a range reads ahead: this many entries, or fewer if they are large. */
const iteratorEntriesHeld = 1_000;
const iteratorBytesHeld = 256 * 1_024;

/** Deleting it changes nothing, and is a write all the same. */
const keyOfNobody = new Uint8Array(0);

/**
 * Folders open in this process. A second open of one folder fails, but on its way closes a file and so
 * drops the lock of the first: another process could then open the live database.
 */
const openFolders = new Set<string>();

function damaged(what: string, cause?: unknown): LedgerError<"LEDGER_STORE_DAMAGED"> {
  return new LedgerError("LEDGER_STORE_DAMAGED", what, { what, height: null }, cause);
}

/** LevelDB's own name of what went wrong; on a failed open it stands in the cause. */
function levelCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const codes = [error.cause, error].map((one) => (one as { readonly code?: unknown })?.code);
  const found = codes.find((code) => typeof code === "string");
  return typeof found === "string" ? found : null;
}

function translated(error: unknown, folder: string, operation: string): LedgerError {
  switch (levelCode(error)) {
    case "LEVEL_LOCKED":
      return new LedgerError(
        "LEDGER_STORE_LOCKED",
        `another process holds the database in ${folder}`,
        { folder, pid: null },
        error,
      );
    case "LEVEL_CORRUPTION":
      return damaged(`the database in ${folder} is damaged`, error);
    default:
      return new LedgerError(
        "LEDGER_STORE_FAILED",
        `the disk refused to ${operation} ${folder}`,
        { folder, operation },
        error,
      );
  }
}

/**
 * LevelDB takes a folder without its file CURRENT for a new database and deletes the tables in it, and calls a
 * CURRENT that names no file a failure of the disk, so we look ourselves before it does.
 */
function checkFolder(folder: string, mode: LevelStoreOptions["mode"]): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const current = names.includes("CURRENT");
  if (!current && names.length > 0) {
    throw damaged(`the database in ${folder} has lost its file CURRENT`);
  }
  if (current && !names.includes(readFileSync(join(folder, "CURRENT"), "latin1").trimEnd())) {
    throw damaged(`the file CURRENT of the database in ${folder} names no manifest that is there`);
  }
  if (mode === "create" && current) {
    const message = `${folder} holds a database already`;
    throw new LedgerError("LEDGER_STORE_EXISTS", message, { folder });
  }
  if (mode === "open" && !current) {
    throw new LedgerError("LEDGER_STORE_MISSING", `${folder} holds no database`, { folder });
  }
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Younger than this, a time of change may stay the same although names changed again. */
const sameTimeMs = 1_000;

/**
 * Makes names in the folder of a database last: LevelDB syncs a log that it has begun but not the log's name, so
 * that whoever loses power may lose the file with everything synced in it.
 */
class LastingNames {
  readonly #folder: string;
  /** Time of the last change of names that are known to last; null: look again. */
  #lastingNs: bigint | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  sync(): void {
    const { mtimeNs, mtimeMs } = statSync(this.#folder, { bigint: true });
    if (mtimeNs === this.#lastingNs) return;
    syncFolder(this.#folder);
    this.#lastingNs = Date.now() - Number(mtimeMs) > sameTimeMs ? mtimeNs : null;
  }
}

class LevelStore implements KeyValueStore {
  readonly #database: Database;
  readonly #folder: string;
  readonly #names: LastingNames;
  #state: "open" | "closed" = "open";
  /** The first failed write: LevelDB's log then ends in something unknown, so nothing follows it. */
  #failure: LedgerError | null = null;

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
    this.#names = new LastingNames(folder);
  }

  get(key: Uint8Array): Uint8Array | null {
    this.#check();
    const value = this.#attempt(() => this.#database.getSync(key));
    return value === undefined ? null : plain(value);
  }

  range(range: KeyRange): AsyncIterable<KeyValueEntry> {
    return this.#range(range, undefined);
  }

  snapshot(): KeyValueSnapshot {
    this.#check();
    const snapshot = this.#attempt(() => this.#database.snapshot());
    return {
      getMany: async (keys) => {
        this.#check();
        try {
          const values = await this.#database.getMany([...keys], { snapshot });
          return values.map((value) => (value === undefined ? null : plain(value)));
        } catch (error) {
          this.#check();
          throw translated(error, this.#folder, "read");
        }
      },
      range: (range) => this.#range(range, snapshot),
      close: () => snapshot.close(),
    };
  }

  async write(batch: readonly KeyValueWrite[]): Promise<void> {
    this.#check();
    const operations = batch.map((change) =>
      change.type === "put" ? change : ({ type: "del", key: change.key } as const),
    );
    try {
      await this.#database.batch(operations, { sync: true });
      this.#names.sync();
    } catch (error) {
      this.#failure ??= translated(error, this.#folder, "write");
      if (this.#failure.code === "LEDGER_STORE_DAMAGED") markSuspect(this.#folder);
      throw this.#failure;
    }
    // A write that succeeded beside one that failed is not acknowledged either.
    if (this.#failure !== null) throw this.#failure;
  }

  async compact({ first, end }: KeyRange): Promise<void> {
    this.#check();
    try {
      await this.#database.compactRange(first, end);
    } catch (error) {
      this.#check();
      throw translated(error, this.#folder, "write");
    }
    // LevelDB keeps to itself that a compaction failed, but refuses whatever is to be written after it.
    await this.write([{ type: "delete", key: keyOfNobody }]);
  }

  async sizeOf({ first, end }: KeyRange): Promise<number> {
    this.#check();
    try {
      return await this.#database.approximateSize(first, end);
    } catch (error) {
      this.#check();
      throw translated(error, this.#folder, "read");
    }
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    try {
      await this.#database.close();
    } finally {
      openFolders.delete(this.#folder);
    }
  }

  #range(range: KeyRange, snapshot: AbstractSnapshot | undefined): AsyncIterable<KeyValueEntry> {
    this.#check();
    const iterator = this.#attempt(() =>
      this.#database.iterator<Uint8Array, Uint8Array>({
        gte: range.first,
        lt: range.end,
        highWaterMarkBytes: iteratorBytesHeld,
        snapshot,
      }),
    );
    return this.#entries(iterator);
  }

  async *#entries(
    iterator: LevelIterator<Database, Uint8Array, Uint8Array>,
  ): AsyncGenerator<KeyValueEntry> {
    try {
      // Many at a time: a wait for each entry would cost more than reading it.
      for (;;) {
        const entries = await iterator.nextv(iteratorEntriesHeld);
        if (entries.length === 0) return;
        for (const [key, value] of entries) yield { key: plain(key), value: plain(value) };
        this.#check();
      }
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      this.#check();
      throw translated(error, this.#folder, "read");
    } finally {
      await iterator.close();
    }
  }

  #attempt<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw translated(error, this.#folder, "read");
    }
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state === "open") return;
    const folder = this.#folder;
    throw new LedgerError("LEDGER_STORE_CLOSED", `the store in ${folder} is closed`, { folder });
  }
}

function levelAt(
  folder: string,
  options: LevelStoreOptions,
  mode: LevelStoreOptions["mode"],
): Database {
  return new Level<Uint8Array, Uint8Array>(folder, {
    keyEncoding: "view",
    valueEncoding: "view",
    createIfMissing: mode === "create",
    errorIfExists: mode === "create",
    compression: options.compression === "snappy",
    writeBufferSize: options.writeBufferBytes,
    maxFileSize: options.tableBytes,
    cacheSize: options.cacheBytes,
    // On Node `Level` is classic-level's class; its types leave out what browsers lack, such as getSync.
  }) as unknown as Database;
}

/**
 * Makes an empty database, whole or not at all: without its file CURRENT one that was half made cannot be told
 * from a damaged one.
 */
async function create(options: LevelStoreOptions): Promise<void> {
  const { folder } = options;
  const draft = `${folder}.new`;
  try {
    rmSync(draft, { recursive: true, force: true });
    makeFolder(dirname(folder));
    mkdirSync(draft, { mode: 0o700 });
    const database = levelAt(draft, options, "create");
    await database.open();
    await database.close();
    syncFolder(draft);
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(draft, folder);
    syncFolder(dirname(folder));
  } catch (error) {
    throw translated(error, folder, "create");
  }
}

/** Names the table that LevelDB missed because it was moved aside. */
function notOpened(error: unknown, folder: string, aside: readonly string[]): LedgerError {
  if (error instanceof LedgerError) return error;
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  const table = aside.find((name) => reason.endsWith(`missing files; e.g.: ${folder}/${name}`));
  if (table === undefined) return translated(error, folder, "open");
  const what = `${table} of the database in ${folder}`;
  const message = `${what} is not as it was written`;
  return new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null }, error);
}

/**
 * Does something while no process has the database open, whatever became of the lock of lock-file.ts: LevelDB locks
 * the file LOCK of an empty database, and that file is this one's, too.
 * @throws what LevelDB and the system refuse
 */
async function whileClosed(options: LevelStoreOptions, work: () => void): Promise<void> {
  const draft = `${options.folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  try {
    linkSync(join(options.folder, "LOCK"), join(draft, "LOCK"));
  } catch {
    // No such file, so nobody has it open; or a disk without links, where lock-file.ts has to do.
  }
  const database = levelAt(draft, options, "create");
  try {
    await database.open();
    work();
  } finally {
    await database.close();
    rmSync(draft, { recursive: true, force: true });
  }
}

async function opened(options: LevelStoreOptions, check: TableCheck): Promise<Database> {
  const { folder } = options;
  let database: Database | null = null;
  let aside: readonly string[] = [];
  try {
    if (await diedJoiningTwice(folder)) markSuspect(folder);
    putTablesBack(folder);
    aside = await findSuspectTables(folder, check);
    if (aside.length > 0) await whileClosed(options, () => moveTablesAside(folder, aside));
    database = levelAt(folder, options, "open");
    await database.open();
    removeSuspectTables(folder);
    // A process that was killed may have renamed it and no more.
    syncFolder(dirname(folder));
    return database;
  } catch (error) {
    await database?.close().catch(() => undefined);
    try {
      putTablesBack(folder);
    } catch {
      // The next opening begins with that.
    }
    throw notOpened(error, folder, aside);
  }
}

/**
 * Opens a LevelDB as a key-value store whose every write is synced, once its tables have been compared with their
 * checksums, as far as `check` says, or in full where LevelDB met damage before. Take the lock of lock-file.ts
 * before: LevelDB's own lock is lost when a process opens a folder twice, and does not cover the comparison.
 * @throws LEDGER_STORE_MISSING, LEDGER_STORE_EXISTS, LEDGER_STORE_DAMAGED, LEDGER_STORE_LOCKED,
 * LEDGER_STORE_FAILED
 */
export async function openLevelStore(
  options: LevelStoreOptions,
  check: TableCheck = "frame",
): Promise<KeyValueStore> {
  checkFolder(options.folder, options.mode);
  if (options.mode === "create") await create(options);
  const folder = realpathSync(options.folder);
  if (openFolders.has(folder)) {
    const message = `this process holds the database in ${folder} already`;
    throw new LedgerError("LEDGER_STORE_LOCKED", message, { folder, pid: null });
  }
  openFolders.add(folder);
  try {
    return new LevelStore(await opened({ ...options, folder }, check), folder);
  } catch (error) {
    openFolders.delete(folder);
    throw error;
  }
}
