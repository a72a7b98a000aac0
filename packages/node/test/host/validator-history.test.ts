import { type ConsensusKeyState, type Validator, validatorsHashOf } from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import type { Accusation } from "../../src/host/standings.ts";
import { ValidatorHistory, validatorsAt } from "../../src/host/validator-history.ts";

function hex(number: number): string {
  return number.toString(16).padStart(64, "0");
}

function row(number: number, suspended = false): Validator {
  return { member: hex(number) as MemberId, key: hex(number + 1_000) as PublicKey, suspended };
}

function keyRow(
  number: number,
  ...spans: readonly (readonly [number, number | null])[]
): readonly [PublicKey, ConsensusKeyState] {
  const { member, key } = row(number);
  const intervals = spans.map(([firstHeight, lastHeight]) => ({ firstHeight, lastHeight }));
  return [key, { member, intervals }];
}

function accused(number: number, height: number): Accusation {
  const { member, key } = row(number);
  return { member, key, height, offenceHeight: height - 1 };
}

/** Five founders; the second is suspended by block 20 and restored by 60, the third removed by 30. */
const facts = {
  keys: [
    keyRow(1, [1, null]),
    keyRow(2, [1, 20], [61, null]),
    keyRow(3, [1, 30]),
    keyRow(4, [1, null]),
    keyRow(5, [41, null]),
  ],
  accusations: [accused(2, 20), accused(4, 90)],
};

const sets: readonly (readonly [height: number, set: readonly Validator[]])[] = [
  [1, [row(1), row(2), row(3), row(4)]],
  [20, [row(1), row(2), row(3), row(4)]],
  [21, [row(1), row(2, true), row(3), row(4)]],
  [31, [row(1), row(2, true), row(4)]],
  [41, [row(1), row(2, true), row(4), row(5)]],
  [61, [row(1), row(2), row(4), row(5)]],
];

describe("validators of an old height", () => {
  test.each(sets)(
    "at %i are put together from the state, as the header's hash says",
    (height, set) => {
      expect(validatorsAt({ height, validatorsHash: validatorsHashOf(set) }, facts)).toEqual(set);
    },
  );

  test("are unknown where the state does not give them", () => {
    const validatorsHash = validatorsHashOf([row(1), row(9)]);
    expect(validatorsAt({ height: 5, validatorsHash }, facts)).toBeNull();
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
