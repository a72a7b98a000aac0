import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  eligibleOf,
  lastHeightShape,
  type Roster,
  type RosterBlock,
  rosterAfter,
  sidelinedShape,
  type ValidatorChange,
  validatorChangesShape,
  validatorsShape,
} from "../../src/chain/index.ts";
import { fromBytes, type MemberId, type Shape, toBytes } from "../../src/primitives/index.ts";
import { faulty, keyOf, memberOf, proposerOf, rosterOf, suspended } from "./roster-fixtures.ts";

/** What a block may say, in numbers that are fitted to the roster when it is their turn. */
interface Draw {
  readonly round: number;
  readonly silent: readonly number[];
  readonly builderRound: number;
  readonly offenders: readonly number[];
  readonly requests: readonly (readonly [ValidatorChange["type"], number, number])[];
  /** Quiet heights before it. */
  readonly pause: number;
}

const rare = <T>(often: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: other });

const draws: fc.Arbitrary<readonly Draw[]> = fc.array(
  fc.record({
    round: fc.nat(5),
    silent: fc.array(fc.nat(12), { maxLength: 3 }),
    builderRound: fc.nat(5),
    offenders: rare<readonly number[]>([], fc.array(fc.nat(12), { maxLength: 4 })),
    requests: fc.array(
      fc.tuple(
        fc.constantFrom<ValidatorChange["type"][]>(
          ...(["add", "add", "remove", "rekey", "restore", "suspend"] as const),
        ),
        fc.nat(12),
        fc.nat(15),
      ),
      { maxLength: 3 },
    ),
    pause: fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 10, arbitrary: fc.constantFrom(1, 2, 254, 255, 256, 600) },
      { weight: 1, arbitrary: fc.constantFrom(8_191, 8_192, 16_384) },
    ),
  }),
  { minLength: 1, maxLength: 60 },
);

function requestOf([type, index, version]: Draw["requests"][number]): ValidatorChange {
  const member = memberOf(index);
  return type === "add" || type === "rekey"
    ? { type, member, key: keyOf(index, version) }
    : { type, member };
}

interface Step {
  readonly before: Roster;
  readonly block: RosterBlock;
  readonly after: Roster;
}

/** All heights of a run. */
function* run(count: number, draws: readonly Draw[]): Generator<Step> {
  let roster = rosterOf(count);
  let height = 0;
  let lastProposer: MemberId | null = null;
  let voters: readonly MemberId[] = [];
  for (const draw of draws) {
    for (let quiet = draw.pause; quiet >= 0; quiet -= 1) {
      const isQuiet = quiet > 0;
      height += 1;
      const certified = { round: isQuiet ? 0 : draw.round, voters };
      const block: RosterBlock = {
        height,
        lastProposer,
        certified: height === 1 ? null : certified,
        offenders: isQuiet ? [] : draw.offenders.map(memberOf),
        requests: isQuiet ? [] : draw.requests.map(requestOf),
      };
      const silent = isQuiet ? [] : draw.silent.map(memberOf);
      lastProposer = proposerOf(roster, height, isQuiet ? 0 : draw.builderRound);
      voters = roster.validators.flatMap((validator) =>
        validator.suspended || silent.includes(validator.member) ? [] : [validator.member],
      );
      const after = rosterAfter(roster, block);
      yield { before: roster, block, after };
      roster = after;
    }
  }
}

function isSorted(items: readonly string[]): boolean {
  return items.every((item, index) => index === 0 || (items[index - 1] as string) < item);
}

/** Checks what happens, and of quiet times now and then a height. */
function everyStep(check: (step: Step) => void, numRuns = 50): void {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 3, 4, 6, 7, 10), draws, (count, drawn) => {
      for (const step of run(count, drawn)) {
        if (step.before !== step.after || step.block.height % 64 === 0) check(step);
      }
    }),
    { numRuns },
  );
}

/** The same value, read from its encoding. */
function reread<T>(shape: Shape<T>, value: T): T {
  return fromBytes(shape, toBytes(shape, value));
}

function rereadRoster({ validators, terms, endedTerms, changes, last }: Roster): Roster {
  return {
    validators: reread(validatorsShape, validators),
    ...reread(sidelinedShape, { terms, endedTerms }),
    changes: reread(validatorChangesShape, changes),
    last: reread(lastHeightShape, last),
  };
}

describe("the roster, whatever happens,", () => {
  test("has a proposer, f or fewer suspended and never more sidelined than the rest of f", () => {
    everyStep(({ after }) => {
      const { validators, terms, endedTerms, changes } = after;
      expect(validators.length).toBeGreaterThan(0);
      expect(suspended(after)).toBeLessThanOrEqual(faulty(after));
      expect(terms.length).toBeLessThanOrEqual(faulty(after) - suspended(after));
      expect(eligibleOf(after).length).toBe(validators.length - suspended(after) - terms.length);
      expect(eligibleOf(after).length).toBeGreaterThanOrEqual(validators.length - faulty(after));
      expect(isSorted(validators.map(({ key }) => key))).toBe(true);
      expect(new Set(validators.map(({ member }) => member)).size).toBe(validators.length);
      expect(isSorted(terms.map(({ member }) => member))).toBe(true);
      expect(isSorted(endedTerms.map(({ member }) => member))).toBe(true);
      const sidelined = new Set(terms.map(({ member }) => member));
      expect(endedTerms.some(({ member }) => sidelined.has(member))).toBe(false);
      const order = changes.map(({ member }) => member);
      expect(order).toEqual([...order].sort());
      expect(changes.length).toBeLessThanOrEqual(13 * 4);
    });
  });

  test("changes at most max(1, f) votes a height", () => {
    everyStep(({ before, after }) => {
      const rowOf = (roster: Roster, member: MemberId) =>
        JSON.stringify(roster.validators.find((validator) => validator.member === member) ?? null);
      const members = [...before.validators, ...after.validators].map(({ member }) => member);
      const differing = [...new Set(members)].filter(
        (member) => rowOf(before, member) !== rowOf(after, member),
      );
      expect(differing.length).toBeLessThanOrEqual(Math.max(1, faulty(before)));
    });
  });

  test("has an honest member of the height before in every quorum of the next", () => {
    everyStep(({ before, after }) => {
      const old = new Set(before.validators.map(({ member }) => member));
      const added = after.validators.filter(({ member }) => !old.has(member)).length;
      const quorum = Math.floor((2 * after.validators.length) / 3) + 1;
      expect(quorum - added).toBeGreaterThan(faulty(before));
    });
  });

  test("remembers who voted and proposed at the height of its block", () => {
    everyStep(({ before, after }) => {
      expect(after.last).toEqual({ validators: before.validators, eligible: eligibleOf(before) });
    });
  });

  test("sidelines only who let a turn of rounds 1 to f pass, or goes on with who is sidelined", () => {
    everyStep(({ before, block, after }) => {
      const was = new Set(before.terms.map(({ member }) => member));
      const begun = after.terms.filter(({ sinceHeight }) => sinceHeight === block.height);
      for (const { member } of after.terms) {
        expect(was.has(member) || begun.some((term) => term.member === member)).toBe(true);
      }
      const { certified, lastProposer, height } = block;
      if (certified === null) return expect(begun).toEqual([]);
      const { validators, eligible } = before.last;
      const f = Math.floor((validators.length - 1) / 3);
      const passed = Array.from({ length: certified.round }, (_, round) => {
        const index = eligible[(height - 1 + round) % eligible.length];
        return validators[index as number]?.member;
      });
      for (const { member } of begun) {
        expect(certified.round).toBeLessThanOrEqual(f);
        expect(passed).toContain(member);
        expect(member).not.toBe(lastProposer);
      }
    });
  });

  test("is the same from any height on, read from its bytes, and so is every proposer", () => {
    everyStep(({ before, block, after }) => {
      const again = rosterAfter(rereadRoster(before), block);
      expect(again).toEqual(after);
      for (let round = 0; round < 12; round += 1) {
        expect(proposerOf(again, block.height + 1, round)).toBe(
          proposerOf(after, block.height + 1, round),
        );
      }
    });
  });

  test("is replayed from a prefix to the same end", () => {
    fc.assert(
      fc.property(draws, fc.nat(), (drawn, at) => {
        const steps = [...run(7, drawn)];
        const from = at % steps.length;
        const start = rereadRoster((steps[from] as Step).before);
        const end = steps
          .slice(from)
          .reduce((roster, { block }) => rosterAfter(roster, block), start);
        expect(end).toEqual(steps.at(-1)?.after);
      }),
      { numRuns: 50 },
    );
  });

  test("keeps the objects of what a block leaves as it was", () => {
    everyStep(({ before, after }) => {
      for (const part of ["validators", "changes", "last", "terms", "endedTerms"] as const) {
        const isSame = JSON.stringify(before[part]) === JSON.stringify(after[part]);
        expect(before[part] === after[part]).toBe(isSame);
      }
      if (JSON.stringify(before) === JSON.stringify(after)) expect(after).toBe(before);
    });
  });
});
