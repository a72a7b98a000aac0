import { describe, expect, test } from "vitest";
import {
  type ConsensusKeyState,
  checkOffence,
  couldVote,
  keyRowsAfter,
  type Offence,
  type OffenceFacts,
} from "../../src/chain/index.ts";
import type { PublicKey } from "../../src/primitives/index.ts";
import { keyOf, memberOf, validatorAt } from "./roster-fixtures.ts";

const key = keyOf(1);
const owner = memberOf(1);
const row: ConsensusKeyState = {
  member: owner,
  intervals: [
    { firstHeight: 10, lastHeight: 20 },
    { firstHeight: 31, lastHeight: null },
  ],
};
const facts: OffenceFacts = {
  ownerOf: (asked, height) => (asked === key && couldVote(row, height) ? owner : null),
  isRecorded: () => false,
  isSuspended: () => false,
};

interface Case {
  readonly reason: string;
  readonly offence?: Partial<Offence>;
  readonly block?: number;
  readonly facts?: Partial<OffenceFacts>;
}

describe("evidence", () => {
  test.each([
    { height: 10, block: 40 },
    { height: 20, block: 20 },
    { height: 31, block: 200_031 },
  ])("of height $height is allowed in block $block", ({ height, block }) => {
    expect(checkOffence({ key, height }, block, facts)).toEqual({ ok: true, member: owner });
  });

  test.each<Case>([
    { reason: "future", offence: { height: 41 } },
    { reason: "too-old", offence: { height: 40 }, block: 200_041 },
    { reason: "no-vote", offence: { key: keyOf(2) } },
    { reason: "no-vote", offence: { height: 9 } },
    { reason: "no-vote", offence: { height: 21 } },
    { reason: "no-vote", offence: { height: 30 } },
    {
      reason: "recorded",
      facts: { isRecorded: (asked, height) => asked === key && height === 35 },
    },
    { reason: "suspended", facts: { isSuspended: (member) => member === owner } },
  ])("is refused as $reason: %j", ({ reason, offence, block = 40, facts: changed }) => {
    const proven = { key, height: 35, ...offence };
    const verdict = checkOffence(proven, block, { ...facts, ...changed });
    expect(verdict).toEqual({ ok: false, reason });
  });
});

describe("the heights at which a key can vote", () => {
  const rows = (known: Record<string, ConsensusKeyState>) => (asked: PublicKey) =>
    known[asked] ?? null;
  const open = (member: number, firstHeight: number): ConsensusKeyState => ({
    member: memberOf(member),
    intervals: [{ firstHeight, lastHeight: null }],
  });

  test("end with the block that suspends, removes or replaces it, and begin with the next height", () => {
    const before = [0, 1, 2].map((index) => validatorAt(index));
    const after = [validatorAt(0, true), { ...validatorAt(2), key: keyOf(2, 1) }, validatorAt(3)];
    const known = { [keyOf(0)]: open(0, 1), [keyOf(1)]: open(1, 1), [keyOf(2)]: open(2, 5) };
    const written = new Map(keyRowsAfter(50, before, after, rows(known)));
    const closed = (firstHeight: number) => [{ firstHeight, lastHeight: 50 }];
    const opened = [{ firstHeight: 51, lastHeight: null }];
    expect(Object.fromEntries(written)).toEqual({
      [keyOf(0)]: { member: memberOf(0), intervals: closed(1) },
      [keyOf(1)]: { member: memberOf(1), intervals: closed(1) },
      [keyOf(2)]: { member: memberOf(2), intervals: closed(5) },
      [keyOf(2, 1)]: { member: memberOf(2), intervals: opened },
      [keyOf(3)]: { member: memberOf(3), intervals: opened },
    });
  });

  test("come to a restored key as a further interval, without those too old for evidence", () => {
    const known = {
      member: memberOf(0),
      intervals: [
        { firstHeight: 1, lastHeight: 99 },
        { firstHeight: 150, lastHeight: 200 },
      ],
    };
    const restored = (height: number) =>
      keyRowsAfter(height, [validatorAt(0, true)], [validatorAt(0)], () => known)[0]?.[1].intervals;
    expect(restored(200_099)).toHaveLength(3);
    expect(restored(200_100)).toEqual([
      { firstHeight: 150, lastHeight: 200 },
      { firstHeight: 200_101, lastHeight: null },
    ]);
  });

  test("are not written for keys that go on", () => {
    const set = [0, 1].map((index) => validatorAt(index));
    expect(keyRowsAfter(9, set, set, () => null)).toEqual([]);
    expect(
      keyRowsAfter(
        9,
        set,
        set.map((validator) => ({ ...validator })),
        () => null,
      ),
    ).toEqual([]);
  });
});
