// Directed scenarios: known ways to come to a stop, one each.
import { describe, expect, test } from "vitest";
import { memberOf } from "../sim/world.ts";
import {
  defaultTimeouts,
  type Input,
  type Message,
  type RoundCertificate,
  resendDelayMs,
  type Status,
  timeoutMs,
} from "../src/index.ts";
import { a, b, block, Script, signatureOf } from "./helpers/script.ts";

const bits = (...indexes: readonly number[]): Uint8Array =>
  Uint8Array.of(indexes.reduce((sum, index) => sum | (1 << index), 0));

/** A status of round 0 in which everything is missing. */
function statusWith(changes: Partial<Status>): Status {
  return {
    height: 1,
    round: 0,
    step: "propose",
    proposal: false,
    prevotes: bits(),
    precommits: bits(),
    ...changes,
  };
}

/** What is sent to a member with this status once its gap has lasted. */
function filled(script: Script, status: Status): readonly Message[] {
  const peer = memberOf(3);
  script.feed({ type: "status", peer, status });
  const before = script.effects.length;
  script.feed({ type: "timeout", timeout: { kind: "gap", peer } });
  return script.effects
    .slice(before)
    .flatMap((effect) => (effect.type === "sendTo" ? [effect.message] : []));
}

const kinds = (messages: readonly Message[]): readonly string[] =>
  messages.map((message) => (message.kind === "vote" ? message.vote.type : message.kind));

describe("counting", () => {
  test("L2: a polka that comes after its round is offered next, since who locked by it may never propose", () => {
    const late = new Script({ self: 3 });
    late.opinions.set(a, { valid: true });
    late.propose(0, a);
    late.precommit(0, null, [0, 1, 2]);
    late.timeout("precommit", 0);
    expect(late.rules).toMatchObject({ round: 1, valid: null });
    late.feed({ type: "certificate", certificate: late.polka(0, a, [0, 1, 2]) });
    expect(late.rules).toMatchObject({ round: 1, valid: { round: 0, blockId: a }, locked: null });
    late.precommit(1, null, [0, 1, 2]);
    late.timeout("precommit", 1);
    const offered = late.of("sign").find(({ draft }) => draft.kind === "proposal");
    expect(offered?.draft).toMatchObject({
      proposal: { round: 2, blockId: a, validRound: 0, polka: { round: 0, blockId: a } },
    });
  });

  test("L1: an equivocator cannot hide a polka: the certificate counts over first votes", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, null, [3]);
    script.prevote(0, a, [1]);
    expect(script.votes).toEqual(["prevote 0 a"]);
    script.feed({ type: "certificate", certificate: script.polka(0, a, [0, 1, 3]) });
    expect(script.votes).toEqual(["prevote 0 a", "precommit 0 a"]);
    expect(script.of("evidence").map(({ evidence }) => evidence.type)).toEqual(["votes"]);
  });

  test("D4: a second, different vote makes evidence once, in canonical order", () => {
    const script = new Script();
    script.prevote(0, b, [1]);
    script.prevote(0, a, [1]);
    script.prevote(0, block("c"), [1]);
    script.prevote(0, b, [1]);
    const evidence = script.of("evidence").map((effect) => effect.evidence);
    expect(evidence).toHaveLength(1);
    expect(evidence[0]?.first).toMatchObject({ blockId: a, voter: 1 });
    expect(evidence[0]?.second).toMatchObject({ blockId: b, voter: 1 });
    expect(evidence[0]?.key).toBe(script.context.validators[1]?.key);
  });

  test("D4: a decision that holds another vote than the one received is evidence against its voter", () => {
    const script = new Script();
    script.precommit(0, null, [3]);
    script.feed({ type: "certificate", certificate: script.commit(0, a, [1, 2, 3]) });
    expect(script.of("decide")).toHaveLength(1);
    const evidence = script.of("evidence").map((effect) => effect.evidence);
    expect(evidence).toHaveLength(1);
    expect(evidence[0]?.key).toBe(script.context.validators[3]?.key);
    expect(evidence[0]?.first).toMatchObject({ type: "precommit", blockId: null, voter: 3 });
    expect(evidence[0]?.second).toMatchObject({ type: "precommit", blockId: a, voter: 3 });
  });

  test("two proposals of one proposer are evidence and the first one stands", () => {
    const script = new Script({ self: 3 });
    script.propose(0, b);
    script.propose(0, a);
    script.propose(0, block("c"));
    const evidence = script.of("evidence").map((effect) => effect.evidence);
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).toMatchObject({ type: "proposals", first: { blockId: a } });
    expect(script.of("validate").map(({ blockId }) => blockId)).toEqual([b]);
  });

  test("L5: f+1 messages of one sender do not skip a round, f+1 senders do (L55)", () => {
    const script = new Script();
    script.prevote(1, null, [1]);
    script.precommit(1, null, [1]);
    script.prevote(1, null, [1]);
    expect(script.rules.round).toBe(0);
    script.precommit(1, a, [2]);
    expect(script.rules.round).toBe(1);
  });

  test("L5: a proposal of a later round skips nothing", () => {
    const script = new Script();
    script.propose(2, a);
    script.prevote(2, a, [1]);
    expect(script.rules.round).toBe(0);
  });

  test("L6: the same messages in any order give the same decision", () => {
    const inputs = (script: Script): readonly Input[] => [
      { type: "proposal", proposal: script.proposal(0, a) },
      { type: "vote", vote: script.voteOf("prevote", 0, a, 1) },
      { type: "vote", vote: script.voteOf("prevote", 0, a, 2) },
      { type: "vote", vote: script.voteOf("precommit", 0, a, 1) },
      { type: "vote", vote: script.voteOf("precommit", 0, a, 2) },
      { type: "vote", vote: script.voteOf("precommit", 0, a, 3) },
    ];
    const orders = permutations([0, 1, 2, 3, 4, 5]);
    expect(orders).toHaveLength(720);
    for (const order of orders) {
      const script = new Script();
      script.opinions.set(a, { valid: true });
      const given = inputs(script);
      for (const index of order) script.feed(given[index] as Input);
      expect(script.of("decide").map(({ certificate }) => certificate.blockId)).toEqual([a]);
    }
  });

  test("L6: a nil polka and a quorum of precommits at once: the decision comes first", () => {
    const script = new Script();
    script.timeout("propose", 0);
    script.prevote(0, null, [1]);
    script.precommit(0, a, [1, 2]);
    const votes = [script.voteOf("prevote", 0, null, 2), script.voteOf("precommit", 0, a, 3)];
    for (const vote of votes) script.feed({ type: "vote", vote });
    expect(script.of("decide")).toHaveLength(1);
  });

  test("L7: precommits of a past and of a future round decide", () => {
    const past = new Script({ members: 7 });
    past.precommit(0, a, [1, 2, 3, 4]);
    past.precommit(0, null, [5]);
    past.timeout("precommit", 0);
    expect(past.rules.round).toBe(1);
    past.precommit(0, a, [6]);
    expect(past.of("decide").map(({ certificate }) => certificate.round)).toEqual([0]);

    const future = new Script();
    future.precommit(5, a, [1, 2, 3]);
    expect(future.of("decide").map(({ certificate }) => certificate.round)).toEqual([5]);
  });

  test("L8: a decision without the block asks those who precommitted for it", () => {
    const script = new Script();
    script.precommit(0, a, [1, 2, 3]);
    const types = script.effects.map(({ type }) => type);
    expect(types.indexOf("fetchBlock")).toBeLessThan(types.indexOf("decide"));
    expect(script.of("fetchBlock")[0]?.from).toEqual([1, 2, 3].map(memberOf));
  });

  test("a polka without the block asks those who prevoted for it, once", () => {
    const script = new Script();
    script.timeout("propose", 0);
    script.prevote(0, a, [1, 2, 3]);
    script.precommit(0, null, [1]);
    expect(script.of("fetchBlock").map(({ from }) => from)).toEqual([[1, 2, 3].map(memberOf)]);
    expect(script.of("validate").map(({ fresh }) => fresh)).toEqual([false]);
  });
});

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

describe("proposing", () => {
  test("L9: a block that had a polka is offered again under its own id, with the polka", () => {
    const script = new Script({ self: 2 });
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [0, 1]);
    script.precommit(0, null, [0, 1, 3]);
    script.timeout("precommit", 0);
    expect(script.proposals).toEqual(["1 a 0"]);
    const offered = script.of("sign").find(({ draft }) => draft.kind === "proposal");
    expect(offered?.draft).toMatchObject({ proposal: { polka: { round: 0, blockId: a } } });
  });

  test("a block that was lost is not offered for ever: the next own block is a new one", () => {
    const script = new Script({ self: 2 });
    script.timeout("propose", 0);
    script.prevote(0, a, [0, 1, 3]);
    script.precommit(0, null, [0, 1, 3]);
    script.timeout("precommit", 0);
    expect(script.rules.valid).toEqual({ round: 0, blockId: a });
    expect(script.proposals).toEqual([]);
    expect(script.of("build").map(({ round }) => round)).toEqual([1]);
  });

  test("L11: a proposer whose block does not come prevotes nil at the timeout", () => {
    const script = new Script({ self: 1 });
    script.feed({ type: "proposable", height: 1 });
    expect(script.of("build")).toHaveLength(1);
    script.timeout("propose", 0);
    expect(script.votes).toEqual(["prevote 0 nil"]);
    script.feed({ type: "built", height: 1, round: 0, blockId: a });
    expect(script.proposals).toEqual([]);
  });

  test("a validator passed over proposes nothing", () => {
    const script = new Script({ self: 1 });
    const eligible = [0, 2, 3];
    const timeouts = defaultTimeouts;
    script.feed({ type: "startHeight", ...script.context, height: 2, eligible, self: 1, timeouts });
    script.feed({ type: "proposable", height: 2 });
    expect(script.of("build")).toEqual([]);
  });
});

describe("an idle network", () => {
  const waits = (script: Script): readonly string[] =>
    script.of("schedule").flatMap(({ timeout }) => ("round" in timeout ? [timeout.kind] : []));

  test("L12: nothing waits in round 0 until there is something to propose", () => {
    const script = new Script();
    expect(waits(script)).not.toContain("propose");
    script.feed({ type: "proposable", height: 1 });
    expect(waits(script)).toContain("propose");
  });

  test("L12: f+1 voters start the wait of a node that knows of nothing; one does not", () => {
    const script = new Script();
    script.prevote(0, null, [1]);
    script.precommit(0, null, [1]);
    expect(waits(script)).not.toContain("propose");
    script.prevote(0, null, [2]);
    expect(waits(script)).toContain("propose");
  });

  test("L12: a proposal starts the wait, so that a block that never arrives holds up nobody", () => {
    const script = new Script();
    script.propose(0, a);
    expect(waits(script)).toContain("propose");
    script.timeout("propose", 0);
    expect(script.votes).toEqual(["prevote 0 nil"]);
  });

  test("rounds from 1 on wait always", () => {
    const script = new Script();
    script.enter(1);
    expect(waits(script)).toContain("propose");
  });
});

describe("waiting", () => {
  test("L3: waits grow linearly and stop growing at the cap", () => {
    const delays = [0, 1, 2, 38, 39, 1_000_000].map((round) =>
      timeoutMs(defaultTimeouts, "propose", round),
    );
    expect(delays).toEqual([500, 750, 1_000, 10_000, 10_000, 10_000]);
    expect(timeoutMs(defaultTimeouts, "prevote", 3)).toBe(1_000);
  });

  test("L4: a wait for votes begins once a round, and anew in the next round", () => {
    const script = new Script();
    script.timeout("propose", 0);
    script.prevote(0, a, [1]);
    script.prevote(0, null, [2]);
    script.prevote(0, b, [3]);
    const prevoteWaits = (): number =>
      script.of("schedule").filter(({ timeout }) => timeout.kind === "prevote").length;
    expect(prevoteWaits()).toBe(1);
    script.enter(1);
    script.timeout("propose", 1);
    script.prevote(1, a, [1, 2]);
    expect(prevoteWaits()).toBe(2);
  });

  test("L4: a wait of an earlier round that ends late changes nothing", () => {
    const script = new Script();
    script.enter(1);
    const before = script.state;
    script.timeout("propose", 0);
    script.timeout("precommit", 0);
    expect(script.state).toBe(before);
  });

  test("own words are sent again with growing pauses while nothing moves", () => {
    expect([0, 1, 2, 3, 4, 50].map((times) => resendDelayMs(defaultTimeouts, times))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    script.effects.length = 0;
    script.feed({ type: "timeout", timeout: { kind: "resend", height: 1, round: 0, times: 0 } });
    const sent = script.of("broadcast").map(({ message }) => message);
    expect(kinds(sent)).toEqual(["polka", "prevote", "precommit"]);
    expect(script.of("schedule").map(({ delayMs }) => delayMs)).toEqual([2_000]);
  });

  test("the polka of the valid block is sent again in later rounds too", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    script.enter(1);
    script.effects.length = 0;
    script.feed({ type: "timeout", timeout: { kind: "resend", height: 1, round: 1, times: 0 } });
    const polkas = script
      .of("broadcast")
      .flatMap(({ message }) => (message.kind === "polka" ? [message.certificate] : []));
    expect(polkas).toMatchObject([{ round: 0, blockId: a }]);
  });
});

describe("filling gaps", () => {
  test("L2: a member gets the proposal and votes of anybody, nil votes included", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, null, [2]);
    script.precommit(0, null, [1]);
    const messages = filled(script, statusWith({ prevotes: bits(3) }));
    expect(kinds(messages)).toEqual(["proposal", "prevote", "prevote", "precommit"]);
  });

  test("a member that lacks nothing is sent nothing and not watched", () => {
    const script = new Script();
    script.prevote(0, null, [2]);
    script.effects.length = 0;
    script.feed({
      type: "status",
      peer: memberOf(3),
      status: statusWith({ prevotes: bits(2, 3), proposal: true }),
    });
    expect(script.effects).toEqual([]);
  });

  test("L2: a member in an earlier round gets the certificate that led out of it", () => {
    const script = new Script();
    script.enter(1);
    const messages = filled(script, statusWith({ step: "precommit" }));
    expect(kinds(messages)).toEqual(["round"]);
    const certificate = messages[0]?.kind === "round" ? messages[0].certificate : null;
    expect(certificate).toMatchObject({ reason: "precommits", round: 0 });

    const receiver = new Script({ self: 3 });
    receiver.feed({ type: "certificate", certificate: certificate as RoundCertificate });
    receiver.timeout("precommit", 0);
    expect(receiver.rules.round).toBe(1);
  });

  test("L2: f+1 votes of a round, sent whole, take a member there at once", () => {
    const script = new Script();
    script.prevote(4, a, [1, 2]);
    const messages = filled(script, statusWith({}));
    const certificate = messages[0]?.kind === "round" ? messages[0].certificate : null;
    expect(certificate).toMatchObject({ reason: "skip", round: 4 });
    const receiver = new Script({ self: 3 });
    receiver.feed({ type: "certificate", certificate: certificate as RoundCertificate });
    expect(receiver.rules.round).toBe(4);
  });

  test("a member that an equivocator keeps from seeing a polka gets it whole", () => {
    const script = new Script();
    script.opinions.set(a, { valid: true });
    script.propose(0, a);
    script.prevote(0, a, [1, 2]);
    const status = statusWith({
      step: "prevote",
      proposal: true,
      prevotes: bits(0, 1, 2, 3),
      precommits: bits(0),
    });
    expect(kinds(filled(script, status))).toEqual(["polka"]);
  });

  test("a member at a decided height gets the decision, also after the next one began", () => {
    const script = new Script();
    script.precommit(0, a, [1, 2, 3]);
    expect(kinds(filled(script, statusWith({})))).toEqual(["commit"]);
    script.start(2);
    expect(kinds(filled(script, statusWith({})))).toEqual(["commit"]);
    expect(filled(script, statusWith({ step: "decided" }))).toEqual([]);
  });

  test("a question is answered to the asker alone, with its own words", () => {
    const script = new Script();
    script.prevote(0, a, [1, 2]);
    const question = { height: 1, voter: 1 };
    script.effects.length = 0;
    script.feed({ type: "question", peer: memberOf(2), question });
    expect(script.of("sendTo")).toEqual([]);
    script.feed({ type: "question", peer: memberOf(1), question });
    const answer = { ...question, proposals: [], votes: [script.voteOf("prevote", 0, a, 1)] };
    expect(script.of("sendTo").map(({ message }) => message)).toEqual([{ kind: "answer", answer }]);
  });
});

describe("late precommits", () => {
  test("they are added to the own copy only, before and after the next height began", () => {
    const script = new Script({ members: 7 });
    script.precommit(0, a, [1, 2, 3, 4, 5]);
    const signers = (): readonly number[] | undefined =>
      script
        .of("extend")
        .at(-1)
        ?.certificate.signatures.map(([voter]) => voter);
    script.precommit(0, a, [6]);
    expect(signers()).toEqual([1, 2, 3, 4, 5, 6]);
    script.start(2);
    const late = { ...script.voteOf("precommit", 0, a, 0), signature: signatureOf(0) };
    script.feed({ type: "vote", vote: late });
    expect(signers()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    script.precommit(0, b, [0]);
    script.precommit(1, a, [0]);
    expect(script.of("extend")).toHaveLength(2);
    expect(script.of("decide")).toHaveLength(1);
  });
});
