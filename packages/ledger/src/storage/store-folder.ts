import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { LedgerError } from "../primitives/index.ts";

/** Where the parts of a node's store lie. Source: docs/PROTOCOL.md section 9. */
export interface StoreFolder {
  readonly folder: string;
  readonly bodies: string;
  readonly state: string;
  readonly lock: string;
  /** Exists while a store is being created: what lies beside it is not yet one. */
  readonly creating: string;
}

export function storeFolder(folder: string): StoreFolder {
  return {
    folder,
    bodies: join(folder, "bodies"),
    state: join(folder, "state"),
    lock: join(folder, "lock"),
    creating: join(folder, "creating"),
  };
}

/** After these nobody knows what the disk kept. */
const diskErrors: ReadonlySet<string> = new Set(["EIO", "ENOSPC", "EDQUOT", "EROFS"]);

/** Makes the names in a folder durable; some systems cannot and need not. */
export function syncFolder(path: string): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch (error) {
    // Windows and some shares refuse to sync a folder; a disk that is full or fails is something else.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (diskErrors.has(code)) throw error;
  } finally {
    closeSync(file);
  }
}

/** Renames a file, never over another. At once, since a kill in between leaves both names. */
export function renameNew(from: string, to: string): void {
  linkSync(from, to);
  rmSync(from);
}

/**
 * Makes a folder for its owner only, with those above it, so that their names last; also where it is there: a process
 * that was killed may have made it and no more.
 */
export function makeFolder(path: string): void {
  const above = dirname(path);
  if (!existsSync(path)) {
    // Each is synced before the next is made: whoever finds the lowest there finds those above it lasting.
    if (above !== path) makeFolder(above);
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  syncFolder(above);
}

function refused(place: StoreFolder, operation: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const { folder } = place;
  const message = `the disk refused to ${operation} a store in ${folder}`;
  return new LedgerError("LEDGER_STORE_FAILED", message, { folder, operation }, error);
}

/**
 * Marks a folder as being filled. What an interrupted creation left is removed: it never held more than
 * can be made again. Anything else that lies there is kept and refused, but for a chain of which the caller
 * knows that it holds the genesis alone.
 * @throws LEDGER_STORE_EXISTS, LEDGER_STORE_FAILED
 */
export function beginCreation(place: StoreFolder, replaced: "nothing" | "genesis"): void {
  const { folder, bodies, state, creating } = place;
  try {
    const interrupted = existsSync(creating);
    if (replaced === "nothing" && !interrupted && (existsSync(bodies) || existsSync(state))) {
      const message = `${folder} holds a store already`;
      throw new LedgerError("LEDGER_STORE_EXISTS", message, { folder });
    }
    makeFolder(folder);
    closeSync(openSync(creating, "a", 0o600));
    syncFolder(folder);
    for (const database of [bodies, state]) rmSync(database, { recursive: true, force: true });
  } catch (error) {
    throw refused(place, "create", error);
  }
}

/**
 * Declares a folder complete; everything in it was synced before.
 * @throws LEDGER_STORE_FAILED
 */
export function finishCreation(place: StoreFolder): void {
  try {
    for (const folder of [place.bodies, place.state, place.folder]) syncFolder(folder);
    rmSync(place.creating);
    syncFolder(place.folder);
  } catch (error) {
    throw refused(place, "create", error);
  }
}

/**
 * Makes the names in a store's folder durable.
 * @throws LEDGER_STORE_FAILED
 */
export function syncStore(place: StoreFolder): void {
  try {
    syncFolder(place.folder);
  } catch (error) {
    throw refused(place, "open", error);
  }
}

/** Whether a folder became a store. */
export function isCreated({ bodies, state, creating }: StoreFolder): boolean {
  return (existsSync(bodies) || existsSync(state)) && !existsSync(creating);
}

/**
 * Refuses a folder that never became a store.
 * @throws LEDGER_STORE_MISSING
 */
export function checkCreated(place: StoreFolder): void {
  if (isCreated(place)) return;
  const { folder } = place;
  throw new LedgerError("LEDGER_STORE_MISSING", `${folder} holds no store`, { folder });
}
