// Directed scenarios: known ways to get safety wrong, one each.
import { describe, expect, test } from "vitest";
import { memberOf } from "../sim/world.ts";
import { type GuardState, guardMemory, newGuard, replay, type WalRecord } from "../src/index.ts";
import { a, b, network, Script } from "./helpers/script.ts";

/** A validator that locked block a in round 0 and is in round 1; it is member 0, proposer of round 3. */
function lockedOnA(): Script {
  const script = new Script();
  script.opinions.set(a, { valid: true });
  script.opinions.set(b, { valid: true });
  script.propose(0, a);
  script.prevote(0, a, [1, 2]);
  expect(script.votes).toEqual(["prevote 0 a", "precommit 0 a"]);
  script.enter(1);
  expect(script.rules).toMatchObject({ round: 1, step: "propose", locked: { round: 0 } });
  return script;
}

describe("the lock", () => {
  test("S1: a locked validator prevotes nil for another fresh block (L23)", () => {
    const script = lockedOnA();
    script.propose(1, b);
    expect(script.votes.slice(2)).toEqual(["prevote 1 nil"]);
  });

  test("S1: a locked validator prevotes the locked block when it is offered fresh (L23)", () => {
    const script = lockedOnA();
    script.propose(1, a);
    expect(script.votes.slice(2)).toEqual(["prevote 1 a"]);
  });

  test("S2: a block found invalid is prevoted nil, never by its id", () => {
    const script = new Script();
    script.opinions.set(a, { valid: false });
    script.propose(0, a);
    expect(script.votes).toEqual(["prevote 0 nil"]);
  });

  test("S2: a block without a verdict is prevoted nil at the timeout and no earlier", () => {
    const script = new Script();
    script.propose(0, a);
    expect(script.votes).toEqual([]);
    script.timeout("propose", 0);
    expect(script.votes).toEqual(["prevote 0 nil"]);
    script.learn(a, { valid: true });
    expect(script.votes).toEqual(["prevote 0 nil"]);
  });

  test("S3: a lock of round 0 is a lock like any other", () => {
    const script = lockedOnA();
    script.propose(1, b);
    script.prevote(1, null, [1, 2, 3]);
    script.enter(2);
    script.propose(2, b);
    expect(script.votes.slice(2)).toEqual(["prevote 1 nil", "precommit 1 nil", "prevote 2 nil"]);
    expect(script.rules.locked).toEqual({ round: 0, blockId: a });
  });

  test("S4: a newer polka frees the lock, an older one does not (L29)", () => {
    const script = lockedOnA();
    script.timeout("propose", 1);
    script.prevote(1, null, [1, 2, 3]);
    script.enter(2);
    script.propose(2, b, 1);
    expect(script.votes.at(-1)).toBe("prevote 2 b");

    const older = lockedOnA();
    older.timeout("propose", 1);
    older.prevote(1, a, [1, 2]);
    older.prevote(1, a, [3]);
    expect(older.rules.locked).toEqual({ round: 1, blockId: a });
    older.enter(2);
    older.propose(2, b, 0);
    expect(older.votes.at(-1)).toBe("prevote 2 nil");
  });

  test("S5: a nil polka does not unlock", () => {
    const script = lockedOnA();
    script.timeout("propose", 1);
    script.prevote(1, null, [1, 2, 3]);
    expect(script.votes.at(-1)).toBe("precommit 1 nil");
    expect(script.rules.locked).toEqual({ round: 0, blockId: a });
    script.enter(2);
    script.propose(2, b);
    expect(script.votes.at(-1)).toBe("prevote 2 nil");
  });

  test("S5: a polka for a block that is not held does not unlock", () => {
    const script = lockedOnA();
    script.opinions.delete(b);
    script.timeout("propose", 1);
    script.prevote(1, b, [1, 2, 3]);
    expect(script.rules.locked).toEqual({ round: 0, blockId: a });
    expect(script.rules.valid).toEqual({ round: 1, blockId: b });
    script.timeout("prevote", 1);
    expect(script.votes.at(-1)).toBe("precommit 1 nil");
  });

  test("S6: a locked validator prevotes nil when nothing is proposed", () => {
    const script = lockedOnA();
    script.timeout("propose", 1);
    expect(script.votes.at(-1)).toBe("prevote 1 nil");
  });

  test("S7: a polka after the own precommit sets the valid block but not the lock (L42)", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, null, [1]);
    script.prevote(0, a, [2]);
    script.timeout("prevote", 0);
    expect(script.votes.at(-1)).toBe("precommit 0 nil");
    script.prevote(0, a, [3]);
    expect(script.rules.valid).toEqual({ round: 0, blockId: a });
    expect(script.rules.locked).toBeNull();
  });

  test("L36 waits for the verdict: the precommit follows once the block is held and valid", () => {
    const script = new Script();
    script.propose(0, a);
    script.timeout("propose", 0);
    script.prevote(0, a, [1, 2, 3]);
    expect(script.votes).toEqual(["prevote 0 nil"]);
    script.learn(a, { valid: true, timely: false });
    expect(script.votes).toEqual(["prevote 0 nil", "precommit 0 a"]);
  });
});

describe("what a fresh proposal needs", () => {
  test("L10: an untimely fresh block is refused, the same block with a polka is not", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true, timely: false });
    script.propose(0, a);
    expect(script.votes).toEqual(["prevote 0 nil"]);
    script.prevote(0, null, [1, 2, 3]);
    script.enter(1);
    script.propose(1, a, 0);
    expect(script.votes.at(-1)).toBe("prevote 1 a");
  });

  test("an opinion asked for in an earlier round says nothing of the freshness in a later one", () => {
    const script = new Script();
    script.propose(0, a);
    script.timeout("propose", 0);
    script.enter(1);
    script.propose(1, a);
    const { height } = script.context;
    const late = { type: "verdict", height, blockId: a, valid: true } as const;
    script.feed({ ...late, round: 0, timely: true, due: true });
    expect(script.votes).toEqual(["prevote 0 nil"]);
    script.feed({ ...late, round: 1, timely: false, due: true });
    expect(script.votes).toEqual(["prevote 0 nil", "prevote 1 nil"]);
  });

  test("an empty block of round 0 that is not due is prevoted nil", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true, due: false });
    script.propose(0, a);
    expect(script.votes).toEqual(["prevote 0 nil"]);
  });
});

describe("decided heights", () => {
  test("S13: after a decision from sync no vote of that height is asked for or sent", () => {
    const script = new Script({ signs: false });
    script.opinions.set(a, { valid: true });
    script.opinions.set(b, { valid: true });
    script.propose(0, b);
    const draft = script.of("sign")[0]?.draft;
    script.feed({ type: "certificate", certificate: script.commit(0, a, [1, 2, 3]) });
    expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([a]);
    const before = script.effects.length;
    if (draft !== undefined) script.sign(draft);
    script.prevote(0, b, [1, 2, 3]);
    script.timeout("propose", 0);
    const after = script.effects.slice(before).map(({ type }) => type);
    expect(after).not.toContain("sign");
    expect(after).not.toContain("broadcast");
  });

  test("S13: a decision withdraws the drafts that wait while others are ahead", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.feed({ type: "behind", behind: true });
    script.propose(0, a);
    expect(script.votes).toEqual([]);
    script.feed({ type: "certificate", certificate: script.commit(0, a, [1, 2, 3]) });
    script.feed({ type: "behind", behind: false });
    expect(script.votes).toEqual([]);
  });

  test("a node that is behind speaks up when it is not any more", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.feed({ type: "behind", behind: true });
    script.propose(0, a);
    expect(script.votes).toEqual([]);
    script.feed({ type: "behind", behind: false });
    expect(script.votes).toEqual(["prevote 0 a"]);
  });
});

describe("before the first signature", () => {
  test("a node signs nothing until a quorum, itself included, has answered", () => {
    const script = new Script({ isFree: false });
    expect(script.of("broadcast").map(({ message }) => message.kind)).toContain("question");
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.feed({ type: "answer", height: 1, validator: 1, beyondGuard: false });
    script.feed({ type: "answer", height: 1, validator: 1, beyondGuard: false });
    expect(script.votes).toEqual([]);
    script.feed({ type: "answer", height: 1, validator: 2, beyondGuard: false });
    expect(script.votes).toEqual(["prevote 0 a"]);
  });

  test("S12: a node whose memory others know better is silent until a later height is decided", () => {
    const script = new Script({ isFree: false });
    script.opinions.set(a, { valid: true });
    script.feed({ type: "answer", height: 1, validator: 1, beyondGuard: true });
    script.hearAnswers();
    script.propose(0, a);
    expect(script.rules.step).toBe("prevote");
    script.start(2);
    script.hearAnswers(2);
    script.start(3);
    script.feed({ type: "proposable", height: 3 });
    script.feed({
      type: "timeout",
      timeout: { kind: "propose", height: 3, round: 0 },
    });
    expect(script.votes).toEqual([]);
    script.hearAnswers(3);
    expect(script.votes).toEqual(["prevote 0 nil"]);
  });

  test("S12: a second copy of a key stays silent while the others hear the first one", () => {
    const script = new Script({ isFree: false });
    for (let height = 1; height < 20; height += 1) {
      if (height > 1) script.start(height);
      script.feed({ type: "proposable", height });
      script.feed({ type: "timeout", timeout: { kind: "propose", height, round: 0 } });
      script.feed({ type: "answer", height, validator: 1, beyondGuard: true });
      script.hearAnswers(height);
    }
    expect(script.votes).toEqual([]);
  });

  test("S12: a node without its guard follows the decision without a word", () => {
    const script = new Script({ isFree: false });
    script.feed({ type: "observe", height: 1 });
    script.hearAnswers();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2, 3]);
    script.precommit(0, a, [1, 2, 3]);
    expect(script.of("decide")).toHaveLength(1);
    expect(script.of("sign")).toEqual([]);
  });

  test("S12: whoever asks learns its last vote and its last lock, however many rounds ago", () => {
    const script = new Script();
    script.propose(0, a);
    script.vote("precommit", 0, a, [1]);
    script.vote("prevote", 3, null, [1, 2]);
    for (let round = 4; round < 400; round += 1) script.prevote(round, null, [2, 3]);
    script.effects.length = 0;
    script.feed({ type: "question", peer: memberOf(1), question: { height: 1, voter: 1 } });
    const answers = script
      .of("sendTo")
      .flatMap(({ message }) => (message.kind === "answer" ? [message.answer.votes] : []));
    expect(answers).toEqual([
      [script.voteOf("precommit", 0, a, 1), script.voteOf("prevote", 3, null, 1)],
    ]);
    expect(script.state.height?.words).toHaveLength(4);
  });

  test("a lone validator asks nobody", () => {
    const script = new Script({ members: 1, isFree: false });
    script.feed({ type: "proposable", height: 1 });
    script.feed({ type: "built", height: 1, round: 0, blockId: a });
    expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([a]);
  });
});

/** What would be logged so far. */
function logOf(script: Script): readonly WalRecord[] {
  return script.of("persist").map(({ record }) => record);
}

describe("restarting", () => {
  test("S10: the log gives the very state there was, after every single input", () => {
    const script = new Script();
    const check = (): void => expect(replay(logOf(script)).height).toEqual(script.state.height);
    script.opinions.set(a, { valid: true });
    check();
    script.propose(0, a);
    check();
    for (const voter of [1, 2, 3]) {
      script.prevote(0, voter === 1 ? null : a, [voter]);
      check();
    }
    script.timeout("prevote", 0);
    script.precommit(0, null, [1, 2, 3]);
    script.timeout("precommit", 0);
    check();
    script.prevote(3, null, [1, 2]);
    check();
  });

  test("S9: what the guard signed stands although the log lost it", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    const log = logOf(script).filter(({ type }) => type === "startHeight" || type === "resume");
    const said = script
      .of("broadcast")
      .flatMap(({ message }) =>
        message.kind === "vote" || message.kind === "proposal" ? [message] : [],
      );
    expect(said).toHaveLength(2);

    const again = new Script();
    again.state = replay(log);
    again.feed({ type: "resume", said, lock: { round: 0, blockId: a } });
    again.hearAnswers();
    expect(again.rules).toMatchObject({
      round: 0,
      step: "precommit",
      locked: { round: 0, blockId: a },
    });
    again.enter(1);
    again.propose(1, b);
    expect(again.votes.at(-1)).toBe("prevote 1 nil");
  });

  test.each([
    ["before its round", false],
    ["within its round", true],
  ])("S9: a signed proposal whose polka the log lost (%s) is made by no other", (_, isReached) => {
    const before = new Script({ self: 2 });
    if (isReached) {
      before.precommit(0, null, [0, 1, 3]);
      before.timeout("precommit", 0);
      expect(before.rules.round).toBe(1);
    }
    const again = new Script({ self: 2 });
    again.state = replay(logOf(before));
    again.effects.length = 0;
    again.feed({
      type: "resume",
      said: [
        { kind: "vote", vote: again.voteOf("prevote", 0, a, 2) },
        { kind: "vote", vote: again.voteOf("precommit", 0, null, 2) },
        { kind: "proposal", proposal: { ...again.proposal(1, a, 0), polka: null } },
      ],
      lock: null,
    });
    again.hearAnswers();
    expect(again.rules).toMatchObject({ round: 1, step: "propose" });
    again.timeout("propose", 1);
    expect(again.of("build")).toEqual([]);
    expect(again.of("sign").map(({ draft }) => draft.kind)).toEqual(["vote"]);
    expect(again.votes).toEqual(["prevote 1 nil"]);
  });

  test("S9: what nobody signed is taken back, and said again once the block is held again", () => {
    const script = new Script({ signs: false });
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    expect(script.votes).toEqual(["prevote 0 a"]);

    const again = new Script({ signs: false });
    again.effects.length = 0;
    again.state = replay(logOf(script));
    again.feed(guardMemory(newGuard(network), 0, 1));
    again.hearAnswers();
    expect(again.rules.step).toBe("propose");
    expect(again.votes).toEqual([]);
    again.learn(a, { valid: true });
    expect(again.votes).toEqual(["prevote 0 a"]);
  });

  test("S9: a lock nobody heard of is taken back with its precommit, the lock before it stays", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.opinions.set(b, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    script.enter(1);
    script.propose(1, b, -1);
    script.prevote(1, b, [1, 2]);
    const log = [...logOf(script)];
    script.prevote(1, b, [3]);
    expect(script.rules.locked).toEqual({ round: 1, blockId: b });
    const lost = logOf(script).filter((record) => record.type !== "signed" || log.includes(record));

    const said = script
      .of("broadcast")
      .flatMap(({ message }) => (message.kind === "vote" ? [message] : []))
      .filter(({ vote }) => vote.round === 0 || vote.type === "prevote");
    const again = new Script();
    again.state = replay(lost);
    again.feed({ type: "resume", said, lock: { round: 0, blockId: a } });
    expect(again.rules).toMatchObject({ round: 1, step: "prevote", locked: { round: 0 } });
  });

  test("S9: a lock whose precommit was never signed binds nobody after a restart", () => {
    const script = new Script({ isFree: false });
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2, 3]);
    script.enter(1);
    expect(script.rules).toMatchObject({ round: 1, locked: { round: 0, blockId: a } });
    script.hearAnswers();
    script.timeout("propose", 1);
    expect(script.votes).toEqual(["prevote 1 nil"]);
    const guard = script.guarded();
    expect(guard.lock).toBeNull();

    const again = new Script();
    again.state = replay(logOf(script));
    again.feed(guardMemory(guard, 0, 1));
    expect(again.rules).toMatchObject({ round: 1, step: "prevote", locked: null });
    expect(again.rules.valid).toEqual({ round: 0, blockId: a });
  });

  test("S12: a guard that knows less than the log has lost its newest slot, and keeps silent", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    const older = script.guarded();
    script.prevote(0, a, [1, 2]);
    const restarted = (guard: GuardState): Script => {
      const again = new Script({ isFree: false });
      again.state = replay(logOf(script));
      again.feed(guardMemory(guard, 0, 1));
      again.hearAnswers();
      return again;
    };
    expect(restarted(script.guarded()).state.voice).toEqual({ type: "free" });
    expect(restarted(older).state.voice).toEqual({ type: "silent", height: 1 });
    expect(restarted(newGuard(network)).state.voice).toEqual({ type: "silent", height: 1 });
  });

  test("a pair that was seen before a restart is reported again, since the report may be lost", () => {
    const script = new Script();
    script.prevote(0, a, [1]);
    script.prevote(0, b, [1]);
    const again = new Script();
    again.effects.length = 0;
    again.state = replay(logOf(script));
    again.feed({ type: "resume", said: [], lock: null });
    expect(again.of("evidence")).toEqual(script.of("evidence"));
  });

  test("RULES 3.3: the own precommit is sent again only when its block is held again", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    const again = new Script();
    again.effects.length = 0;
    again.state = replay(logOf(script));
    again.feed(guardMemory(script.guarded(), 0, 1));
    const resend = (times: number): readonly string[] => {
      again.effects.length = 0;
      again.feed({ type: "timeout", timeout: { kind: "resend", height: 1, round: 0, times } });
      return again
        .of("broadcast")
        .flatMap(({ message }) => (message.kind === "vote" ? [message.vote.type] : []));
    };
    expect(again.of("validate").map(({ blockId }) => blockId)).toContain(a);
    const asked = [...again.effects];
    expect(resend(0)).toEqual(["prevote"]);
    again.effects.push(...asked);
    again.learn(a, { valid: true });
    expect(resend(1)).toEqual(["prevote", "precommit"]);
  });
});
