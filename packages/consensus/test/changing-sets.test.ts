// Heights whose validators differ: who is meant by an index, whose votes count, and who may speak.
import { describe, expect, test } from "vitest";
import { namedSigning } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  contextAt,
  defaultTimeouts,
  type HeightContext,
  type Message,
  proposalSignBytes,
  proposerOf,
  type StartHeight,
  type Vote,
  validatorSet,
  verifyMessage,
  voteSignBytes,
  wants,
} from "../src/index.ts";
import { a, b, contextOf, network, Script, signatureOf } from "./helpers/script.ts";

const signing = namedSigning(6);

/** The context of a height with these members, some of which are suspended. */
function contextWith(
  height: number,
  members: readonly number[],
  suspended: readonly number[] = [],
) {
  const validators = validatorSet(
    members.map((member) => ({
      member: memberOf(member),
      key: signing.keyOf(member, 0),
      suspended: suspended.includes(member),
    })),
  );
  const eligible = validators.flatMap((one, index) => (one.suspended ? [] : [index]));
  return { network, era: 0, height, validators, eligible } satisfies HeightContext;
}

/** Begins a height for a member, which may be none of its validators. */
function startOf(context: HeightContext, member: number): StartHeight {
  const index = context.validators.findIndex((one) => one.member === memberOf(member));
  const self = index === -1 ? null : index;
  return { type: "startHeight", ...context, self, timeouts: defaultTimeouts };
}

function voteOf(context: HeightContext, voter: number, changes: Partial<Vote> = {}): Vote {
  const { height, validators } = context;
  const said = { type: "precommit" as const, height, round: 0, blockId: a, voter, ...changes };
  const key = validators[voter]?.key;
  if (key === undefined) throw new Error("no such validator");
  return { ...said, signature: signing.signAs(key, () => voteSignBytes(said, network, 0)) };
}

describe("a set that changes from one height to the next", () => {
  const before = contextWith(1, [1, 2, 3, 4]);
  const after = contextWith(2, [0, 2, 3, 4]);

  /** A member that decided height 1 and is at height 2, where its index may be another. */
  function moved(member: number): Script {
    const script = new Script();
    script.feed(startOf(before, member));
    for (const voter of [0, 1, 2]) script.feed({ type: "vote", vote: voteOf(before, voter) });
    expect(script.of("decide")).toHaveLength(1);
    script.feed(startOf(after, member));
    script.effects.length = 0;
    return script;
  }

  test("S17: late precommits count for the height before by the set of that height", () => {
    const script = moved(2);
    const vote = voteOf(before, 3);
    expect(after.validators[3]?.key).toBe(before.validators[3]?.key);
    const message: Message = { kind: "vote", vote };
    const context = contextAt(script.state, 1);
    expect(context?.validators).toEqual(before.validators);
    expect(wants(script.state, message)).toBe(true);
    expect(verifyMessage(message, context as HeightContext, signing.verify).ok).toBe(true);
    script.feed({ type: "vote", vote });
    const [extended] = script.of("extend");
    expect(extended?.certificate.signatures.map(([voter]) => voter)).toEqual([0, 1, 2, 3]);
    expect(script.state.height?.rounds[0]?.votes.voters).toBe(0);
  });

  test("S17: a vote of the member that left does not verify at the next height, nor one of the newcomer before", () => {
    const script = moved(2);
    const gone: Message = { kind: "vote", vote: { ...voteOf(before, 0), height: 2 } };
    const context = contextAt(script.state, 2) as HeightContext;
    expect(verifyMessage(gone, context, signing.verify).ok).toBe(false);
    const early: Message = { kind: "vote", vote: { ...voteOf(after, 0), height: 1 } };
    const old = contextAt(script.state, 1) as HeightContext;
    expect(verifyMessage(early, old, signing.verify).ok).toBe(false);
  });

  test("S17: a member speaks by its index at the height, and follows in silence where it has none", () => {
    const script = moved(4);
    expect(script.state.height?.start.self).toBe(3);
    const gone = moved(1);
    gone.feed({ type: "proposable", height: 2 });
    gone.feed({ type: "timeout", timeout: { kind: "propose", height: 2, round: 0 } });
    for (const voter of [0, 1, 2]) gone.feed({ type: "vote", vote: voteOf(after, voter) });
    expect(gone.of("sign")).toEqual([]);
    expect(gone.of("decide")).toHaveLength(1);
  });

  test("S12: a newcomer asks the validators of its first height before it signs", () => {
    const script = new Script({ self: null, isFree: false });
    script.feed(startOf(after, 0));
    const asked = script
      .of("broadcast")
      .flatMap(({ message }) => (message.kind === "question" ? [message.question] : []));
    expect(asked).toEqual([{ height: 2, voter: 0 }]);
    script.feed({ type: "proposable", height: 2 });
    script.feed({ type: "timeout", timeout: { kind: "propose", height: 2, round: 0 } });
    expect(script.of("sign")).toEqual([]);
    for (const validator of [1, 2]) {
      script.feed({ type: "answer", height: 2, validator, beyondGuard: false });
    }
    expect(script.of("sign")).toHaveLength(1);
  });

  test("messages two heights below are of no use to anybody", () => {
    const script = moved(2);
    for (const voter of [0, 1, 2]) script.feed({ type: "vote", vote: voteOf(after, voter) });
    script.feed(startOf(contextWith(3, [0, 2, 3, 4]), 2));
    expect(contextAt(script.state, 1)).toBeNull();
    expect(wants(script.state, { kind: "vote", vote: voteOf(before, 3) })).toBe(false);
    const state = script.state;
    script.feed({ type: "vote", vote: voteOf(before, 3) });
    expect(script.state).toBe(state);
  });
});

describe("a suspended validator", () => {
  /** Of four, member 3 is suspended: the three others are just a quorum. */
  const context = contextWith(3, [0, 1, 2, 3], [3]);

  function member(index: number, isFree = true): Script {
    const script = new Script({ isFree: false });
    script.feed(startOf(context, index));
    if (!isFree) return script;
    for (const validator of [0, 1, 2]) {
      script.feed({ type: "answer", height: 3, validator, beyondGuard: false });
    }
    return script;
  }

  test("is refused at the door with every vote, alone or in any certificate", () => {
    const verdict = (message: Message) => verifyMessage(message, context, signing.verify);
    const votes = [0, 1, 2, 3].map((voter) => voteOf(context, voter));
    expect(verdict({ kind: "vote", vote: votes[3] as Vote })).toMatchObject({
      code: "CONSENSUS_SUSPENDED",
    });
    const signatures = votes.map(({ voter, signature }) => [voter, signature] as const);
    const rows = votes.map(
      ({ voter, type, blockId, signature }) => [voter, type, blockId, signature] as const,
    );
    const place = { height: 3, round: 0 };
    const refused: readonly Message[] = [
      { kind: "commit", certificate: { type: "precommit", ...place, blockId: a, signatures } },
      {
        kind: "round",
        certificate: { type: "round", reason: "precommits", ...place, votes: rows },
      },
      {
        kind: "round",
        certificate: { type: "round", reason: "skip", ...place, votes: rows.slice(2) },
      },
      { kind: "answer", answer: { height: 3, voter: 3, proposals: [], votes: [votes[3] as Vote] } },
    ];
    for (const message of refused) {
      expect(verdict(message), message.kind).toMatchObject({ code: "CONSENSUS_SUSPENDED" });
    }
  });

  test("has no turn to propose, and a proposal of it is refused in every round", () => {
    for (let round = 0; round < 12; round += 1) {
      expect(proposerOf(context.eligible, 3, round)).not.toBe(3);
      const said = { height: 3, round, blockId: a, validRound: -1, proposer: 3, polka: null };
      const key = signing.keyOf(3, 0);
      const signature = signing.signAs(key, () => proposalSignBytes(said, network, 0));
      const message: Message = { kind: "proposal", proposal: { ...said, signature } };
      expect(verifyMessage(message, context, signing.verify)).toMatchObject({
        code: "CONSENSUS_WRONG_PROPOSER",
      });
    }
  });

  test("does not answer the question, and the others are a quorum for it", () => {
    const script = member(0, false);
    script.feed({ type: "proposable", height: 3 });
    script.feed({ type: "timeout", timeout: { kind: "propose", height: 3, round: 0 } });
    script.feed({ type: "answer", height: 3, validator: 1, beyondGuard: false });
    script.feed({ type: "answer", height: 3, validator: 3, beyondGuard: false });
    expect(script.of("sign")).toEqual([]);
    script.feed({ type: "answer", height: 3, validator: 2, beyondGuard: false });
    expect(script.of("sign").length).toBeGreaterThan(0);
  });

  test("cannot silence anybody with an answer", () => {
    const script = member(0, false);
    script.feed({ type: "answer", height: 3, validator: 3, beyondGuard: true });
    expect(script.state.voice).toEqual({ type: "asking", answered: [0] });
  });

  test("follows without a word, also through a restart, and asks first when it is restored", () => {
    const script = member(3, false);
    script.feed({ type: "resume", said: [], lock: null });
    script.feed({ type: "proposable", height: 3 });
    for (const voter of [0, 1, 2]) {
      script.feed({ type: "vote", vote: voteOf(context, voter, { type: "prevote" }) });
      script.feed({ type: "vote", vote: voteOf(context, voter) });
    }
    expect(script.of("sign")).toEqual([]);
    expect(script.of("decide")).toHaveLength(1);
    script.effects.length = 0;
    script.feed(startOf(contextWith(4, [0, 1, 2, 3]), 3));
    const kinds = script.of("broadcast").map(({ message }) => message.kind);
    expect(kinds).toEqual(["question"]);
    expect(script.state.voice).toEqual({ type: "asking", answered: [3] });
  });

  test("leaves the quorum of the others able to decide", () => {
    const script = member(0);
    script.opinions.set(a, { valid: true });
    const proposer = proposerOf(context.eligible, 3, 0);
    const said = { height: 3, round: 0, blockId: a, validRound: -1, proposer, polka: null };
    script.feed({ type: "proposal", proposal: { ...said, signature: signatureOf(proposer) } });
    for (const voter of [1, 2]) {
      script.feed({ type: "vote", vote: voteOf(context, voter, { type: "prevote" }) });
    }
    for (const voter of [1, 2]) script.feed({ type: "vote", vote: voteOf(context, voter) });
    expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([a]);
  });
});

describe("small networks", () => {
  test.each([1, 2, 3])("of %i decide with everybody and not with one fewer", (members) => {
    const script = new Script({ members, self: 0, height: members === 1 ? 1 : members });
    const others = contextOf(members).validators.flatMap((_, index) => (index > 0 ? [index] : []));
    script.opinions.set(b, { valid: true });
    const proposer = proposerOf(script.context.eligible, script.context.height, 0);
    if (proposer === 0) {
      script.feed({ type: "proposable", height: script.context.height });
      script.feed({ type: "built", height: script.context.height, round: 0, blockId: b });
    } else script.propose(0, b);
    script.prevote(0, b, others);
    for (const voter of others) {
      expect(script.of("decide")).toEqual([]);
      script.precommit(0, b, [voter]);
    }
    expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([b]);
  });
});
