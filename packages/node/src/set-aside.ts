import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { takeLock } from "@tegata/ledger/storage";

/** What is fetched again from the others; the rest of the folder belongs to this machine. */
const parts = ["bodies", "state", "wal", "snapshots", "creating", "payloads-complete"];
const prefix = "node.damaged-";
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

/**
 * Moves a damaged chain out of a home folder and keeps it beside; null where that was done within a day
 * already, so that a person has to look. The signer guard lies elsewhere and stays.
 * @throws LEDGER_STORE_LOCKED, and what the system refuses
 */
export function setChainAside(folder: string, nowMs: number): string | null {
  const home = dirname(folder);
  const recent = readdirSync(home).some(
    (name) => name.startsWith(prefix) && Math.abs(nowMs - timeOf(name)) < pauseMs,
  );
  if (recent) return null;
  const lock = takeLock(join(folder, "lock"));
  try {
    const to = join(home, `${prefix}${stampOf(nowMs)}`);
    mkdirSync(to, { mode: 0o700 });
    const found = new Set(readdirSync(folder));
    for (const part of parts) {
      if (found.has(part)) renameSync(join(folder, part), join(to, part));
    }
    return to;
  } finally {
    lock.release();
  }
}
