import { isBorrowedNode } from "../process/borrowed-node.ts";
import { isScarce } from "../status/to-do.ts";
import { diskOf } from "../status/view.ts";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** The program itself. */
export function checkProgram({ settings }: Facts, version: string): Finding {
  const found = findingsOf("program");
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const detail = { node, version };
  if (major < 24 || (major === 24 && minor < 12)) return found.fail("node-too-old", detail);
  if (settings?.dev === false && isBorrowedNode()) return found.warn("node-borrowed", detail);
  return found.pass("program", detail);
}

/** Below this the node stops before it could lose anything. */
const freeBytesNeeded = 256 * 1_048_576;

/** Room on the disk of the home folder. */
export async function checkDisk({ paths, hasHome }: Facts): Promise<Finding> {
  const found = findingsOf("disk");
  const disk = hasHome ? await diskOf(paths.home) : null;
  if (disk === null) return found.skip("disk-unknown");
  const detail = { freeBytes: disk.freeBytes };
  if (disk.freeBytes < freeBytesNeeded) return found.fail("disk-full", detail);
  return isScarce(disk) ? found.warn("disk-scarce", detail) : found.pass("disk", detail);
}

const hourMs = 3_600_000;
/** How near to whole hours a difference must be to come from a time zone and not from drift. */
const hourSlackMs = 120_000;
/** Blocks bear times that are at most this far from right clocks. */
const headAheadMsMax = 30_000;

/** The clock, by the blocks of the others. */
export function checkClock({ node, genesis, nowMs }: Facts): Finding {
  const found = findingsOf("clock");
  const ahead = node?.clockAheadMs ?? null;
  if (ahead !== null) return clockOff(ahead);
  const latest = Math.max(node?.headTimeMs ?? 0, genesis?.timeMs ?? 0);
  // What the others have agreed on is in the past, so that a clock before it is behind.
  if (latest - nowMs > headAheadMsMax) return clockOff(nowMs - latest);
  return node === null ? found.skip("clock-unknown") : found.pass("clock");
}

/** Whole hours have another cause than some seconds. */
function clockOff(aheadMs: number): Finding {
  const found = findingsOf("clock");
  const hours = Math.round(aheadMs / hourMs);
  const isWhole = hours !== 0 && Math.abs(aheadMs - hours * hourMs) < hourSlackMs;
  return isWhole && Math.abs(hours) <= 14
    ? found.fail("clock-hours", { hours })
    : found.fail("clock-off", { aheadMs });
}
