// How long it takes until a network goes on: after outages, on slow lines, with nothing to do.
import { describe, expect, test } from "vitest";
import { simulate } from "../sim/cluster.ts";
import { quiet, type Swarm } from "../sim/swarm.ts";
import { defaultTimeouts } from "../src/index.ts";
import { LittleNetwork } from "./helpers/little-network.ts";

const range = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

const members = 4;
const hourMs = 3_600_000;

function outcomeOf(swarm: Partial<Swarm>, heights?: number, size = members) {
  const outcome = simulate({
    seed: 1,
    members: size,
    swarm: { ...quiet, ...swarm },
    ...(heights === undefined ? {} : { heights }),
  });
  expect(outcome.violations).toEqual([]);
  expect(outcome.isStalled).toBe(false);
  return outcome;
}

describe("waits", () => {
  test("L3: on lines ten times slower than the first wait heights are decided, one in less than ten minutes", () => {
    const delayMinMs = 10 * defaultTimeouts.proposeMs;
    const healAtMs = hourMs / 2;
    const { heights } = outcomeOf({ delayMinMs, delayMeanMs: 10, healAtMs }, 3);
    expect(heights).toBeGreaterThanOrEqual(3);
  });

  test.each([2, 3, 4])(
    "L3: after 24 hours without %i of four all go on within ten seconds",
    (away) => {
      const untilMs = 24 * hourMs;
      const indexes = range(0, members);
      const blocked = indexes.map((from) =>
        indexes.map((to) => from !== to && (from < away || to < away)),
      );
      const partitions = [{ fromMs: 500, untilMs, blocked }];
      const { virtualMs } = outcomeOf({ healAtMs: untilMs, partitions });
      expect(virtualMs - untilMs).toBeLessThan(10_000);
    },
  );

  test("L10: clocks that are five seconds apart, and one set back by an hour, halt nothing", () => {
    const clocks = [
      { member: 1, atMs: 0, skewMs: 5_000 },
      { member: 2, atMs: 0, skewMs: -5_000 },
      { member: 3, atMs: 500, skewMs: -hourMs },
    ];
    outcomeOf({ healAtMs: 3_000, clocks });
  });
});

describe("members that come back", () => {
  test("L13: one that stood still for fifty heights catches up without a restart", () => {
    const pauses = [{ member: 3, atMs: 300, forMs: 3_500 }];
    const { heights, virtualMs } = outcomeOf({ healAtMs: 4_000, pauses }, 60);
    expect(heights).toBeGreaterThanOrEqual(60);
    expect(virtualMs).toBeLessThan(20_000);
  });

  test.each([1, 2, 3, 4])(
    "L14: %i that start with nothing, at once, begin without waiting for each other",
    (size) => {
      outcomeOf({ healAtMs: 300 }, 8, size);
    },
  );

  test("L14: so many without their data that the rest is no quorum sync from it and go on", () => {
    const wipes = [1, 2].map((member) => ({
      member,
      atMs: 200 + member * 100,
      lost: "data" as const,
      downMs: 100,
    }));
    const { heights } = outcomeOf({ healAtMs: 3_000, wipes });
    expect(heights).toBeGreaterThanOrEqual(8);
  });
});

describe("a network with nothing to do", () => {
  test("L12: makes no block, no vote and no proposal in an hour, whatever the clock says", () => {
    const network = new LittleNetwork();
    network.run(hourMs);
    expect(network.chains.map((chain) => chain.length)).toEqual([0, 0, 0, 0]);
    for (const { state } of network.scripts) {
      expect(state.height?.rules).toMatchObject({ round: 0, step: "propose", waiting: [] });
      expect(state.height?.rounds[0]?.votes.voters).toBe(0);
    }
  });

  test("L12: makes one empty block for each heartbeat and no more", () => {
    const network = new LittleNetwork({ heartbeatMs: 60_000 });
    network.run(hourMs);
    for (const chain of network.chains) {
      expect(chain.length).toBeGreaterThanOrEqual(55);
      expect(chain.length).toBeLessThanOrEqual(60);
    }
  });

  test.each(range(0, members))(
    "L12: commits a single transaction that member %i alone was given, on a line that loses a fifth",
    (member) => {
      for (const seed of range(1, 25)) {
        const network = new LittleNetwork({ seed, loss: 0.2 });
        network.run(10_000);
        network.submit(member, "alone");
        network.run(20_000);
        expect([seed, network.isCommitted("alone")]).toEqual([seed, true]);
      }
    },
  );

  test("L12: commits what comes in the middle of a round that fails", () => {
    for (const afterMs of range(1, 30).map((step) => step * 100)) {
      const network = new LittleNetwork({ builtNever: [1] });
      network.submit(0, "first");
      network.run(afterMs);
      network.submit(3, "second");
      network.run(afterMs + 5_000);
      expect([afterMs, network.isCommitted("first"), network.isCommitted("second")]).toEqual([
        afterMs,
        true,
        true,
      ]);
    }
  });
});

describe("a proposer that builds nothing", () => {
  test.each(range(0, members))(
    "L11: member %i costs one wait, and the next one proposes",
    (lazy) => {
      const network = new LittleNetwork({ builtNever: [lazy] });
      for (const number of range(1, 8)) {
        network.submit(0, `${number}`);
        network.run(number * 3_000);
        expect(network.isCommitted(`${number}`)).toBe(true);
      }
      const rounds = network.chains[0]?.map(({ round }) => round) ?? [];
      expect(rounds).toContain(1);
      expect(Math.max(...rounds)).toBe(1);
    },
  );
});
