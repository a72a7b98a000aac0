// Every kind of fault of the simulation on its own, where it hurts most.
import { describe, expect, test } from "vitest";
import { simulate } from "../sim/cluster.ts";
import { drawSwarm, harsh, quiet, type Swarm, type SyncLie, type Wipe } from "../sim/swarm.ts";

const range = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** Seeds under which these faults do harm, with what went wrong. */
function harmed(seeds: readonly number[], swarmOf: (seed: number) => Partial<Swarm>): unknown[] {
  return seeds.flatMap((seed) => {
    const { violations, isStalled } = simulate({ seed, members: 4, swarm: swarmOf(seed) });
    return violations.length > 0 || isStalled ? [{ seed, violations, isStalled }] : [];
  });
}

const honest: Partial<Swarm> = { ...harsh, liars: [] };

describe("members that come back with less than they left with", () => {
  /** Again and again, so that locks are there when it happens. */
  const wipesOf = (seed: number, lost: Wipe["lost"]): readonly Wipe[] =>
    range(1, 8).map((second) => ({
      member: seed % 4,
      atMs: second * 1_000 + ((seed * 37) % 900),
      lost,
      downMs: 20,
    }));

  test("a member that lost its data and kept its guard keeps to its lock", () => {
    const seeds = [64, 123, 240, 260, 265, 295, 360, 1_086, 1_177, 1_220];
    expect(harmed(seeds, (seed) => ({ ...honest, wipes: wipesOf(seed, "data") }))).toEqual([]);
  });

  test.each(["guard", "both"] as const)(
    "S12: a member that lost %s signs nothing twice and follows",
    (lost) => {
      const found = harmed(range(1, 40), (seed) => ({ ...honest, wipes: wipesOf(seed, lost) }));
      expect(found).toEqual([]);
    },
  );

  test("S12: a member that lost all is silent while those who know more are away", () => {
    const found = [5_399, 9_588, 10_552, 10_814].flatMap((seed) => {
      const { violations } = simulate({ seed, members: 4, swarm: drawSwarm(seed, 4) });
      return violations;
    });
    expect(found).toEqual([]);
  });
});

describe("losses of power", () => {
  test("storms of all members, over and over: nothing is said twice, and they go on", () => {
    const storms = range(1, 12).map((at) => ({ atMs: at * 140, withinMs: 50, downMs: 80 }));
    const swarm = { ...quiet, healAtMs: 2_000, storms };
    expect(harmed(range(1, 25), () => swarm)).toEqual([]);
  });

  test("with real bytes, at every effect of a member: torn ends of logs and torn guards", () => {
    const found = range(1, 60).flatMap((atEffect) => {
      const crashes = [{ member: 0, atEffect, downMs: 30 }];
      const swarm = { ...quiet, healAtMs: 400, crashes, signDelayMs: 4 };
      const options = { seed: atEffect, members: 4, isEncoded: true, heights: 3, swarm };
      const { violations, isStalled } = simulate(options);
      return violations.length > 0 || isStalled ? [atEffect] : [];
    });
    expect(found).toEqual([]);
  });

  test("a disk that is full at any write: the member stops, and comes back when there is room", () => {
    const found = range(1, 120).flatMap((atEffect) =>
      harmed([atEffect], () => ({
        ...quiet,
        healAtMs: 900,
        fullDisks: [{ member: atEffect % 4, atEffect, downMs: 60 }],
      })),
    );
    expect(found).toEqual([]);
  });
});

describe("clocks and pauses", () => {
  test("L10: clocks that jump by an hour, forwards and back, stop nobody for long", () => {
    const clocks = [
      { member: 0, atMs: 0, skewMs: 3_600_000 },
      { member: 1, atMs: 0, skewMs: -3_600_000 },
      { member: 0, atMs: 400, skewMs: -3_600_000 },
      { member: 2, atMs: 500, skewMs: 40_000 },
    ];
    expect(harmed(range(1, 15), () => ({ ...quiet, healAtMs: 2_500, clocks }))).toEqual([]);
  });

  test("L13: members that stand still, all but one of them too, find back", () => {
    const pauses = [0, 1, 2].map((member) => ({ member, atMs: 150 + 20 * member, forMs: 1_500 }));
    expect(harmed(range(1, 20), () => ({ ...quiet, healAtMs: 2_000, pauses }))).toEqual([]);
  });
});

describe("servers that lie to those behind", () => {
  const lies: readonly SyncLie[] = [
    "silence",
    "wrong certificate",
    "other height",
    "wrong body",
    "high claims",
  ];

  test.each(lies)("D3: one that answers with %s holds up nobody", (lie) => {
    // One that begins late, and one that lost everything, have much to ask for.
    const found = harmed(range(1, 15), (seed) => ({
      ...quiet,
      healAtMs: 1_500,
      servers: [{ member: seed % 4, lie }],
      crashes: [{ member: (seed + 1) % 4, atEffect: 30, downMs: 1_000 }],
      wipes: [{ member: (seed + 1) % 4, atMs: 900, lost: "data" as const, downMs: 50 }],
    }));
    expect(found).toEqual([]);
  });
});

describe("what a seed draws", () => {
  test("every kind of fault is drawn within some hundred seeds", () => {
    const swarms = range(1, 400).map((seed) => drawSwarm(seed, 7));
    const kinds = [
      ...["partitions", "withheld", "crashes", "storms", "wipes", "fullDisks", "clocks"],
      ...["pauses", "liars", "servers", "changes"],
    ] as (keyof Swarm)[];
    const never = kinds.filter((kind) =>
      swarms.every((swarm) => (swarm[kind] as readonly unknown[]).length === 0),
    );
    expect(never).toEqual([]);
  });

  test("faults are plain data: what is printed can be read back", () => {
    for (const seed of range(1, 50)) {
      const swarm = drawSwarm(seed, 4);
      expect(JSON.parse(JSON.stringify(swarm))).toEqual(swarm);
    }
  });
});
