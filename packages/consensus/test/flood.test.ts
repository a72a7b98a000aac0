// A million messages of a liar: nothing grows, nothing throws, nothing is counted that was not signed.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prng } from "../sim/prng.ts";
import { namedSigning } from "../sim/signing.ts";
import { memberOf } from "../sim/world.ts";
import {
  contextAt,
  heightOf,
  hold,
  type Input,
  type Message,
  proposalSignBytes,
  roundMax,
  type Status,
  type Vote,
  verifyMessage,
  voteSignBytes,
  waitingMax,
  waitingRoom,
  wants,
} from "../src/index.ts";
import { a, b, block, network, Script } from "./helpers/script.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are alive. */
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const signing = namedSigning(4);
const liar = 3;
const liarsKey = signing.keyOf(liar, 0);

/** What the host makes of a message: it waits, is of no use, is forged, or comes in. */
class Door {
  readonly script = new Script();
  room = waitingRoom(2);
  fed = 0;

  bring(from: number, message: Message): void {
    const { script } = this;
    const height = heightOf(message);
    if (message.kind === "status") {
      script.feed({ type: "status", peer: memberOf(from), status: message.status });
      script.effects.length = 0;
      return;
    }
    if (height === 2) {
      this.room = hold(this.room, memberOf(from), message);
      return;
    }
    const context = contextAt(script.state, height);
    if (context === null || !wants(script.state, message)) return;
    if (!verifyMessage(message, context, signing.verify).ok) return;
    this.fed += 1;
    for (const input of inputOf(from, message)) script.feed(input);
    script.effects.length = 0;
  }
}

function inputOf(from: number, message: Message): readonly Input[] {
  switch (message.kind) {
    case "vote":
      return [{ type: "vote", vote: message.vote }];
    case "proposal":
      return [{ type: "proposal", proposal: message.proposal }];
    case "commit":
    case "polka":
    case "round":
      return [{ type: "certificate", certificate: message.certificate }];
    case "question":
      return [{ type: "question", peer: memberOf(from), question: message.question }];
    case "status":
    case "answer":
      return [];
  }
}

function forged(number: number): Message {
  const random = prng(number, "forged");
  const round = random.chance(0.5) ? random.below(9) : random.below(roundMax);
  const height = 1 + random.below(random.chance(0.9) ? 2 : 100);
  const blockId = random.chance(0.3) ? null : block(`${random.below(1_000)}`);
  const voter = random.chance(0.7) ? liar : random.below(6);
  const type = random.chance(0.5) ? "prevote" : "precommit";
  const isSigned = random.chance(0.5);
  const sign = (bytes: () => Uint8Array): Uint8Array =>
    isSigned ? signing.signAs(liarsKey, bytes) : new Uint8Array(64).fill(random.below(256));
  const vote = { type, height, round, blockId, voter } as const;
  const signature = sign(() => voteSignBytes(vote, network, 0));
  const place = { height, round, blockId: blockId ?? a };
  switch (random.below(8)) {
    case 0: {
      const said = { ...place, validRound: -1, proposer: voter, polka: null };
      const made = sign(() => proposalSignBytes(said, network, 0));
      return { kind: "proposal", proposal: { ...said, signature: made } };
    }
    case 1: {
      const signatures = [0, 1, 2, liar].map((index) => [index, signature] as const);
      return { kind: "commit", certificate: { type: "precommit", ...place, signatures } };
    }
    case 2: {
      const votes = [1, liar].map((index) => [index, type, blockId, signature] as const);
      const certificate = { type: "round", reason: "skip", height, round, votes } as const;
      return { kind: "round", certificate };
    }
    case 3: {
      const bits = Uint8Array.of(random.below(256));
      const told = { height, round, proposal: false, prevotes: bits, precommits: bits };
      const status: Status = { ...told, step: "prevote" };
      return { kind: "status", status };
    }
    default:
      return { kind: "vote", vote: { ...vote, signature } };
  }
}

describe("a million forged messages", () => {
  test("D1: leave no more behind than a thousand do", () => {
    const door = new Door();
    const bring = (from: number, to: number): void => {
      for (let number = from; number < to; number += 1) door.bring(liar, forged(number));
    };
    bring(0, 20_000);
    const before = heapBytes();
    bring(20_000, 1_000_000);
    const grownBytes = heapBytes() - before;
    const { height, peers } = door.script.state;
    expect(door.fed).toBeGreaterThan(10_000);
    expect(height?.rules.round).toBe(0);
    expect(height?.decision).toBeNull();
    expect(height?.rounds.length).toBeLessThanOrEqual(1 + 2 + 2);
    expect(height?.blocks.length).toBeLessThanOrEqual(4);
    expect(height?.words.length).toBeLessThanOrEqual(2);
    expect(peers.length).toBe(1);
    expect(door.room.byPeer.get(memberOf(liar))).toHaveLength(waitingMax);
    expect(grownBytes).toBeLessThan(4 * 1_048_576);
  }, 120_000);
});

describe("whatever comes through the door", () => {
  const place = {
    height: fc.constantFrom(0, 1, 2, 3, Number.MAX_SAFE_INTEGER),
    round: fc.constantFrom(0, 1, 2, 17, 18, roundMax),
  };
  const blockId = fc.constantFrom(a, b);
  const index = fc.constantFrom(0, 1, 2, 3, 4, 299);
  const signature = fc
    .constantFrom(0, 1, 2, 3)
    .map((of) => signing.sign(of, () => new Uint8Array(32)));
  const bits = fc.uint8Array({ maxLength: 38 });
  const status = fc.record({
    ...place,
    step: fc.constantFrom("propose", "prevote", "precommit", "decided"),
    proposal: fc.boolean(),
    prevotes: bits,
    precommits: bits,
  });
  const vote = fc.record({
    ...place,
    type: fc.constantFrom("prevote", "precommit"),
    blockId: fc.option(blockId),
    voter: index,
    signature,
  });
  const signedVote = vote.map((said): Vote => {
    const voter = said.voter % 4;
    const bytes = (): Uint8Array => voteSignBytes({ ...said, voter }, network, 0);
    return { ...said, voter, signature: signing.sign(voter, bytes) };
  });
  const question = fc.record({ height: place.height, voter: index });
  const message = fc.oneof<fc.Arbitrary<Message>[]>(
    vote.map((one) => ({ kind: "vote", vote: one })),
    signedVote.map((one) => ({ kind: "vote", vote: one })),
    status.map((one) => ({ kind: "status", status: one })),
    question.map((one) => ({ kind: "question", question: one })),
  );

  test("D2: no message breaks a member, and it goes on to decide", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), message), { maxLength: 60 }), (brought) => {
        const door = new Door();
        for (const [from, one] of brought) door.bring(from, one);
        const { state } = door.script;
        if (state.height?.decision === null) {
          door.script.feed({
            type: "certificate",
            certificate: door.script.commit(0, a, [1, 2, 3]),
          });
        }
        expect(door.script.state.height?.decision).not.toBeNull();
      }),
      { numRuns: 400 },
    );
  });
});
