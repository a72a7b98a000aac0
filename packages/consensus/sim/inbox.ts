// What a member does with messages before consensus sees them: the door, the waiting room, the lag rule.
import {
  type Answer,
  type Claims,
  type ConsensusState,
  contextAt,
  type Draft,
  type GuardState,
  heightOf,
  hold,
  type Input,
  isBehind,
  isBeyondGuard,
  type Message,
  type Status,
  verifyMessage,
  type WaitingRoom,
  waited,
  waitingRoom,
  wants,
  withClaim,
} from "../src/index.ts";
import type { Checkers } from "./checkers.ts";
import { indexOf, memberOf, type World } from "./world.ts";

/** What the inbox needs of its member. */
export interface Desk {
  readonly index: number;
  readonly world: World;
  readonly checkers: Checkers;
  state(): ConsensusState;
  /** Null where no guard is kept. */
  guard(): GuardState | null;
  feed(input: Input): void;
  record(code: number, round: number, blockId: string | null): void;
  /** Another member is at a later height. */
  isPassedBy(from: number): void;
}

/** The messages of one life of a member. */
export class Inbox {
  readonly #desk: Desk;
  #room: WaitingRoom = waitingRoom(0);
  #claims: Claims = new Map();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get room(): WaitingRoom {
    return this.#room;
  }

  /** The height in force is this one: the next one's messages wait. */
  openFor(height: number): void {
    this.#room = waitingRoom(height + 1);
  }

  /** A height has begun: what waited for it comes to the door. */
  letIn(height: number, begin: () => void): void {
    const waiting = waited(this.#room, height);
    this.openFor(height);
    begin();
    this.compare();
    for (const { peer, message } of waiting) this.knock(indexOf(peer), message);
  }

  receive(from: number, message: Message): void {
    const { feed, record } = this.#desk;
    switch (message.kind) {
      case "status":
        record(5, message.status.round, null);
        this.#onStatus(from, message.status);
        return;
      case "question":
        feed({ type: "question", peer: memberOf(from), question: message.question });
        return;
      case "answer":
        this.#onAnswer(from, message.answer);
        return;
      default:
        record(6, from, null);
        this.knock(from, message);
    }
  }

  /** The door: what waits, what is of no use, what does not verify, and the rest. */
  knock(from: number, message: Message): void {
    const { feed, world } = this.#desk;
    const state = this.#desk.state();
    const height = heightOf(message);
    if (this.#room.height === height) {
      this.#room = hold(this.#room, memberOf(from), message);
      return;
    }
    const context = contextAt(state, height);
    if (context === null || !wants(state, message)) return;
    if (!verifyMessage(message, context, world.signing.verify).ok) return;
    if (message.kind === "vote") feed({ type: "vote", vote: message.vote });
    else if (message.kind === "proposal") feed({ type: "proposal", proposal: message.proposal });
    else if ("certificate" in message) {
      feed({ type: "certificate", certificate: message.certificate });
    }
  }

  #onStatus(from: number, status: Status): void {
    const { feed, world, isPassedBy } = this.#desk;
    const height = this.#desk.state().height?.start.height ?? 0;
    if (status.height > height) {
      const { validators } = world.contextAt(height);
      if (validators[from] !== undefined) {
        const { nowMs } = world.clock;
        this.#claims = withClaim(this.#claims, from, status.height - 1, nowMs);
        this.compare();
      }
      isPassedBy(from);
    }
    feed({ type: "status", peer: memberOf(from), status });
  }

  /** The lag rule. */
  compare(): void {
    const { height, isBehind: was } = this.#desk.state();
    if (height === null) return;
    const { start } = height;
    const { nowMs } = this.#desk.world.clock;
    const behind = isBehind(this.#claims, start.height, start.validators.length, nowMs);
    if (behind !== was) this.#desk.feed({ type: "behind", behind });
  }

  #onAnswer(from: number, answer: Answer): void {
    const { index, world, checkers, feed } = this.#desk;
    const context = contextAt(this.#desk.state(), answer.height);
    if (context === null || answer.voter !== index) return;
    const message: Message = { kind: "answer", answer };
    if (!verifyMessage(message, context, world.signing.verify).ok) return;
    const drafts: readonly Draft[] = [
      ...answer.votes.map((vote) => ({ kind: "vote", vote }) as const),
      ...answer.proposals.map((proposal) => ({ kind: "proposal", proposal }) as const),
    ];
    const guard = this.#desk.guard();
    const beyondGuard =
      guard !== null && drafts.some((draft) => isBeyondGuard(guard, draft, context.era));
    if (beyondGuard) checkers.onBeyondGuard(index);
    feed({ type: "answer", height: answer.height, validator: from, beyondGuard });
  }
}
