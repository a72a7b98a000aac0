import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namedSigning } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  faultyMax,
  proposerOf,
  quorumOf,
  type Validator,
  validatorSet,
  validatorsHash,
} from "../src/index.ts";

const counts = Array.from({ length: 100 }, (_, index) => index + 1);

function validators(count: number): readonly Validator[] {
  const { keys } = namedSigning(count);
  return keys.map((key, index) => ({ member: memberOf(index), key, suspended: false }));
}

describe("quorum arithmetic", () => {
  test.each(counts)(
    "S16: %i validators: two quorums share a correct one, and one can be had",
    (n) => {
      const [quorum, faulty] = [quorumOf(n), faultyMax(n)];
      expect(2 * quorum - n).toBeGreaterThanOrEqual(faulty + 1);
      expect(n - faulty).toBeGreaterThanOrEqual(quorum);
      expect(3 * faulty).toBeLessThan(n);
      expect(3 * quorum).toBeGreaterThan(2 * n);
      expect(3 * (quorum - 1)).toBeLessThanOrEqual(2 * n);
    },
  );

  test("small networks need everybody", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(quorumOf)).toEqual([1, 2, 3, 3, 4, 5, 5]);
    expect([1, 2, 3, 4, 5, 6, 7].map(faultyMax)).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });
});

describe("the proposer", () => {
  test("S18: depends on height and round alone and takes turns", () => {
    const eligible = [0, 2, 3, 6];
    const turns = [0, 1, 2, 3, 4].map((round) => proposerOf(eligible, 9, round));
    expect(turns).toEqual([2, 3, 6, 0, 2]);
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (height, round) => {
        expect(proposerOf(eligible, height, round)).toBe(proposerOf(eligible, round, height));
        expect(proposerOf(eligible, height, round + 4)).toBe(proposerOf(eligible, height, round));
      }),
    );
  });
});

describe("the validators of a height", () => {
  test("S19: are in key order, however they were given", () => {
    const sorted = validatorSet(validators(10));
    fc.assert(
      fc.property(fc.shuffledSubarray([...sorted], { minLength: 10 }), (shuffled) => {
        expect(validatorSet(shuffled)).toEqual(sorted);
      }),
    );
  });

  test("their hash covers member, key and suspension of each", () => {
    const set = validatorSet(validators(3));
    const first = set[0] as Validator;
    const changed = [
      set.with(0, { ...first, suspended: true }),
      set.with(0, { ...first, member: memberOf(9) }),
      set.with(0, { ...first, key: `ff${first.key.slice(2)}` as typeof first.key }),
      set.slice(1),
    ].map(validatorsHash);
    expect(new Set([validatorsHash(set), ...changed]).size).toBe(5);
  });

  test("two validators with one key are a bug of whoever made the set", () => {
    const [one, two] = validators(2) as [Validator, Validator];
    expect(() => validatorSet([one, { ...two, key: one.key }])).toThrow("own key");
    expect(() => validatorSet([])).toThrow("has a validator");
  });
});
