// What a member does with messages before consensus sees them: the door, the waiting room, the lag rule.
import {
  type Answer,
  type Claims,
  type ConsensusState,
  contextAt,
  heightOf,
  hold,
  type Input,
  isBehind,
  type Message,
  type Status,
  type ValidatorSet,
  type WaitingRoom,
  waited,
  waitingRoom,
  wants,
  withClaim,
} from "../src/index.ts";
import { indexOf, memberOf } from "./identity.ts";
import type { World } from "./world.ts";

/** What the inbox needs of its member. */
export interface Desk {
  readonly world: World;
  state(): ConsensusState;
  /** Index of this member among the validators, or null. */
  self(): number | null;
  /** Whether an answer holds an own message that the guard does not know. */
  isBeyond(answer: Answer): boolean;
  feed(input: Input): void;
  /** Another member says at which height it is. */
  onClaim(from: number, height: number): void;
}

function validatorOf(validators: ValidatorSet, member: number): number | null {
  const id = memberOf(member);
  const at = validators.findIndex((validator) => validator.member === id);
  return at === -1 ? null : at;
}

/** The messages of one life of a member. */
export class Inbox {
  readonly #desk: Desk;
  #room: WaitingRoom = waitingRoom(0);
  #claims: Claims = new Map();
  #claimants: ValidatorSet = [];

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
    const { feed } = this.#desk;
    switch (message.kind) {
      case "status":
        this.#onStatus(from, message.status);
        return;
      case "question":
        feed({ type: "question", peer: memberOf(from), question: message.question });
        return;
      case "answer":
        this.#onAnswer(from, message.answer);
        return;
      default:
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
    if (!world.isVerified(message, context)) return;
    if (message.kind === "vote") feed({ type: "vote", vote: message.vote });
    else if (message.kind === "proposal") feed({ type: "proposal", proposal: message.proposal });
    else if ("certificate" in message) {
      feed({ type: "certificate", certificate: message.certificate });
    }
  }

  #onStatus(from: number, status: Status): void {
    const { feed, world, onClaim } = this.#desk;
    const start = this.#desk.state().height?.start;
    const height = start?.height ?? 0;
    if (status.height > height) {
      const validator = start === undefined ? null : validatorOf(start.validators, from);
      if (validator !== null) {
        const { nowMs } = world.clock;
        this.#claims = withClaim(this.#claims, validator, status.height - 1, nowMs);
        this.compare();
      }
    }
    onClaim(from, status.height);
    feed({ type: "status", peer: memberOf(from), status });
  }

  /** The lag rule. */
  compare(): void {
    const { height, isBehind: was } = this.#desk.state();
    if (height === null) return;
    const { start } = height;
    if (start.validators !== this.#claimants) {
      this.#claimants = start.validators;
      this.#claims = new Map();
    }
    const { nowMs } = this.#desk.world.clock;
    const behind = isBehind(this.#claims, start.height, start.validators.length, nowMs);
    if (behind !== was) this.#desk.feed({ type: "behind", behind });
  }

  #onAnswer(from: number, answer: Answer): void {
    const { self, world, isBeyond, feed } = this.#desk;
    const start = this.#desk.state().height?.start;
    if (start?.height !== answer.height || answer.voter !== self()) return;
    if (!world.isVerified({ kind: "answer", answer }, start)) return;
    const validator = validatorOf(start.validators, from);
    if (validator === null) return;
    feed({ type: "answer", height: answer.height, validator, beyondGuard: isBeyond(answer) });
  }
}
