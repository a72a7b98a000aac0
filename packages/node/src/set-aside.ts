import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { syncFolder, takeLock } from "@tegata/ledger/storage";

/** What is fetched again from the others; the rest of the folder belongs to this machine. */
const parts = ["bodies", "state", "wal", "snapshots", "creating", "payloads-complete"];
const prefix = "node.damaged-";
/** The name until all parts are in it, so that a start knows what a kill cut off. */
const begunPrefix = "node.setting-aside-";
/** A disk that damages the chain again so soon is not to be filled with copies. */
const pauseMs = 86_400_000;

/** `20261122T074500Z`, and back. */
function stampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
}

function timeOf(name: string): number {
  const iso = name
    .slice(prefix.length)
    .replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, "$1-$2-$3T$4:$5:$6Z");
  return Date.parse(iso);
}

function named(home: string, start: string): readonly string[] {
  if (!existsSync(home)) return [];
  return readdirSync(home).filter((name) => name.startsWith(start));
}

/**
 * Moves a damaged chain out of a home folder and keeps it beside; null where that was done within a day
 * already, so that a person has to look. The signer guard lies elsewhere and stays.
 * @throws LEDGER_STORE_LOCKED, and what the system refuses
 */
export function setChainAside(folder: string, nowMs: number): string | null {
  const isRecent = (name: string): boolean => Math.abs(nowMs - timeOf(name)) < pauseMs;
  if (named(dirname(folder), prefix).some(isRecent)) return null;
  return drained(settingAside(folder, nowMs));
}

/**
 * Ends what a kill cut off while a chain was set aside; null where there is nothing. Comes before a start looks for
 * a chain: half of one would count as damage again, or as none.
 * @throws LEDGER_STORE_LOCKED, and what the system refuses
 */
export function endSettingAside(folder: string): string | null {
  const [begun] = named(dirname(folder), begunPrefix);
  return begun === undefined ? null : drained(settingAside(folder, begun));
}

/** Sets a chain aside step by step: `begun` is the time, or the name of what an earlier run began. */
export function* settingAside(folder: string, begun: number | string): Generator<void, string> {
  const home = dirname(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(folder, "lock"));
  try {
    const name = typeof begun === "string" ? begun : `${begunPrefix}${stampOf(begun)}`;
    const from = join(home, name);
    mkdirSync(from, { recursive: true, mode: 0o700 });
    syncFolder(home);
    yield;
    for (const part of parts) {
      // What has been moved is never moved again: what lies there now is another one.
      if (!existsSync(join(folder, part)) || existsSync(join(from, part))) continue;
      renameSync(join(folder, part), join(from, part));
      yield;
    }
    for (const changed of [from, folder]) syncFolder(changed);
    const to = join(home, `${prefix}${name.slice(begunPrefix.length)}`);
    renameSync(from, to);
    syncFolder(home);
    return to;
  } finally {
    lock.release();
  }
}

function drained(steps: Generator<void, string>): string {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
