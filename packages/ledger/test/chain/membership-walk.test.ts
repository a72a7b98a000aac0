import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONTROL_LANE,
  executeBlock,
  memoryState,
  readValidators,
  validatorsHashOf,
} from "../../src/chain/index.ts";
import { certifiedOf, checksOf } from "./fixtures.ts";
import { brokenIn, type Draw, type Step, seatsChanged, Walk } from "./membership-walk.ts";
import { offenceIn } from "./vote-fixtures.ts";

const draws: fc.Arbitrary<readonly Draw[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Draw["what"][]>(
      ...([
        "vote",
        "vote",
        "vote",
        "vote",
        "vote",
        "vote",
        "propose",
        "propose",
        "apply",
        "apply",
      ] as const),
      ...(["invite", "ready", "ready", "leave", "stand-down", "rotate-key", "rotate-key"] as const),
      ...([
        "addresses",
        "void",
        "void",
        "accuse",
        "block",
        "block",
        "block",
        "long block",
      ] as const),
    ),
    by: fc.nat(7),
    about: fc.nat(7),
    choice: fc.nat(29),
  }),
  { minLength: 60, maxLength: 140 },
);

const floorThird = (count: number): number => Math.floor((count - 1) / 3);

describe("members that do what they like", () => {
  test("keep the rules of keys, names, votes and the set, and each set is known before it decides", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), draws, (founders, drawn) => {
        const walk = new Walk(founders);
        for (const draw of drawn) {
          const before = walk.steps.length;
          walk.try(draw);
          if (walk.steps.length === before) continue;
          const step = walk.steps.at(-1) as Step;
          for (const { kind } of step.block.transactions) seen.add(kind);
          expect(brokenIn(walk.ledger)).toEqual([]);
          const after = readValidators(walk.ledger.state);
          const max = Math.max(1, floorThird(step.validators.length));
          expect(seatsChanged(step.validators, after)).toBeLessThanOrEqual(max);
          expect(step.block.header.nextValidatorsHash).toBe(validatorsHashOf(after));
          expect(after.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 25, seed: 11 },
    );
    const kinds = [
      "invite",
      "apply",
      "propose",
      "vote",
      "ready",
      "leave",
      "rotate-key",
      "addresses",
    ];
    expect([...seen]).toEqual(expect.arrayContaining([...kinds, "stand-down", "void"]));
  });

  test("lead to the same state however lanes of streams stand between those of control", () => {
    let moved = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        draws,
        fc.infiniteStream(fc.boolean()),
        (founders, drawn, order) => {
          const walk = new Walk(founders);
          for (const draw of drawn) walk.try(draw);
          for (const { block, before, head, effect } of walk.steps) {
            const { header, transactions, evidence } = block;
            const control = transactions.filter(({ lane }) => lane === CONTROL_LANE);
            const streams = transactions.filter(({ lane }) => lane !== CONTROL_LANE);
            if (control.length === 0 || streams.length === 0) continue;
            const [turn] = order.take(1);
            const mixed = turn ? [...streams, ...control] : [...control, ...streams];
            const executed = executeBlock(memoryState(before), {
              ...{ height: header.height, timeMs: header.timeMs, proposer: header.proposer },
              ...{
                previousBlockId: header.previousBlockId,
                certified: certifiedOf(walk.ledger, head),
              },
              ...{
                transactions: mixed,
                evidence,
                offence: offenceIn(walk.ledger.genesis.networkId),
              },
              isSigned: checksOf(walk.ledger).isSigned,
            });
            // Who leaves cannot write behind it; every order that is allowed gives the same.
            if (!executed.ok) continue;
            moved += 1;
            expect(executed.changesRoot).toBe(effect.changesRoot);
          }
        },
      ),
      { numRuns: 15, seed: 12 },
    );
    expect(moved).toBeGreaterThan(5);
  });
});
