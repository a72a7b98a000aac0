import type { Status } from "@tegata/gateway/client";
import { backupAgeMsMax } from "../backup/last.ts";
import { missingIn } from "../commands/settling.ts";
import type { Disk, StatusView } from "./view.ts";

/** Something that waits for a person, with the command that goes on from there. */
export type ToDo =
  | {
      readonly kind: "node-away" | "sign-state" | "suspended" | "clock" | "backup";
      readonly next: string;
    }
  | { readonly kind: "parting"; readonly what: "leave" | "stand-down"; readonly next: string }
  | {
      readonly kind: "parked";
      readonly stream: string;
      readonly code: string;
      readonly next: string;
    }
  | {
      readonly kind: "votes" | "refused" | "versions" | "grants-ending" | "closing";
      readonly count: number;
      readonly next: string;
    }
  | {
      /** Too few companies are connected; `missing`: who is away, by name. */
      readonly kind: "quorum";
      readonly missing: readonly string[];
      readonly rows: number;
      readonly changes: number;
      readonly next: string;
    }
  | { readonly kind: "room"; readonly hours: number; readonly next: string }
  | { readonly kind: "disk"; readonly freeBytes: number; readonly next: string }
  | { readonly kind: "damaged-copy"; readonly folder: string; readonly next: string };

/** A tenth of the disk, or less than this, is told before the node has to stop. */
const freeBytesMin = 2_000_000_000;
/** A day and a half, so that it is seen in the morning before. */
const hoursLeftMin = 36;
const gatheringMsMin = 60_000;

/** What waits for a person, the most urgent first. */
export function toDoOf(seen: Omit<StatusView, "toDo">, nowMs: number): readonly ToDo[] {
  const { status, disk, grantsEnding, lastBackupMs, damagedCopy } = seen;
  const { node, outbox } = status;
  const list: ToDo[] = [];
  const doctor = "tegata doctor";
  if (node === null) list.push({ kind: "node-away", next: doctor });
  if (node?.state === "sign-state-unsafe") list.push({ kind: "sign-state", next: doctor });
  const missing = missingIn(status);
  if (missing.kind === "quorum") {
    const { rows, changes } = outbox;
    list.push({ kind: "quorum", missing: missing.names, rows, changes, next: doctor });
  }
  const { parting } = status.governance;
  if (parting !== null) {
    list.push({ kind: "parting", what: parting, next: `tegata ${parting}` });
  }
  const own = node?.members.find(({ self }) => self);
  if (own?.standing === "suspended") list.push({ kind: "suspended", next: doctor });
  if (node !== null && node.clockAheadMs !== null) list.push({ kind: "clock", next: doctor });
  if (disk !== null && isScarce(disk)) {
    list.push({ kind: "disk", freeBytes: disk.freeBytes, next: doctor });
  }
  const { hoursLeft } = outbox;
  if (hoursLeft !== null && hoursLeft < hoursLeftMin && gathersIn(outbox, nowMs)) {
    list.push({ kind: "room", hours: hoursLeft, next: doctor });
  }
  if (damagedCopy !== null) list.push({ kind: "damaged-copy", folder: damagedCopy, next: doctor });
  for (const { stream, code } of outbox.parked) {
    list.push({ kind: "parked", stream, code, next: `tegata help ${code}` });
  }
  if (outbox.refused > 0) {
    list.push({ kind: "refused", count: outbox.refused, next: "tegata outbox list" });
  }
  const closing = status.closings.reduce((sum, { open }) => sum + open, 0);
  if (closing > 0) list.push({ kind: "closing", count: closing, next: "tegata access" });
  const others = node === null ? 0 : otherVersions(node);
  const { openVotes } = status.governance;
  if (openVotes > 0) list.push({ kind: "votes", count: openVotes, next: "tegata approve" });
  if (others > 0) list.push({ kind: "versions", count: others, next: "tegata members list" });
  if (lastBackupMs !== null && nowMs - lastBackupMs > backupAgeMsMax) {
    list.push({ kind: "backup", next: "tegata backup" });
  }
  if (grantsEnding !== null && grantsEnding > 0) {
    list.push({ kind: "grants-ending", count: grantsEnding, next: "tegata access" });
  }
  return list;
}

/** Whether rows gather in the outbox: what waits for the next block only is on its way. */
export function gathersIn({ oldestMs }: Status["outbox"], nowMs: number): boolean {
  return oldestMs !== null && nowMs - oldestMs > gatheringMsMin;
}

/** Whether little room is left. */
export function isScarce({ freeBytes, totalBytes }: Disk): boolean {
  return freeBytes < freeBytesMin || freeBytes < totalBytes / 20;
}

/** Companies whose program is known to be of another version. */
export function otherVersions({ members, version }: NonNullable<Status["node"]>): number {
  return members.filter((one) => !one.self && one.version !== null && one.version !== version)
    .length;
}
