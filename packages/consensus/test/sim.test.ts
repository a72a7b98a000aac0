// Whole networks under faults. A failure here prints the command that shows it again.
import { describe, expect, test } from "vitest";
import { type Outcome, simulate } from "../sim/cluster.ts";
import { realSigning } from "../sim/signing.ts";
import { harsh, quiet } from "../sim/swarm.ts";

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

  test("four members on a slow and lossy network with a liar agree and go on", () => {
    for (const seed of range(1, 20)) {
      expect(complaint(simulate({ seed, members: 4, swarm: harsh }), 4)).toBe("");
    }
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
    const sentences = timeline.map(({ sentence }) => sentence);
    expect(sentences).toContainEqual(expect.stringMatching(/^sends prevote \d+\/\d+ /));
    expect(sentences).toContainEqual(expect.stringMatching(/^decides /));
  });
});

describe("loss of power", () => {
  /** A round that fails, so that lock, nil votes and a second round are passed through as well. */
  const hardRounds = { ...quiet, healAtMs: 600, signDelayMs: 4, applyDelayMs: 40 };

  test.each([1, 4])("S9: at every single effect of a member, of %i", (members) => {
    const found = range(1, members * 60).flatMap((atEffect) => {
      const crashes = [{ member: 0, atEffect, downMs: 30 }];
      const withheld = members > 1 ? ["proposal 1 0", "prevote 2 0", "body 1 0"] : [];
      const swarm = { ...hardRounds, crashes, withheld };
      const outcome = simulate({ seed: 3, members, swarm });
      return outcome.violations.length > 0 || outcome.isStalled ? [atEffect, outcome] : [];
    });
    expect(found).toEqual([]);
  });

  test("of everybody at once, again and again: nothing is said twice, and they go on", () => {
    for (const atEffect of range(40, 60)) {
      const crashes = [0, 1, 2, 3].flatMap((member) => [
        { member, atEffect: atEffect + member, downMs: 20 },
        { member, atEffect: atEffect + 60, downMs: 40 },
      ]);
      const outcome = simulate({ seed: 5, members: 4, swarm: { ...hardRounds, crashes } });
      expect(complaint(outcome, 4)).toBe("");
    }
  });
});

describe("recovery in time", () => {
  /** Virtual time from the healing to the next decision of every member. */
  test("L3: after a long outage of more than f members a height takes seconds, not minutes", () => {
    const until = 600_000;
    const indexes = range(0, 4);
    const blocked = indexes.map((from) => indexes.map((to) => from !== to && (from < 2 || to < 2)));
    const partitions = [{ fromMs: 500, untilMs: until, blocked }];
    const swarm = { ...quiet, healAtMs: until, partitions };
    for (const seed of range(1, 3)) {
      const outcome = simulate({ seed, members: 4, swarm });
      expect(complaint(outcome, 4)).toBe("");
      expect(outcome.virtualMs - until).toBeLessThan(30_000);
    }
  });
});
