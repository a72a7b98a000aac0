import { assert } from "../../primitives/assert.ts";
import type { PublicKey } from "../../primitives/ids.ts";
import { limits } from "../limits.ts";
import type { ConsensusKeyState, Validator } from "./shapes.ts";

/** Whether the key could vote at this height. */
export function couldVote({ intervals }: ConsensusKeyState, height: number): boolean {
  return intervals.some(
    ({ firstHeight, lastHeight }) =>
      firstHeight <= height && (lastHeight === null || height <= lastHeight),
  );
}

function votersOf(validators: readonly Validator[]): Map<PublicKey, Validator> {
  const voters = validators.filter(({ suspended }) => !suspended);
  return new Map(voters.map((validator) => [validator.key, validator]));
}

function closed({ member, intervals }: ConsensusKeyState, height: number): ConsensusKeyState {
  const open = intervals.at(-1);
  assert(open?.lastHeight === null, "a key that votes has an open interval");
  return { member, intervals: [...intervals.slice(0, -1), { ...open, lastHeight: height }] };
}

function withoutOld({ member, intervals }: ConsensusKeyState, height: number): ConsensusKeyState {
  const kept = intervals.filter(
    ({ lastHeight }) => lastHeight === null || height - lastHeight <= limits.evidenceHeightsMax,
  );
  return { member, intervals: kept };
}

/**
 * The rows of table 14 that block `height` writes, where `before` votes at its height and `after` at the
 * next one. Source: docs/PROTOCOL.md 5.10, step 7.
 */
export function keyRowsAfter(
  height: number,
  before: readonly Validator[],
  after: readonly Validator[],
  rowOf: (key: PublicKey) => ConsensusKeyState | null,
): readonly (readonly [PublicKey, ConsensusKeyState])[] {
  if (before === after) return [];
  const [could, can] = [votersOf(before), votersOf(after)];
  const rows: [PublicKey, ConsensusKeyState][] = [];
  for (const key of could.keys()) {
    if (can.has(key)) continue;
    const row = rowOf(key);
    assert(row !== null, "a key that votes has its row");
    rows.push([key, withoutOld(closed(row, height), height)]);
  }
  for (const [key, { member }] of can) {
    if (could.has(key)) continue;
    const known = withoutOld(rowOf(key) ?? { member, intervals: [] }, height);
    assert(known.member === member, "a consensus key never changes hands");
    const intervals = [...known.intervals, { firstHeight: height + 1, lastHeight: null }];
    rows.push([key, { member, intervals }]);
  }
  return rows;
}
