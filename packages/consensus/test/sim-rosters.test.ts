// Validators come and go while the chain goes on; who votes is checked against a second reckoning.
import { describe, expect, test } from "vitest";
import { simulate } from "../sim/cluster.ts";
import { type Change, quiet, type Swarm } from "../sim/swarm.ts";

const range = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

function change(
  atHeight: number,
  type: Change["type"],
  member: number,
  generation: number = 0,
): Change {
  return { atHeight, type, member, generation };
}

const shaken: Partial<Swarm> = {
  ...quiet,
  delayMeanMs: 15,
  loss: 0.1,
  duplication: 0.1,
  healAtMs: 2_500,
  signDelayMs: 4,
};

function complaints(swarm: Partial<Swarm>, seeds: readonly number[], heights = 8): unknown[] {
  return seeds.flatMap((seed) => {
    const { violations, isStalled } = simulate({ seed, members: 7, heights, swarm });
    return violations.length > 0 || isStalled ? [{ seed, violations, isStalled }] : [];
  });
}

describe("S17: validators change while faults go on", () => {
  const growing = range(1, 6).map((member) => change(member * 2, "add", member));

  test("one validator becomes seven, 1 -> 2 -> 3 -> 4 -> 7", () => {
    const swarm = { ...shaken, genesisMembers: 1, changes: growing };
    expect(complaints(swarm, range(1, 8), 18)).toEqual([]);
  });

  test("and one again, with losses of power on the way", () => {
    const leaving = [6, 0, 5, 1, 4, 2].map((member, at) => change(14 + at * 2, "remove", member));
    const storms = [700, 1_400, 2_100].map((atMs) => ({ atMs, withinMs: 40, downMs: 90 }));
    const changes = [...growing, ...leaving];
    expect(complaints({ ...shaken, genesisMembers: 1, changes, storms }, range(1, 8), 30)).toEqual(
      [],
    );
  });

  test("keys are replaced and members added again with another key", () => {
    const changes = [
      change(2, "rekey", 0, 1),
      change(3, "remove", 3),
      change(5, "rekey", 0, 2),
      change(5, "add", 3, 1),
      change(6, "rekey", 1, 1),
      change(7, "rekey", 2, 1),
    ];
    expect(complaints({ ...shaken, changes }, range(1, 12), 12)).toEqual([]);
  });

  test("whoever is to propose next is removed, height after height", () => {
    const changes = range(1, 5).map((height) => change(height, "remove", (height + 1) % 7));
    expect(complaints({ ...shaken, changes }, range(1, 10), 10)).toEqual([]);
  });

  test("a dead member is removed, and the others need one vote less", () => {
    const swarm = { ...shaken, absent: [6], changes: [change(3, "remove", 6)] };
    expect(complaints(swarm, range(1, 6), 10)).toEqual([]);
  });

  test("removed members, and those that never had a vote, go on following", () => {
    const swarm = { ...shaken, genesisMembers: 5, changes: [change(2, "remove", 0)] };
    for (const seed of range(1, 6)) {
      const { heights, violations } = simulate({ seed, members: 7, heights: 10, swarm });
      expect(violations).toEqual([]);
      expect(heights).toBeGreaterThanOrEqual(10);
    }
  });
});

describe("evidence in blocks", () => {
  const liars = [{ member: 2, strategy: "equivocating voter" as const }];

  test("an equivocator is suspended: it is no longer among those who propose", () => {
    const outcome = simulate({ seed: 1, members: 4, heights: 12, swarm: { ...shaken, liars } });
    expect(outcome.violations).toEqual([]);
    expect(outcome.suspended).toEqual([2]);
  });

  test("one that is suspended can be restored, and is suspended again for what it does then", () => {
    const changes = [change(6, "restore", 2), change(9, "rekey", 2, 1)];
    for (const seed of range(1, 8)) {
      const swarm = { ...shaken, liars, changes };
      const outcome = simulate({ seed, members: 4, heights: 14, swarm });
      expect(outcome.violations).toEqual([]);
      expect(outcome.isStalled).toBe(false);
      expect(outcome.suspended).toEqual([2]);
    }
  });

  test("at most f are suspended, two of seven", () => {
    const three = [1, 3].map((member) => ({ member, strategy: "equivocating voter" as const }));
    const outcome = simulate({
      seed: 4,
      members: 7,
      heights: 16,
      swarm: { ...shaken, liars: three },
    });
    expect(outcome.violations).toEqual([]);
    expect(outcome.suspended).toEqual([1, 3]);
  });
});
