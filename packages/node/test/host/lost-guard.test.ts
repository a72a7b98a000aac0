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

describe("a node that lost its signer guard", () => {
  test("is not silenced for ever by one validator that names a height nobody has", () => {
    const lost = new LostGuard(10);
    expect(lost.name(member(1), 1_000_000_000, four)).toBe(false);
    expect(lost.height).toBe(10);
    expect(lost.name(member(2), 15, four)).toBe(true);
    expect(lost.name(member(3), 14, four)).toBe(false);
    expect(lost.height).toBe(15);
    expect(lost.isOver(16)).toBe(false);
    expect(lost.isOver(17)).toBe(true);
  });

  test("believes as many as may be faulty, and never more than the highest honest word", () => {
    const words = fc.array(fc.nat({ max: 1_000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.nat(), (honest, turn) => {
        const count = honest.length + Math.floor(honest.length / 2);
        const set = validators(count + 1);
        const liars = Math.min(count - honest.length, Math.floor(count / 3));
        const said = [...honest, ...Array.from({ length: liars }, () => 1_000_000)];
        const lost = new LostGuard(0);
        for (let index = 0; index < said.length; index += 1) {
          const place = (index + turn) % said.length;
          lost.name(member(place), said[place] ?? 0, set);
        }
        expect(lost.height).toBeLessThanOrEqual(Math.max(...honest));
      }),
    );
  });

  test("listens to each validator's first word only, and to nobody without a vote", () => {
    const lost = new LostGuard(10);
    lost.name(member(1), 12, four);
    lost.name(member(1), 50, four);
    for (const stranger of [7, 8, 9]) lost.name(member(stranger), 60, four);
    expect(lost.height).toBe(10);
    expect(lost.name(member(2), 11, four)).toBe(true);
    expect(lost.height).toBe(11);
  });

  test("takes every height for signed while too few have spoken", () => {
    const lost = new LostGuard(10);
    expect(lost.begin(11, 4)).toBe(true);
    lost.name(member(1), 11, four);
    expect(lost.begin(12, 4)).toBe(true);
    lost.name(member(2), 11, four);
    expect(lost.begin(13, 4)).toBe(false);
    expect(lost.height).toBe(12);
  });

  test("stays silent at a height of which an own signature turns up", () => {
    const lost = new LostGuard(10);
    expect(lost.raise(13)).toBe(true);
    expect(lost.isOver(14)).toBe(false);
  });
});
