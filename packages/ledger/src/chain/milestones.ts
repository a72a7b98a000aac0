import { assert } from "../primitives/assert.ts";
import type { BlockId } from "../primitives/ids.ts";
import { limits } from "./limits.ts";
import type { Milestone } from "./membership-tables.ts";
import { readMilestone, writeMilestone } from "./membership-values.ts";
import { milestoneKey } from "./state-keys.ts";
import { readClock } from "./state-values.ts";
import type { StateReader, StateView } from "./state-view.ts";

/** Whether a block of this height and time still counts a milestone as recent. */
export function isRecent(
  milestoneHeight: number,
  { timeMs }: Milestone,
  at: { readonly height: number; readonly timeMs: number },
): boolean {
  return (
    at.height - milestoneHeight <= limits.milestoneAgeHeights ||
    at.timeMs - timeMs <= limits.milestoneAgeMs
  );
}

/** The latest block that `ready` can name on this state, or null before block 1. */
export function latestMilestone(
  reader: StateReader,
): (Milestone & { readonly height: number }) | null {
  const { height } = readClock(reader);
  const last = height - 1 - ((height - 1) % limits.milestoneHeights);
  const milestone = height === 0 ? null : readMilestone(reader, last);
  return milestone === null ? null : { ...milestone, height: last };
}

/**
 * Writes the block before as a milestone where its height is one, and drops the oldest that nobody can name any more.
 * Source: docs/PROTOCOL.md, Votes of members.
 */
export function writeMilestones(
  view: StateView,
  block: { readonly height: number; readonly timeMs: number; readonly previousBlockId: BlockId },
): void {
  const { height, previousBlockId } = block;
  const place = height - 1;
  if (place % limits.milestoneHeights !== 0) return;
  const last = place === 0 ? null : readMilestone(view, place - limits.milestoneHeights);
  let oldestHeight = last?.oldestHeight ?? place;
  for (let drops = 0; drops < limits.milestoneDropsMax; drops += 1) {
    if (oldestHeight === place) break;
    const oldest = readMilestone(view, oldestHeight);
    assert(oldest !== null, "milestones stand without a gap");
    if (isRecent(oldestHeight, oldest, block)) break;
    view.set(milestoneKey(oldestHeight), null);
    oldestHeight += limits.milestoneHeights;
  }
  const { timeMs } = readClock(view);
  writeMilestone(view, place, { blockId: previousBlockId, timeMs, oldestHeight });
}
