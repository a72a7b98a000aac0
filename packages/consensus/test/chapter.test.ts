// The log of a height that does not end: it begins anew with what is needed, and nothing is forgotten
// that a restart must not forget.
import { describe, expect, test } from "vitest";
import { simulate } from "../sim/cluster.ts";
import { realSigning } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  type Chapter,
  type ConsensusState,
  decodeWal,
  encodeWalRecord,
  type Input,
  logRecordsMax,
  replay,
  roundMax,
  type Step,
  stepWithin,
  type Vote,
  type WalRecord,
  walRecordBytesMax,
} from "../src/index.ts";
import { a, b, block, contextOf, Script, signatureOf } from "./helpers/script.ts";

/** What stands in the log: everything since it began. */
function logOf(script: Script): readonly WalRecord[] {
  const records = script.of("persist").map(({ record }) => record);
  const begins = ({ type }: WalRecord): boolean => type === "startHeight" || type === "chapter";
  return records.slice(records.findLastIndex(begins));
}

describe("a log that becomes long", () => {
  test("begins anew, however many votes of later and later rounds one validator sends", () => {
    const script = new Script();
    for (let round = 1; round <= 3 * logRecordsMax; round += 1) script.prevote(round, a, [1]);
    expect(script.of("persist").length).toBeGreaterThan(3 * logRecordsMax);
    expect(logOf(script).length).toBeLessThanOrEqual(logRecordsMax);
    expect(replay(logOf(script)).height).toEqual(script.state.height);
  });

  test("begins anew in a height of thousands of rounds, and the lock is kept", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    for (let round = 1; round <= 2_000; round += 1) {
      script.enter(round);
      script.timeout("propose", round);
      expect(logOf(script).length).toBeLessThanOrEqual(logRecordsMax);
    }
    expect(script.of("persist").some(({ record }) => record.type === "chapter")).toBe(true);
    const again = replay(logOf(script));
    expect(again.height).toEqual(script.state.height);
    expect(again.height?.rules).toMatchObject({ round: 2_000, locked: { round: 0, blockId: a } });
    expect(again.height?.polka).toMatchObject({ round: 0, blockId: a });
    expect(again.height?.words).toContainEqual(script.voteOf("precommit", 0, a, 0));
  });

  test("keeps the current round whole and of the others the last words", () => {
    const script = new Script({ signs: false });
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1]);
    script.prevote(0, b, [1]);
    script.precommit(0, null, [2]);
    script.propose(3, b);
    script.prevote(9, b, [3]);
    const before = script.state;
    const input = { type: "vote", vote: script.voteOf("prevote", 0, null, 3) } as const;
    const [after, effects] = stepWithin(before, input, 1);
    const persisted = effects.flatMap((one) => (one.type === "persist" ? [one.record] : []));
    expect(persisted.map(({ type }) => type)).toEqual(["vote", "chapter"]);
    expect(after.height?.rounds.map(({ round }) => round)).toEqual([0]);
    expect(after.height?.words).toEqual([script.voteOf("prevote", 9, b, 3)]);
    expect(after.height?.drafts).toEqual(before.height?.drafts);
    expect(after.height?.blocks).toEqual(before.height?.blocks);
    const [whole] = stepWithin(before, input, logRecordsMax);
    expect(after.height?.rounds[0]?.votes.prevotes.first).toEqual(
      whole.height?.rounds[0]?.votes.prevotes.first,
    );
    expect(after.height?.rounds[0]?.votes.prevotes.second).toEqual(
      whole.height?.rounds[0]?.votes.prevotes.second,
    );
    expect(after.height?.rounds[0]?.proposal).toEqual(whole.height?.rounds[0]?.proposal);
    expect(replay(persisted.slice(1)).height).toEqual(after.height);
  });

  test("the largest chapter there can be fits a frame of the log", () => {
    const everybody = Array.from({ length: 300 }, (_, index) => index);
    const script = new Script({ members: 300 });
    const vote = (type: Vote["type"], voter: number): Vote => ({
      ...script.voteOf(type, roundMax, a, voter),
      height: Number.MAX_SAFE_INTEGER,
    });
    const polka = { ...script.polka(roundMax, a, everybody), height: Number.MAX_SAFE_INTEGER };
    const { height } = script.state;
    if (height === null) throw new Error("no height has begun");
    const votes = everybody.flatMap((voter) => [vote("prevote", voter), vote("precommit", voter)]);
    const chapter: Chapter = {
      type: "chapter",
      start: { ...height.start, ...contextOf(300, Number.MAX_SAFE_INTEGER) },
      rules: {
        round: roundMax,
        step: "precommit",
        locked: { round: roundMax, blockId: a },
        valid: { round: roundMax, blockId: a },
        waiting: ["propose", "prevote", "precommit"],
      },
      proposal: { ...script.proposal(roundMax, a), validRound: roundMax, polka },
      isDoubled: true,
      opinion: "acceptable",
      isFetching: true,
      votes: [...votes, ...votes],
      roundPolka: polka,
      words: votes,
      polka,
      lockPolka: polka,
      entered: {
        type: "round",
        reason: "skip",
        height: Number.MAX_SAFE_INTEGER,
        round: roundMax,
        votes: everybody.map((voter) => [voter, "precommit", a, signatureOf(voter)] as const),
      },
      blocks: everybody.map((index) => ({
        blockId: block(`${index}`),
        validity: "invalid" as const,
      })),
      drafts: [],
      isProposable: true,
    };
    const frame = encodeWalRecord(chapter, Number.MAX_SAFE_INTEGER, 0);
    expect(frame.length).toBeLessThan(walRecordBytesMax);
    expect(decodeWal(frame).records).toHaveLength(1);
    expect(memberOf(299)).toBe(height.start.validators[299]?.member);
  });
});

describe("networks whose logs begin anew all the time", () => {
  const parts = {
    step: (state: ConsensusState, input: Input): Step => stepWithin(state, input, 25),
  };

  test("agree and go on, and each log gives the state there was", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { violations, isStalled } = simulate({ seed, members: 4, parts });
      expect([seed, violations, isStalled]).toEqual([seed, [], false]);
    }
  });

  test("read their logs from bytes", () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const options = { seed, members: 4, parts, signing: realSigning(4), isEncoded: true };
      const { violations, isStalled } = simulate(options);
      expect([seed, violations, isStalled]).toEqual([seed, [], false]);
    }
  });
});
