import {
  type Answer,
  type ConsensusRefusal,
  type ConsensusState,
  frameTypes as consensusFrames,
  contextAt,
  decodeMessage,
  departed,
  heightOf,
  hold,
  type Input,
  type Message,
  verifyMessage,
  type WaitingRoom,
  waited,
  waitingRoom,
  wants,
} from "@tegata/consensus";
import {
  LedgerError,
  type MemberId,
  type Verdict,
  verifySignature,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { MessageType } from "../network/limits.ts";
import type { ForkWatch } from "./fork-watch.ts";
import type { GuardRecovery } from "./guard-recovery.ts";

const kindByFrame: ReadonlyMap<number, Message["kind"]> = new Map(
  Object.entries(consensusFrames).map(([kind, type]) => [type, kind as Message["kind"]]),
);

/** Whether a frame carries a consensus message. */
export function isConsensusFrame(type: MessageType): boolean {
  return kindByFrame.has(type);
}

/** Bytes of waiting messages of one member. */
const waitingBytesMax = 512 * 1_024;

/** What the door is made of. */
export interface MessageDoorParts {
  readonly state: () => ConsensusState;
  /** Whether an answer holds an own message that the guard does not know. */
  readonly isBeyondGuard: (answer: Answer) => boolean;
  readonly onRefused: (code: string) => void;
  /** Where decisions are compared that consensus has no use for. */
  readonly forks: ForkWatch;
  /** Takes all answers where the node runs only to make its guard anew. */
  readonly recovery: GuardRecovery | null;
}

/**
 * Where consensus messages come in: decoded strictly, asked whether they could change anything, verified
 * last, and only then given to consensus. Those of the next height wait unverified.
 */
export class MessageDoor {
  readonly #parts: MessageDoorParts;
  #room: WaitingRoom = waitingRoom(0);
  readonly #roomBytes = new Map<MemberId, number>();

  constructor(parts: MessageDoorParts) {
    this.#parts = parts;
  }

  /**
   * Reads a frame.
   * @throws NODE_PEER_FRAME_MALFORMED
   */
  read(type: MessageType, body: Uint8Array): Message | null {
    const kind = kindByFrame.get(type);
    if (kind === undefined) return null;
    try {
      return decodeMessage(kind, body);
    } catch (cause) {
      if (!(cause instanceof LedgerError)) throw cause;
      const message = `a frame ${type} that cannot be read`;
      throw new NodeError("NODE_PEER_FRAME_MALFORMED", message, { type }, cause);
    }
  }

  /**
   * The input a message becomes, or null: of no use, or too early. `bytes` is its size.
   * @throws NODE_PEER_FORGED: members pass on only what they have verified
   */
  admit(member: MemberId, message: Message, bytes: number): Input | null {
    if (message.kind === "status") return { type: "status", peer: member, status: message.status };
    const state = this.#parts.state();
    const height = heightOf(message);
    const current = state.height?.start.height ?? 0;
    if (height === current + 1) {
      this.#holdBack(member, message, bytes);
      return null;
    }
    const context = contextAt(state, height);
    const { recovery } = this.#parts;
    if (recovery !== null && message.kind === "answer") {
      if (context === null) return null;
      this.#check(message, verifyMessage(message, context, verifySignature));
      recovery.take(member, message.answer);
      return null;
    }
    if (context !== null && wants(state, message)) {
      this.#check(message, verifyMessage(message, context, verifySignature));
      return this.#inputOf(member, message);
    }
    if (message.kind === "commit") {
      this.#check(message, this.#parts.forks.judge(member, message.certificate));
    }
    return null;
  }

  /** A height begins: what waited for it, to be admitted now. */
  release(height: number): readonly { readonly peer: MemberId; readonly message: Message }[] {
    const messages = waited(this.#room, height);
    this.#room = waitingRoom(height + 1);
    this.#roomBytes.clear();
    return messages;
  }

  depart(member: MemberId): void {
    this.#room = departed(this.#room, member);
    this.#roomBytes.delete(member);
  }

  #check(message: Message, verdict: Verdict<ConsensusRefusal>): void {
    if (verdict.ok) return;
    const { code: reason } = verdict;
    this.#parts.onRefused(reason);
    throw new NodeError("NODE_PEER_FORGED", `a ${message.kind} is wrong: ${reason}`, { reason });
  }

  #holdBack(member: MemberId, message: Message, bytes: number): void {
    const held = (this.#roomBytes.get(member) ?? 0) + bytes;
    if (held > waitingBytesMax) return;
    const room = hold(this.#room, member, message);
    if (room === this.#room) return;
    this.#room = room;
    this.#roomBytes.set(member, held);
  }

  #inputOf(member: MemberId, message: Message): Input | null {
    switch (message.kind) {
      case "proposal":
        return { type: "proposal", proposal: message.proposal };
      case "vote":
        return { type: "vote", vote: message.vote };
      case "commit":
      case "polka":
      case "round":
        return { type: "certificate", certificate: message.certificate };
      case "status":
        return { type: "status", peer: member, status: message.status };
      case "question":
        return { type: "question", peer: member, question: message.question };
      case "answer":
        return this.#answerInput(member, message.answer);
    }
  }

  /** An answer counts for the validator whose connection brought it, and only if it is about us. */
  #answerInput(member: MemberId, answer: Answer): Input | null {
    const start = this.#parts.state().height?.start;
    if (start === undefined || answer.voter !== start.self) return null;
    const validator = start.validators.findIndex((one) => one.member === member);
    if (validator === -1) return null;
    const beyondGuard = this.#parts.isBeyondGuard(answer);
    return { type: "answer", height: answer.height, validator, beyondGuard };
  }
}
