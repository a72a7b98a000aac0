// Whole networks under faults. A failure here prints the command that shows it again.
import { describe, expect, test } from "vitest";
import { type Outcome, simulate } from "../sim/cluster.ts";
import { mutants } from "../sim/mutants.ts";
import { realSigning } from "../sim/signing.ts";

const range = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** What went wrong under a seed, with the way to see it again; empty if nothing did. */
function complaint({ seed, violations, isStalled }: Outcome, members: number): string {
  if (violations.length === 0 && !isStalled) return "";
  const what = [...violations, isStalled ? "no progress after the network healed" : ""];
  const again = `npm run sim -- --first ${seed} --seeds 1 --members ${members} --timeline`;
  return `${what.filter(Boolean).join("; ")}; see ${again}`;
}

function complaints(seeds: readonly number[], members: number): readonly string[] {
  return seeds
    .map((seed) => complaint(simulate({ seed, members }), members))
    .filter((text) => text !== "");
}

describe("networks under faults", () => {
  test.each(range(0, 10))("four members agree and go on, seeds %i0 hundred and on", (part) => {
    expect(complaints(range(1 + part * 20, 20), 4)).toEqual([]);
  });

  test.each([1, 2, 3, 5, 7])("%i members agree and go on", (members) => {
    expect(complaints(range(1, 12), members)).toEqual([]);
  });

  test("each seed commits 8 heights and delivers a thousand events", () => {
    for (const seed of range(500, 10)) {
      const { heights, events } = simulate({ seed, members: 4 });
      expect(heights).toBeGreaterThanOrEqual(8);
      expect(events).toBeGreaterThanOrEqual(1_000);
    }
  });

  test("real signatures, real bytes on wire and disk: four members agree and go on", () => {
    for (const seed of range(1, 6)) {
      const options = { seed, members: 4, signing: realSigning(4), isEncoded: true };
      expect(complaint(simulate(options), 4)).toBe("");
    }
  });

  test("I13: a seed gives the same trace each time, another seed another", () => {
    const first = simulate({ seed: 7, members: 4 });
    expect(simulate({ seed: 7, members: 4 }).traceHash).toBe(first.traceHash);
    expect(simulate({ seed: 8, members: 4 }).traceHash).not.toBe(first.traceHash);
  });

  test("a failure can be read: the timeline tells who did what when", () => {
    const { timeline } = simulate({ seed: 3, members: 4, isTold: true });
    expect(timeline.some((line) => / m\d {2}sends prevote \d+\/\d+ /.test(line))).toBe(true);
    expect(timeline.some((line) => / m\d {2}decides /.test(line))).toBe(true);
  });
});

describe("the checkers", () => {
  const seedsMax = 1_000;

  test.each(mutants.map(({ name, parts }) => [name, parts] as const))(
    "notice a member that %s",
    (_, parts) => {
      const caught = range(1, seedsMax).find((seed) => {
        const { violations, isStalled } = simulate({ seed, members: 4, parts });
        return violations.length > 0 || isStalled;
      });
      expect(caught).toBeDefined();
    },
  );
});
