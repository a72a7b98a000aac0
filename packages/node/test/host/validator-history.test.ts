import { type ConsensusKeyState, type Validator, validatorsHashOf } from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { ValidatorHistory, votersAt } from "../../src/host/validator-history.ts";

function hex(number: number): string {
  return number.toString(16).padStart(64, "0");
}

function row(number: number): Validator {
  const member = hex(number) as MemberId;
  return { member, key: hex(number + 1_000) as PublicKey, suspended: false };
}

function keyRow(
  number: number,
  ...spans: readonly (readonly [number, number | null])[]
): readonly [PublicKey, ConsensusKeyState] {
  const { member, key } = row(number);
  const intervals = spans.map(([firstHeight, lastHeight]) => ({ firstHeight, lastHeight }));
  return [key, { member, intervals }];
}

/** Four founders; the second cannot vote from 21 to 60, the third from 31 on, and a fifth joins. */
const keys = [
  keyRow(1, [1, null]),
  keyRow(2, [1, 20], [61, null]),
  keyRow(3, [1, 30]),
  keyRow(4, [1, null]),
  keyRow(5, [41, null]),
];

describe("validators of an old height", () => {
  test.each<readonly [height: number, members: readonly number[]]>([
    [1, [1, 2, 3, 4]],
    [20, [1, 2, 3, 4]],
    [21, [1, 3, 4]],
    [31, [1, 4]],
    [41, [1, 4, 5]],
    [61, [1, 2, 4, 5]],
  ])("at %i are those whose keys could vote, in the order of their keys", (height, members) => {
    expect(votersAt(height, [...keys].reverse())).toEqual(members.map((number) => row(number)));
  });

  test("that were in force lately are remembered, and only so many", () => {
    const history = new ValidatorHistory();
    const all = Array.from({ length: 100 }, (_, index) => [row(index), row(index + 1)]);
    for (const set of all) history.remember(set);
    const isKnown = (set: readonly Validator[]) =>
      history.find({ height: 1, validatorsHash: validatorsHashOf(set) }) !== null;
    expect(all.map(isKnown).lastIndexOf(false)).toBe(35);
    expect(all.slice(36).every(isKnown)).toBe(true);
  });
});
