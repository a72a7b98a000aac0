import type { Validator } from "@tegata/consensus";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LostGuard } from "../../src/host/lost-guard.ts";

function member(index: number): MemberId {
  return index.toString(16).padStart(64, "0") as MemberId;
}

function validators(count: number): readonly Validator[] {
  return Array.from({ length: count }, (_, index) => ({
    member: member(index),
    key: member(index + 1_000) as string as PublicKey,
    suspended: false,
  }));
}

const four = validators(4);

const self = member(0);

describe("a node that lost its signer guard", () => {
  test("is not silenced by one validator that names a height nobody has, once all have spoken", () => {
    const lost = new LostGuard(10);
    lost.name(member(1), 1_000_000_000);
    lost.name(member(2), 15);
    expect(lost.isOver(17, four, self)).toBe(false);
    lost.name(member(3), 14);
    expect(lost.isOver(16, four, self)).toBe(false);
    expect(lost.isOver(17, four, self)).toBe(true);
  });

  test("believes the highest word while one that may know more is away", () => {
    const lost = new LostGuard(1);
    lost.name(member(1), 3);
    expect(lost.isOver(100, four, self)).toBe(false);
    lost.name(member(3), 1);
    expect(lost.isOver(3, four, self)).toBe(false);
    expect(lost.isOver(4, four, self)).toBe(false);
    expect(lost.isOver(5, four, self)).toBe(true);
  });

  test("never speaks at a height it may have signed at, whoever is away and whoever lies", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.infiniteStream(fc.nat(60)),
        (f, turn, words) => {
          const count = 3 * f + 1;
          const set = validators(count);
          const signed = 40;
          const lost = new LostGuard(1);
          // A quorum decided the height before: this node, f - 1 liars, and f + 1 correct others.
          for (let spoken = 0; spoken < 2 * f; spoken += 1) {
            const place = 1 + ((spoken + turn) % (count - 1));
            const knows = place > f - 1 && place <= 2 * f;
            const word = words.next().value ?? 0;
            lost.name(member(place), knows ? signed - 1 + (word % 3) : word % signed);
          }
          expect(lost.isOver(signed, set, self)).toBe(false);
        },
      ),
    );
  });

  test("listens to each validator's first word only, and to nobody without a vote", () => {
    const lost = new LostGuard(10);
    lost.name(member(1), 12);
    lost.name(member(1), 50);
    for (const stranger of [7, 8, 9]) lost.name(member(stranger), 60);
    expect(lost.isOver(100, four, self)).toBe(false);
    lost.name(member(2), 11);
    lost.name(member(3), 11);
    expect(lost.isOver(13, four, self)).toBe(true);
  });

  test("stays silent at a height of which an own signature turns up", () => {
    const lost = new LostGuard(10);
    for (const other of [1, 2, 3]) lost.name(member(other), 11);
    lost.raise(13);
    expect(lost.isOver(14, four, self)).toBe(false);
    expect(lost.isOver(15, four, self)).toBe(true);
  });
});
