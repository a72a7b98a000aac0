import { type FileHandle, lstat, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LedgerError } from "../primitives/index.ts";
import { isRunning } from "./lock-file.ts";
import { renameNew, syncFolder } from "./store-folder.ts";

const sizeMax = 65_536;
/** Permissions of everybody but the owner. */
const othersMask = 0o077;
/** The same without reading by the group. */
const othersMaskOfCredentials = 0o037;

function unreadable(path: string, reason: string, cause?: unknown): LedgerError {
  const message = `${path}: ${reason}`;
  return new LedgerError("LEDGER_SECRET_FILE_UNREADABLE", message, { path, reason }, cause);
}

/** The system's short name of an error, such as ENOENT. */
function nameOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "unknown";
}

/**
 * Reads a file of secrets as text of at most 64 KiB. Refuses one that others than its owner may read or
 * change, as far as the system knows permissions (not on Windows).
 * @throws LEDGER_SECRET_FILE_EXPOSED, LEDGER_SECRET_FILE_UNREADABLE
 */
export function readSecretFile(path: string): Promise<string> {
  return read(path, othersMask);
}

/**
 * Reads a secret that the service manager laid down. The group may read it: root owns the file and gives one user
 * access by a list of its own, and what systems show of such a list is the permission of the group.
 * @throws LEDGER_SECRET_FILE_EXPOSED, LEDGER_SECRET_FILE_UNREADABLE. Source: systemd.exec(5), acl(5)
 */
export function readCredentialFile(path: string): Promise<string> {
  return read(path, othersMaskOfCredentials);
}

async function read(path: string, forbiddenMask: number): Promise<string> {
  try {
    // One handle for the check and the reading: the name may point elsewhere a moment later.
    const file = await open(path, "r");
    try {
      const status = await file.stat();
      if (!status.isFile()) throw unreadable(path, "not a file");
      const { mode, size } = status;
      if (process.platform !== "win32" && (mode & forbiddenMask) !== 0) {
        const shown = (mode & 0o777).toString(8).padStart(4, "0");
        const message = `${path} has mode ${shown}; only its owner may have access`;
        throw new LedgerError("LEDGER_SECRET_FILE_EXPOSED", message, { path, mode: shown });
      }
      if (size > sizeMax) throw unreadable(path, "too large");
      if (status.nlink > 1) await removeSecondNames(path, file).catch(() => undefined);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    throw unreadable(path, nameOf(error), error);
  }
}

/** A name that the disk refuses to keep is taken back, so that the same can be tried again. */
async function keep(path: string): Promise<void> {
  try {
    syncFolder(dirname(path));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Drafts that this process is writing, each a path of its own. */
const drafts = new Set<string>();
let draftCount = 0;

/** What has the name of a draft of this file, and the number of the process that wrote it. */
async function draftsOf(path: string): Promise<readonly { draft: string; pid: number }[]> {
  const [folder, start] = [dirname(path), `${basename(path)}.new-`];
  return (await readdir(folder)).flatMap((name) => {
    if (!name.startsWith(start)) return [];
    const pid = /^([0-9]{1,10})-[0-9]+$/.exec(name.slice(start.length))?.[1];
    return pid === undefined ? [] : [{ draft: join(folder, name), pid: Number(pid) }];
  });
}

/** Removes what crashes left of drafts of this file; those of processes at work stay. */
async function removeLeft(path: string): Promise<void> {
  for (const { draft, pid } of await draftsOf(path)) {
    // A number that is one's own, without a draft, was that of an earlier process.
    const isLeft = !drafts.has(draft) && (pid === process.pid || !isRunning(pid));
    if (isLeft) await rm(draft, { force: true });
  }
}

/** A crash may have left the draft as a second name of the whole file: removed by its own, it would stay readable. */
async function removeSecondNames(path: string, file: FileHandle): Promise<void> {
  const { dev, ino } = await file.stat({ bigint: true });
  for (const { draft } of await draftsOf(path)) {
    const other = await lstat(draft, { bigint: true });
    if (other.dev === dev && other.ino === ino) await rm(draft, { force: true });
  }
}

/**
 * Writes a new file of secrets that only its owner can read, whole or not at all, synced with its name; never over
 * an existing one.
 * @throws LEDGER_SECRET_FILE_UNREADABLE
 */
export async function createSecretFile(path: string, text: string): Promise<void> {
  draftCount += 1;
  const draft = join(dirname(path), `${basename(path)}.new-${process.pid}-${draftCount}`);
  drafts.add(draft);
  try {
    await removeLeft(path);
    await rm(draft, { force: true });
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text, "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    renameNew(draft, path);
    await keep(path);
  } catch (error) {
    throw unreadable(path, nameOf(error), error);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
    drafts.delete(draft);
  }
}
