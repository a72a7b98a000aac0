import { readdir, statfs } from "node:fs/promises";
import type { Access, GatewayClient, Status } from "@tegata/gateway/client";
import { lastBackup } from "../backup/last.ts";
import { type ToDo, toDoOf } from "./to-do.ts";

/** The disk under the home folder, in bytes. */
export interface Disk {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Everything `tegata status` shows. */
export interface StatusView {
  readonly status: Status;
  /** Grants of this company that end soon; null where the gateway did not say. */
  readonly grantsEnding: number | null;
  readonly disk: Disk | null;
  /** When the last backup was made, ms since the Unix epoch; null: never. */
  readonly lastBackupMs: number | null;
  /** Name of a folder with blocks that were damaged and set aside; null: there is none. */
  readonly damagedCopy: string | null;
  /** What waits for a person, the most urgent first. */
  readonly toDo: readonly ToDo[];
}

const dayMs = 86_400_000;
/** How far ahead the end of a grant is told; the words say it too. */
const endingDays = 7;
const slowPeriodMs = 60_000;

/** Reads the view again and again; what changes slowly and costs more is asked once a minute. */
export function viewReader(
  home: string,
  nowMs: () => number,
): (gateway: GatewayClient) => Promise<StatusView> {
  let grantsEnding: number | null = null;
  let askedMs: number | null = null;
  return async (gateway) => {
    const now = nowMs();
    if (askedMs === null || Math.abs(now - askedMs) >= slowPeriodMs) {
      askedMs = now;
      grantsEnding = await gateway.access().then(
        (access) => endingSoon(access, now),
        () => null,
      );
    }
    const [status, disk, last, damagedCopy] = await Promise.all([
      gateway.status(),
      diskOf(home),
      lastBackup(home),
      damagedCopyIn(home),
    ]);
    const lastBackupMs = last?.timeMs ?? null;
    const seen = { status, grantsEnding, disk, lastBackupMs, damagedCopy };
    return { ...seen, toDo: toDoOf(seen, now) };
  };
}

function endingSoon(access: Access, nowMs: number): number | null {
  if (!Array.isArray(access.mine)) return null;
  const readers = access.mine.flatMap((row) => row.readers).filter(({ ended }) => ended === null);
  const spans = readers.flatMap((reader) => reader.spans);
  const isSoon = (until: number | null): boolean =>
    until !== null && until > nowMs && until <= nowMs + endingDays * dayMs;
  return spans.filter(({ until }) => isSoon(until)).length;
}

/** Blocks of a home folder that were damaged and set aside, as the node names them. */
export async function damagedCopyIn(home: string): Promise<string | null> {
  const names = await readdir(home).catch(() => []);
  return names.find((name) => name.startsWith("node.damaged-")) ?? null;
}

/** The disk of a folder, or null where the system does not tell. */
export async function diskOf(folder: string): Promise<Disk | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}
