// The ordering law. `step` returns effects in the order in which they must be carried out, and the
// host feeds no further input before the last of them is under way:
//
// 1. `persist` appends a record to the log of this height; it may stay in memory for the moment. A
//    `startHeight` and a `chapter` begin the log anew: what stood before them is needed no more once they
//    are synced, and is needed until then.
// 2. `sign` is the barrier. Before its signature leaves the machine, everything persisted so far and the
//    signer guard are synced to disk (in parallel); for a precommit of a block, its body and payloads are
//    synced before the guard is written. Then the message comes back as `signed`, and only that input
//    broadcasts it. If the guard refuses, nothing comes back.
// 3. What `broadcast` and `sendTo` carry is therefore already durable, or not our own word.
// 4. After `decide` the host applies the block, syncs the batch that moves the head, only then empties
//    the log (zeroes behind its end) and feeds `startHeight`.
// 5. After each start the host feeds `resume` once, behind `replay`, if the log is of the height above the
//    head, else behind the first `startHeight`; and again behind any later `startHeight` of a height of which
//    the guard remembers messages, to which a node comes that kept its guard and lost its data.
import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import type { Timeout } from "./inputs.ts";
import type { CommitCertificate, Draft, Evidence, Message, Status } from "./messages.ts";
import type { WalRecord } from "./wal-record.ts";

/** What consensus asks of its host. */
export type Effect =
  /** Append to the log; see the ordering law. */
  | { readonly type: "persist"; readonly record: WalRecord }
  /** Sign if the guard allows it, and feed back `signed`. */
  | { readonly type: "sign"; readonly draft: Draft }
  /** Send to every connected member. */
  | { readonly type: "broadcast"; readonly message: Message }
  | { readonly type: "sendTo"; readonly peer: MemberId; readonly message: Message }
  /** Feed the timeout back after the delay. */
  | { readonly type: "schedule"; readonly timeout: Timeout; readonly delayMs: number }
  /** Build and execute a block for this round and feed back `built`; each round halves its budget. */
  | { readonly type: "build"; readonly height: number; readonly round: number }
  /**
   * Obtain block and payloads, execute, and feed back `verdict` once that is certain, however late;
   * an answer that is only delayed (a payload on its way) is not yet a verdict.
   */
  | {
      readonly type: "validate";
      readonly height: number;
      readonly round: number;
      readonly blockId: BlockId;
      /** The block had no polka yet: judge its time as well. */
      readonly fresh: boolean;
    }
  /** These validators' members voted for a block whose validity is still open here: ask them for it. */
  | {
      readonly type: "fetchBlock";
      readonly height: number;
      readonly blockId: BlockId;
      readonly from: readonly MemberId[];
    }
  /** The block is decided: apply it, whatever the own opinion; stop if its roots differ. */
  | { readonly type: "decide"; readonly certificate: CommitCertificate }
  /** Late precommits made the own copy of the last certificate larger; the next own block carries it. */
  | { readonly type: "extend"; readonly certificate: CommitCertificate }
  | { readonly type: "evidence"; readonly evidence: Evidence }
  /**
   * The status to tell every connected member: at most every 20 ms (the latest wins), and again each
   * second while nothing changes.
   */
  | { readonly type: "announce"; readonly status: Status };
