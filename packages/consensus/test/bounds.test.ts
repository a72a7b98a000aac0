// Hostile input: nothing grows without bound, nothing throws, nothing is verified twice.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memberOf } from "../sim/world.ts";
import {
  encodeMessage,
  encodeWalRecord,
  hold,
  isBehind,
  type Message,
  replay,
  roundMax,
  waited,
  waitingMax,
  waitingRoom,
  wants,
  withClaim,
} from "../src/index.ts";
import { a, b, block, Script } from "./helpers/script.ts";

describe("rounds ahead", () => {
  test("D1: one validator has room in two rounds above the current one: the highest", () => {
    const script = new Script();
    for (let round = 1; round <= 10_000; round += 1) script.prevote(round, a, [1]);
    const kept = script.state.height?.rounds.map(({ round }) => round);
    expect(kept).toEqual([0, 9_999, 10_000]);
    script.prevote(3, a, [1]);
    expect(script.state.height?.rounds).toHaveLength(3);
    expect(script.rules.round).toBe(0);
  });

  test("D1: whoever runs ahead is still heard where the others come along", () => {
    const script = new Script();
    for (let round = 1; round <= 8; round += 1) script.prevote(round, null, [1]);
    script.prevote(8, null, [2]);
    expect(script.rules.round).toBe(8);
  });

  test("D1: proposals of later rounds have two places for each proposer", () => {
    const script = new Script();
    for (let round = 1; round <= 400; round += 1) script.propose(round, block(`p${round}`));
    expect(script.state.height?.rounds.length).toBeLessThanOrEqual(1 + 4 * 2);
  });

  test("old rounds are forgotten, the polka of the valid block is not", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    for (let round = 1; round <= 40; round += 1) script.prevote(round, null, [1, 2]);
    expect(script.rules.round).toBe(40);
    expect(script.state.height?.rounds.length).toBeLessThanOrEqual(17);
    expect(script.state.height?.polka).toMatchObject({ round: 0, blockId: a });
    expect(script.state.height?.blocks).toEqual([{ blockId: a, validity: "valid" }]);
    expect(script.rules.locked).toEqual({ round: 0, blockId: a });
  });
});

describe("the last round", () => {
  test("has no end: a vote in it of one of three takes all there and breaks nobody", () => {
    const script = new Script({ members: 3 });
    script.prevote(roundMax, null, [1]);
    expect(script.rules.round).toBe(roundMax);
    script.timeout("propose", roundMax);
    script.prevote(roundMax, null, [2]);
    script.precommit(roundMax, null, [1, 2]);
    script.timeout("precommit", roundMax);
    expect(script.rules).toMatchObject({ round: roundMax, step: "precommit" });
    for (const { record } of script.of("persist")) encodeWalRecord(record, 1, 0);
    for (const { message } of script.of("broadcast")) encodeMessage(message);
    const again = new Script({ members: 3 });
    again.state = replay(script.of("persist").map(({ record }) => record));
    expect(again.state.height).toEqual(script.state.height);
  });

  test("each vote in it is announced", () => {
    const script = new Script({ members: 4 });
    script.prevote(roundMax, null, [1, 2]);
    script.effects.length = 0;
    script.prevote(roundMax, null, [3]);
    script.precommit(roundMax, null, [1]);
    script.precommit(roundMax, null, [3]);
    expect(script.of("announce")).toHaveLength(3);
  });
});

describe("what is known costs nothing", () => {
  const message = (script: Script, round: number, voter: number): Message => ({
    kind: "vote",
    vote: script.voteOf("prevote", round, a, voter),
  });

  test("D2: a vote is wanted once, a different second one once, a third never", () => {
    const script = new Script();
    expect(wants(script.state, message(script, 0, 1))).toBe(true);
    script.prevote(0, a, [1]);
    expect(wants(script.state, message(script, 0, 1))).toBe(false);
    const second: Message = { kind: "vote", vote: script.voteOf("prevote", 0, b, 1) };
    expect(wants(script.state, second)).toBe(true);
    script.prevote(0, b, [1]);
    const third: Message = { kind: "vote", vote: script.voteOf("prevote", 0, null, 1) };
    expect(wants(script.state, third)).toBe(false);
  });

  test("D2: certificates that prove nothing new are not wanted", () => {
    const script = new Script();
    const polka: Message = { kind: "polka", certificate: script.polka(0, a, [1, 2, 3]) };
    expect(wants(script.state, polka)).toBe(true);
    script.prevote(0, a, [1, 2, 3]);
    expect(wants(script.state, polka)).toBe(false);
    const commit: Message = { kind: "commit", certificate: script.commit(0, a, [1, 2, 3]) };
    expect(wants(script.state, commit)).toBe(true);
    script.precommit(0, a, [1, 2, 3]);
    expect(wants(script.state, commit)).toBe(false);
  });

  test("D2: an answer is wanted while this node asks, and only about itself", () => {
    const script = new Script({ isFree: false });
    const answer = (voter: number): Message => ({
      kind: "answer",
      answer: { height: 1, voter, proposals: [], votes: [] },
    });
    expect([0, 1, 2].map((voter) => wants(script.state, answer(voter)))).toEqual([
      true,
      false,
      false,
    ]);
    script.hearAnswers();
    expect(wants(script.state, answer(0))).toBe(false);
  });

  test("messages of other heights are not wanted", () => {
    const script = new Script();
    for (const height of [0, 2, 1_000_000]) {
      const vote = { ...script.voteOf("prevote", 0, a, 1), height };
      expect(wants(script.state, { kind: "vote", vote })).toBe(false);
      script.feed({ type: "vote", vote });
    }
    expect(script.state.height?.rounds[0]?.votes.voters).toBe(0);
  });
});

describe("what others say of themselves", () => {
  test("is kept of so many members, however far ahead they claim to be, and leads to nothing", () => {
    const script = new Script();
    script.effects.length = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const bits = new Uint8Array(38).fill(index % 256);
      const place = { height: Number.MAX_SAFE_INTEGER - index, round: roundMax };
      const status = { ...place, proposal: true, prevotes: bits, precommits: bits } as const;
      script.feed({
        type: "status",
        peer: memberOf(index),
        status: { ...status, step: "prevote" },
      });
    }
    expect(script.state.peers.length).toBe(600);
    expect(script.effects).toEqual([]);
    for (let index = 0; index < 1_000; index += 1) {
      script.feed({ type: "departed", peer: memberOf(index) });
    }
    expect(script.state.peers.length).toBe(0);
  });
});

describe("the waiting room of the next height", () => {
  test("D1: each connected member has so many places, whatever the others send", () => {
    const script = new Script();
    let room = waitingRoom(2);
    for (let index = 0; index < 500; index += 1) {
      const vote = { ...script.voteOf("prevote", index, a, 1), height: 2 };
      room = hold(room, memberOf(1), { kind: "vote", vote });
      if (index < 3) room = hold(room, memberOf(2), { kind: "vote", vote });
    }
    expect(waited(room, 2)).toHaveLength(waitingMax + 3);
    expect(waited(room, 3)).toEqual([]);
    const far = { ...script.voteOf("prevote", 0, a, 1), height: 3 };
    expect(hold(room, memberOf(3), { kind: "vote", vote: far })).toBe(room);
  });
});

describe("the lag rule", () => {
  test("f+1 validators must claim, and a claim that nothing follows expires", () => {
    let claims = withClaim(new Map(), 1, 7, 0);
    claims = withClaim(claims, 1, 7, 4_000);
    expect(isBehind(claims, 7, 4, 1)).toBe(false);
    claims = withClaim(claims, 2, 9, 1_000);
    expect(isBehind(claims, 7, 4, 1_001)).toBe(true);
    expect(isBehind(claims, 8, 4, 1_001)).toBe(false);
    expect(isBehind(claims, 7, 4, 5_000)).toBe(false);
  });
});

describe("any order of any input", () => {
  const value = fc.constantFrom(a, b, null);
  const round = fc.integer({ min: 0, max: 4 });
  const voter = fc.integer({ min: 1, max: 3 });
  const play = fc.oneof(
    fc.tuple(fc.constant("prevote" as const), round, value, voter),
    fc.tuple(fc.constant("precommit" as const), round, value, voter),
    fc.tuple(fc.constant("propose" as const), round, fc.constantFrom(a, b), voter),
    fc.tuple(fc.constant("timeout" as const), round, value, voter),
    fc.tuple(fc.constant("learn" as const), round, fc.constantFrom(a, b), voter),
  );

  test("lock and valid round only grow, and a lock is never above the valid block", () => {
    fc.assert(
      fc.property(fc.array(play, { maxLength: 80 }), (plays) => {
        const script = new Script();
        let [lockRound, validRound] = [-1, -1];
        for (const [kind, at, blockId, who] of plays) {
          if (script.state.height?.decision !== null) break;
          if (kind === "propose" && blockId !== null) script.propose(at, blockId);
          else if (kind === "learn" && blockId !== null) script.learn(blockId, { valid: true });
          else if (kind === "timeout") {
            const step = (["propose", "prevote", "precommit"] as const)[who - 1] ?? "propose";
            script.timeout(step, script.rules.round);
          } else if (kind === "prevote" || kind === "precommit") {
            script.vote(kind, at, blockId, [who]);
          }
          const { locked, valid, round: current } = script.rules;
          expect(locked?.round ?? -1).toBeGreaterThanOrEqual(lockRound);
          expect(valid?.round ?? -1).toBeGreaterThanOrEqual(validRound);
          expect(locked?.round ?? -1).toBeLessThanOrEqual(valid?.round ?? -1);
          expect(valid?.round ?? -1).toBeLessThanOrEqual(current);
          [lockRound, validRound] = [locked?.round ?? -1, valid?.round ?? -1];
        }
        const places = script.votes.map((vote) => vote.split(" ").slice(0, 2).join(" "));
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
