// What it costs the others that a validator is dead, and that none can be passed over by a liar's doing.
// Everything is in virtual time, so that the numbers are the same on every machine.
import { describe, expect, test } from "vitest";
import { simulate } from "../sim/cluster.ts";
import { costOfDeath, fixedLines, paceOf } from "../sim/sidelining.ts";
import { strategies } from "../sim/strategies/names.ts";

describe("one of four validators is dead from the first height on, lines of 20 ms", () => {
  const healthy = paceOf(4, 500, []);

  test.each([0, 1, 2, 3])(
    "without member %i the others keep nine tenths of their pace over 500 heights",
    (dead) => {
      const withoutIt = paceOf(4, 500, [dead]);
      expect(withoutIt.heightsPerSecond / healthy.heightsPerSecond).toBeGreaterThanOrEqual(0.9);
      expect(withoutIt.latencyMedianMs / healthy.latencyMedianMs).toBeLessThanOrEqual(1.11);
    },
  );

  test("it is passed over once its first turn went by, and nobody else is", () => {
    const cost = costOfDeath({ members: 4, heights: 60, dead: 2 });
    expect(cost.healthy.sidelined).toEqual([]);
    expect(cost.withoutIt.sidelined).toEqual([2]);
  });
});

describe("where messages are timely, no liar makes an honest member be passed over", () => {
  const heights = 300;

  test.each(strategies)("one of four: %s", (strategy) => {
    const swarm = { ...fixedLines, liars: [{ member: 1, strategy }] };
    const outcome = simulate({ seed: 11, members: 4, heights, swarm });
    expect(outcome.violations).toEqual([]);
    expect(outcome.isStalled).toBe(false);
    expect(outcome.sidelined.filter((member) => member !== 1)).toEqual([]);
  });

  test.each(strategies)("two of seven: %s", (strategy) => {
    const liars = [1, 4].map((member) => ({ member, strategy }));
    const swarm = { ...fixedLines, liars };
    const outcome = simulate({ seed: 12, members: 7, heights, swarm });
    expect(outcome.violations).toEqual([]);
    expect(outcome.isStalled).toBe(false);
    expect(outcome.sidelined.filter((member) => member !== 1 && member !== 4)).toEqual([]);
  });
});
