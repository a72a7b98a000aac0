// Power is lost at every single step of three rounds, and afterwards everything arrives again in another
// order: nothing is said twice, no lock is forgotten, and the height is decided all the same.
import { taggedHash } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import {
  type ConsensusState,
  type Draft,
  defaultTimeouts,
  draftSignBytes,
  type Effect,
  type GuardState,
  guardAllows,
  guardMemory,
  type Input,
  initialState,
  newGuard,
  replay,
  type SignedMessage,
  step,
  type Timeout,
  type WalRecord,
  withSignature,
} from "../src/index.ts";
import { a, b, nameOf, network, Script } from "./helpers/script.ts";

/** Proposers of this height are 3, the member itself, and 1. */
const height = 3;
const script = new Script({ height });

/** Round 0 locks a and fails, round 1 offers it again and fails, round 2 decides b. */
const messages: readonly Input[] = [
  { type: "proposal", proposal: script.proposal(0, a) },
  ...[1, 2].map((voter): Input => ({ type: "vote", vote: script.voteOf("prevote", 0, a, voter) })),
  ...[1, 2, 3].flatMap((voter): readonly Input[] => [
    { type: "vote", vote: script.voteOf("precommit", 0, null, voter) },
    { type: "vote", vote: script.voteOf("prevote", 1, null, voter) },
    { type: "vote", vote: script.voteOf("precommit", 1, null, voter) },
  ]),
  { type: "proposal", proposal: script.proposal(2, b) },
  ...[1, 2, 3].map(
    (voter): Input => ({ type: "vote", vote: script.voteOf("prevote", 2, b, voter) }),
  ),
  ...[1, 2, 3].map(
    (voter): Input => ({ type: "vote", vote: script.voteOf("precommit", 2, b, voter) }),
  ),
];

/** What a crash leaves of a write that was under way. */
interface Tear {
  /** Which of log and guard reaches the disk first. */
  readonly isLogFirst: boolean;
  /** Whether what was not synced is on the disk all the same. */
  readonly isTailKept: boolean;
}

/** The current is off. */
class PowerLoss extends Error {}

/** One validator with a disk, which loses power after so many steps of its host. */
class Machine {
  readonly tear: Tear;
  /** What was ever signed, by its place. */
  readonly words = new Map<string, Set<string>>();
  readonly refusals: string[] = [];
  decided: string | null = null;
  steps = 0;
  #crashAt: number;
  #guard: GuardState = newGuard(network);
  #log: WalRecord[] = [];
  #synced = 0;
  #state: ConsensusState = initialState;
  #timeouts: Timeout[] = [];
  #queue: Input[] = [];

  constructor(crashAt: number, tear: Tear) {
    this.#crashAt = crashAt;
    this.tear = tear;
  }

  begin(): void {
    this.feed({
      type: "startHeight",
      ...script.context,
      self: 0,
      timeouts: defaultTimeouts,
    });
    this.#takeUp();
  }

  restart(): void {
    if (!this.tear.isTailKept) this.#log = this.#log.slice(0, this.#synced);
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.#timeouts = [];
    this.#queue = [];
    this.#state = initialState;
    if (this.#log.length === 0) {
      this.begin();
      return;
    }
    this.#state = replay(this.#log);
    this.#takeUp();
  }

  #takeUp(): void {
    this.feed(guardMemory(this.#guard, 0, height));
    for (const validator of [1, 2]) {
      this.feed({ type: "answer", height, validator, beyondGuard: false });
    }
  }

  /** Lets the longest-running wait of the current round end. */
  fireTimeout(): boolean {
    const timeout = this.#timeouts.shift();
    if (timeout === undefined) return false;
    if ("round" in timeout && timeout.kind !== "resend") this.feed({ type: "timeout", timeout });
    return true;
  }

  feed(input: Input): void {
    this.#queue.push(input);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const [state, effects] = step(this.#state, next);
      this.#state = state;
      for (const effect of effects) this.#perform(effect);
    }
  }

  #live(): void {
    this.steps += 1;
    if (this.steps > this.#crashAt) throw new PowerLoss();
  }

  #perform(effect: Effect): void {
    this.#live();
    switch (effect.type) {
      case "persist":
        this.#log.push(effect.record);
        return;
      case "sign":
        this.#sign(effect.draft);
        return;
      case "schedule":
        this.#timeouts.push(effect.timeout);
        return;
      case "validate": {
        const { round, blockId } = effect;
        const found = { valid: true, timely: true, due: true };
        this.#queue.push({ type: "verdict", height, round, blockId, ...found });
        return;
      }
      case "decide":
        this.decided = nameOf(effect.certificate.blockId);
        return;
      default:
    }
  }

  #sign(draft: Draft): void {
    const answer = guardAllows(this.#guard, draft, network, 0);
    if (!answer.ok) {
      this.refusals.push(answer.code);
      return;
    }
    const made = taggedHash("test", draftSignBytes(draft, network, 0));
    const signature = "reuse" in answer ? answer.reuse : Uint8Array.of(...made, ...made);
    const writes = [
      () => {
        if ("state" in answer) this.#guard = withSignature(answer.state, signature);
      },
      () => {
        this.#synced = this.#log.length;
      },
    ];
    for (const write of this.tear.isLogFirst ? writes.reverse() : writes) {
      write();
      this.#live();
    }
    this.#queue.push({ type: "signed", message: this.#heard(draft, signature) });
  }

  #heard(draft: Draft, signature: Uint8Array): SignedMessage {
    const message: SignedMessage =
      draft.kind === "vote"
        ? { kind: "vote", vote: { ...draft.vote, signature } }
        : { kind: "proposal", proposal: { ...draft.proposal, signature } };
    const said = message.kind === "vote" ? message.vote : message.proposal;
    const place = `${message.kind === "vote" ? message.vote.type : "proposal"} ${said.round}`;
    const value = `${nameOf(said.blockId)} ${Buffer.from(signature).toString("hex")}`;
    this.words.set(place, (this.words.get(place) ?? new Set()).add(value));
    return message;
  }
}

/** Feeds everything, with a wait that ends now and then, until the height is decided. */
function play(machine: Machine, inputs: readonly Input[]): void {
  for (const input of inputs) {
    machine.feed(input);
    if (input.type !== "vote" || input.vote.type === "precommit") machine.fireTimeout();
  }
  for (let more = true; more && machine.decided === null; ) more = machine.fireTimeout();
}

const orders: readonly (readonly [string, readonly Input[]])[] = [
  ["as before", messages],
  ["reversed", messages.toReversed()],
  ["from its middle on", [...messages.slice(9), ...messages.slice(0, 9)]],
  ["every second one first", [0, 1].flatMap((odd) => messages.filter((_, at) => at % 2 === odd))],
];

const tears: readonly Tear[] = [true, false].flatMap((isLogFirst) =>
  [true, false].map((isTailKept) => ({ isLogFirst, isTailKept })),
);

const undisturbed = new Machine(Number.POSITIVE_INFINITY, tears[0] as Tear);
undisturbed.begin();
play(undisturbed, messages);

describe("three rounds without a crash", () => {
  test("lock a block, offer it again, and decide another one", () => {
    expect(undisturbed.decided).toBe("b");
    const said = [...undisturbed.words].map(
      ([place, values]) => `${place} ${[...values].map((value) => value.split(" ")[0])}`,
    );
    expect(said).toEqual([
      "prevote 0 a",
      "precommit 0 a",
      "proposal 1 a",
      "prevote 1 a",
      "precommit 1 nil",
      "prevote 2 nil",
      "precommit 2 b",
    ]);
  });
});

describe("power lost at every step of three rounds", () => {
  test.each(orders)(
    "S9: nothing is said twice and no lock is forgotten when all arrives again %s",
    (_, again) => {
      expect(undisturbed.steps).toBeGreaterThan(60);
      for (const tear of tears) {
        for (let crashAt = 0; crashAt < undisturbed.steps; crashAt += 1) {
          const machine = new Machine(crashAt, tear);
          expect(() => {
            machine.begin();
            play(machine, messages);
          }).toThrow(PowerLoss);
          machine.restart();
          play(machine, again);
          const where = `after step ${crashAt}, ${JSON.stringify(tear)}`;
          for (const [place, values] of machine.words)
            expect([...values], `${place} ${where}`).toHaveLength(1);
          const valuesOf = (place: string): string => [...(machine.words.get(place) ?? [])].join();
          const isLocked = valuesOf("precommit 0").startsWith("a");
          if (isLocked) expect(valuesOf("prevote 2"), where).not.toMatch(/^b/);
          expect(machine.refusals, where).toEqual([]);
          expect(machine.decided, where).toBe("b");
        }
      }
    },
  );
});
