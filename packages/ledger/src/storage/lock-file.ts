import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LedgerError } from "../primitives/index.ts";
import { makeFolder } from "./store-folder.ts";

/** Held until it is released; a process that dies releases it by dying. */
export interface FolderLock {
  /** @throws LEDGER_STORE_FAILED */
  release(): void;
}

/** Who holds a lock. `started` tells a process from a later one with the same number; null: unknown. */
interface Holder {
  readonly pid: number;
  readonly started: string | null;
}

const claimName = /^[1-9][0-9]{0,14}$/;
const attemptsMax = 64;

/**
 * When a process started, in ticks since the start of the machine and with the machine's start itself;
 * null where the system does not tell, `dead` for a process that is gone or only waits to be reaped.
 * Source: proc(5), /proc/pid/stat fields 3 and 22.
 */
function startOf(pid: number): string | null | "dead" {
  if (process.platform !== "linux") return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in brackets and may hold anything, brackets too.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    if (state === "Z" || state === "X") return "dead";
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}

/** Whether a process has this number now. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** In doubt a holder counts as alive: a refused start is better than two programs on one store. */
function isAlive(holder: Holder): boolean {
  if (!isRunning(holder.pid)) return false;
  const started = startOf(holder.pid);
  if (started === "dead") return false;
  return started === null || holder.started === null || started === holder.started;
}

/** The holder that a claim names; null when it was released or its text did not survive a crash. */
function readHolder(path: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { pid, started } = value as Partial<Holder>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return null;
    return { pid, started: typeof started === "string" ? started : null };
  } catch {
    return null;
  }
}

function claimsIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => claimName.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

/** Puts a complete claim at its name in one step, or says that somebody was faster. */
function place(folder: string, number: number, holder: Holder): boolean {
  const draft = join(folder, `draft-${holder.pid}`);
  const file = openSync(draft, "w", 0o600);
  try {
    writeFileSync(file, JSON.stringify(holder));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, join(folder, String(number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function claim(folder: string): string {
  const started = startOf(process.pid);
  const holder: Holder = { pid: process.pid, started: started === "dead" ? null : started };
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const claims = claimsIn(folder);
    const last = claims[0] ?? 0;
    const current = last === 0 ? null : readHolder(join(folder, String(last)));
    if (current !== null && isAlive(current)) throw locked(folder, current.pid);
    if (!place(folder, last + 1, holder)) continue;
    const own = join(folder, String(last + 1));
    // Whoever was slow may have put a number that others have come and gone with: the highest counts.
    if (claimsIn(folder)[0] !== last + 1) {
      rmSync(own, { force: true });
      continue;
    }
    for (const old of claims) rmSync(join(folder, String(old)), { force: true });
    return own;
  }
  throw locked(folder, null);
}

function locked(folder: string, pid: number | null): LedgerError<"LEDGER_STORE_LOCKED"> {
  const who = pid === null ? "another process" : `process ${pid}`;
  const message = `${folder} is held by ${who}`;
  return new LedgerError("LEDGER_STORE_LOCKED", message, { folder, pid });
}

/**
 * Takes the lock of a store: the folder holds numbered claims, of which only the highest counts, and
 * each is made once and complete. Taking over from a dead process means making the next number, which
 * succeeds for one contender only; a released claim stays as an empty file so that numbers only grow.
 * @throws LEDGER_STORE_LOCKED, LEDGER_STORE_FAILED
 */
export function takeLock(folder: string): FolderLock {
  try {
    makeFolder(folder);
    const path = claim(folder);
    let held = true;
    return {
      release(): void {
        if (!held) return;
        held = false;
        try {
          truncateSync(path, 0);
        } catch (error) {
          throw refused(folder, error);
        }
      },
    };
  } catch (error) {
    throw error instanceof LedgerError ? error : refused(folder, error);
  }
}

/**
 * The process that holds the lock of a store, or null for nobody; looks at it and changes nothing, so that
 * whoever only asks leaves no claim of another user behind.
 * @throws LEDGER_STORE_FAILED
 */
export function lockHolder(folder: string): number | null {
  try {
    const [last] = claimsIn(folder);
    if (last === undefined) return null;
    const holder = readHolder(join(folder, String(last)));
    return holder !== null && isAlive(holder) ? holder.pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw refused(folder, error);
  }
}

function refused(folder: string, error: unknown): LedgerError<"LEDGER_STORE_FAILED"> {
  const message = `the disk refused the lock in ${folder}`;
  return new LedgerError("LEDGER_STORE_FAILED", message, { folder, operation: "lock" }, error);
}
