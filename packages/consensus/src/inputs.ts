import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import type { HeightContext } from "./context.ts";
import type { Certificate, Message, Proposal, Question, Status, Vote } from "./messages.ts";
import type { Lock } from "./round.ts";
import type { RoundStep, Timeouts } from "./timeouts.ts";

/** A wait of a round that ended. */
export interface RoundTimeout {
  readonly kind: RoundStep;
  readonly height: number;
  readonly round: number;
}

/** A wait that ended. It is never cancelled: one that came too late no longer fits the state. */
export type Timeout =
  | RoundTimeout
  | {
      readonly kind: "resend";
      readonly height: number;
      readonly round: number;
      /** How many times in a row without progress, from 0. */
      readonly times: number;
    }
  | { readonly kind: "gap"; readonly peer: MemberId };

/** An own message with its signature, as the signer guard released it. */
export type SignedMessage = Extract<Message, { kind: "proposal" | "vote" }>;

/** The ledger's head moved to `height - 1`, by consensus or by sync: this height begins now. */
export interface StartHeight extends HeightContext {
  readonly type: "startHeight";
  /** Index of this node's validator, or null: it follows without a vote. */
  readonly self: number | null;
  readonly timeouts: Timeouts;
}

/** What a host found out about a block it was asked to validate. */
export interface BlockVerdict {
  readonly type: "verdict";
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  /** The host holds block and payloads, and executing it gave the roots it names. */
  readonly valid: boolean;
  /** Its time was within bounds when asked; counts for fresh proposals only. */
  readonly timely: boolean;
  /** False for an empty block of round 0 while no heartbeat is due and it carries no evidence. */
  readonly due: boolean;
}

/**
 * What can happen. Messages of others were verified at the door for the height in force; the host
 * feeds inputs one at a time and carries out the effects of one before it feeds the next.
 */
export type Input =
  | StartHeight
  | { readonly type: "proposal"; readonly proposal: Proposal }
  | { readonly type: "vote"; readonly vote: Vote }
  /** From gossip or from sync: a decision learned by catching up enters the same queue. */
  | { readonly type: "certificate"; readonly certificate: Certificate }
  | { readonly type: "timeout"; readonly timeout: Timeout }
  /** The block asked for by `build` is executed and held. */
  | {
      readonly type: "built";
      readonly height: number;
      readonly round: number;
      readonly blockId: BlockId;
    }
  | BlockVerdict
  /** Guard and log are synced; the signature may leave. */
  | { readonly type: "signed"; readonly message: SignedMessage }
  /**
   * There is something to put into a block of this height: an includable transaction that was pushed
   * to the proposer (or the proposer is not connected), pending evidence, or a due heartbeat.
   */
  | { readonly type: "proposable"; readonly height: number }
  | { readonly type: "status"; readonly peer: MemberId; readonly status: Status }
  | { readonly type: "departed"; readonly peer: MemberId }
  | { readonly type: "question"; readonly peer: MemberId; readonly question: Question }
  /** A validator answered the question; `beyondGuard`: it holds a message the guard does not know. */
  | {
      readonly type: "answer";
      readonly height: number;
      readonly validator: number;
      readonly beyondGuard: boolean;
    }
  /** Others are known to be further: signatures wait until this is false again. */
  | { readonly type: "behind"; readonly behind: boolean }
  /** The guard is missing or the log damaged: follow in silence until a height above this is decided. */
  | { readonly type: "observe"; readonly height: number }
  /**
   * Once after each start, when the log was fed back or a height began anew: what the guard remembers of
   * this height. From here effects are carried out again. See `guardMemory`.
   */
  | {
      readonly type: "resume";
      readonly said: readonly SignedMessage[];
      readonly lock: Lock | null;
    };
