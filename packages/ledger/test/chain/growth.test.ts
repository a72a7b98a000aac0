import { describe, expect, test } from "vitest";
import {
  type Block,
  buildBlock,
  checkBlock,
  eligibleOf,
  readClock,
  readConsensusKey,
  readRoster,
  requestChange,
  StateView,
  tables,
  type Validator,
  type ValidatorChange,
  validatorChangesKey,
  validatorsHashOf,
} from "../../src/chain/index.ts";
import type { MemberId } from "../../src/primitives/index.ts";
import { checksOf, type Ledger, newLedger, plan } from "./fixtures.ts";
import { keyOf, memberOf, proposerOf } from "./roster-fixtures.ts";

const add = (index: number): ValidatorChange => ({
  type: "add",
  member: memberOf(index),
  key: keyOf(index),
});
const remove = (index: number): ValidatorChange => ({ type: "remove", member: memberOf(index) });

/** Writes changes as waiting into the state, as a decision of the members would. */
function seed(ledger: Ledger, changes: readonly ValidatorChange[]): void {
  const view = new StateView(ledger.state);
  for (const change of changes) expect(requestChange(view, change)).toEqual({ ok: true });
  ledger.state.write(view.changes());
}

/**
 * Builds, checks and applies the next block. By its certificate everybody decided the height before, in
 * `decidedRound`; the proposer of `builderRound` builds.
 */
function next(ledger: Ledger, { decidedRound = 0, builderRound = 0 } = {}): Block {
  const { state, head } = ledger;
  const roster = readRoster(state);
  const voters = roster.last.validators.map(({ member }) => member);
  const certified = head.height === 0 ? null : { round: decidedRound, voters };
  const built = buildBlock({
    ...plan(ledger, []),
    proposer: proposerOf(roster, head.height + 1, builderRound),
    certified,
  });
  const checks = { ...checksOf(ledger), certified: () => certified };
  const verdict = checkBlock(state, head, built.block, checks);
  expect(verdict).toMatchObject({ ok: true, changes: built.changes });
  state.write(built.changes);
  const { id, header } = built.block;
  ledger.head = { height: header.height, blockId: id, timeMs: header.timeMs };
  return built.block;
}

/** What the test itself notes of a height. */
interface Noted {
  readonly block: Block;
  readonly validators: readonly Validator[];
}

function expectHeld(ledger: Ledger, noted: readonly Noted[], before: Noted["validators"]): void {
  const { height } = ledger.head;
  const roster = readRoster(ledger.state);
  const block = noted.at(-1)?.block as Block;
  expect(roster.last.validators).toEqual(before);
  expect(readClock(ledger.state)).toMatchObject({ height, proposer: block.header.proposer });
  expect(block.header.validatorsHash).toBe(validatorsHashOf(before));
  expect(block.header.nextValidatorsHash).toBe(validatorsHashOf(roster.validators));
  // Each key's heights are those at which it stood in a set: one run of them here.
  const sets = [...noted.map(({ validators }) => validators), roster.validators];
  const keys = new Map(sets.flat().map(({ key, member }) => [key, member]));
  for (const [key, member] of keys) {
    const heights = sets.flatMap((set, index) =>
      set.some((validator) => validator.key === key) ? [index + 1] : [],
    );
    const last = heights.at(-1) as number;
    expect(readConsensusKey(ledger.state, key)).toEqual({
      member,
      intervals: [{ firstHeight: heights[0], lastHeight: last === height + 1 ? null : last }],
    });
  }
}

describe("a network that grows and shrinks while blocks are built", () => {
  test("goes from one member to seven and back, one vote a height, tables right at every height", () => {
    const ledger = newLedger(1);
    const founder = ledger.founders[0]?.id as MemberId;
    const noted: Noted[] = [];
    const sizes: number[] = [];
    const proposers = new Set<MemberId>();
    while (ledger.head.height < 40) {
      const { height } = ledger.head;
      if (height === 2) seed(ledger, [add(1), add(2), add(3)]);
      if (height === 10) seed(ledger, [6, 5, 4].map(add));
      if (height === 20) seed(ledger, [1, 2, 3, 4, 5, 6].map(remove));
      const { validators } = readRoster(ledger.state);
      const block = next(ledger);
      noted.push({ block, validators });
      sizes.push(validators.length);
      proposers.add(block.header.proposer);
      expectHeld(ledger, noted, validators);
    }
    expect(sizes.slice(0, 16)).toEqual([1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 6, 7, 7, 7]);
    // Of seven two may leave at once.
    expect(sizes.slice(20, 27)).toEqual([7, 5, 4, 3, 2, 1, 1]);
    expect(proposers).toEqual(new Set([founder, ...[1, 2, 3, 4, 5, 6].map(memberOf)]));
    expect(readRoster(ledger.state)).toMatchObject({ changes: [], terms: [] });
  });

  test("passes over who failed, across a change of the set, by the list of that height", () => {
    const ledger = newLedger(4);
    while (ledger.head.height < 5) next(ledger);
    const failed = proposerOf(readRoster(ledger.state), 6, 0);
    seed(ledger, [add(1)]);
    next(ledger, { builderRound: 1 });
    expect(readRoster(ledger.state).last.eligible).toEqual([0, 1, 2, 3]);
    next(ledger, { decidedRound: 1 });
    const roster = readRoster(ledger.state);
    expect(roster.terms).toEqual([
      { member: failed, sinceHeight: 7, termHeights: 256, hasSigned: false },
    ]);
    expect(roster.validators).toHaveLength(5);
    expect(eligibleOf(roster)).toHaveLength(4);
    const proposers = Array.from({ length: 8 }, () => next(ledger).header.proposer);
    expect(new Set(proposers).size).toBe(4);
    expect(proposers).not.toContain(failed);
  });

  test("writes tables 7, 8, 12, 13 and 14 only when they change", () => {
    const ledger = newLedger(4);
    next(ledger);
    next(ledger);
    const certified = { round: 0, voters: ledger.founders.map(({ id }) => id) };
    const quiet = buildBlock({ ...plan(ledger, []), certified }).changes;
    expect(quiet.map(([key]) => key[0])).toEqual([10]);
    seed(ledger, [add(1)]);
    const growing = buildBlock({ ...plan(ledger, []), certified }).changes;
    expect(growing.map(([key]) => key[0])).toEqual([7, 10, 13, 14]);
    ledger.state.write(growing);
    const after = buildBlock({ ...plan(ledger, []), certified }).changes;
    expect(after.map(([key]) => key[0])).toEqual([10, 12]);
  });
});

describe("a change that is asked for", () => {
  test("brings a key that never voted and that no other change waits with", () => {
    const ledger = newLedger(3);
    const view = new StateView(ledger.state);
    const used = readRoster(ledger.state).validators[0]?.key as Validator["key"];
    const refused = { ok: false, reason: "key-used" };
    expect(requestChange(view, { type: "add", member: memberOf(1), key: used })).toEqual(refused);
    expect(requestChange(view, add(1))).toEqual({ ok: true });
    expect(requestChange(view, { type: "rekey", member: memberOf(2), key: keyOf(1) })).toEqual(
      refused,
    );
    expect(readRoster(view).changes).toEqual([add(1)]);
  });

  test("is refused when 1,500 wait", () => {
    const view = new StateView(newLedger(3).state);
    const waiting = Array.from({ length: 1_500 }, (_, index) => remove(index + 1));
    tables.validatorChanges.write(view, validatorChangesKey, waiting);
    expect(requestChange(view, remove(1_501))).toEqual({ ok: false, reason: "too-many" });
    expect(requestChange(view, remove(1_500))).toEqual({ ok: true });
  });
});
