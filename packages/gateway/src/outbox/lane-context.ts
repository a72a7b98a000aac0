import type { StreamId } from "@tegata/ledger/primitives";
import type { SubmitAnswer } from "@tegata/node/client";
import type { EntryHead } from "./entry.ts";
import type { Parcel } from "./parcel.ts";
import type { Sealed } from "./seal.ts";
import type { SubmissionRefusal } from "./submissions.ts";

/** Sealed bytes in memory over all lanes. */
export interface WindowBudget {
  take(bytes: number): void;
  give(bytes: number): void;
  isSpent(): boolean;
  /** Wakes a lane when there is room again. */
  waitFor(lane: { wake(): void }): void;
}

/** What a lane asks of the rest of the gateway. */
export interface LaneContext {
  readonly budget: WindowBudget;
  /** Milliseconds of a clock that nobody can set. */
  steadyMs(): number;
  /** Whether this gateway's claim to write is on the ledger. */
  mayWrite(): boolean;
  /** Whether the node did not answer lately: what waits is then better joined than sent. */
  isNodeAway(): boolean;
  /** The committed live generation of a stream; 1 before it is created. */
  liveGeneration(stream: StreamId): number;
  /** A new parcel of these entries, none for a `void`. */
  parcelOf(entries: readonly EntryHead[], lane: StreamId): Parcel;
  /** A transaction of the parcel, or the code by which its content cannot be sealed. */
  seal(parcel: Parcel, sequence: number, generation: number): Promise<Sealed | string>;
  /** Makes durable which entry stands where, then hands it to the node; null: the node is away. */
  send(parcel: Parcel, sealed: Sealed): Promise<SubmitAnswer | null>;
  giveUp(parcel: Parcel, sequence: number, refusal: SubmissionRefusal): void;
  isRefusing(lane: StreamId): boolean;
  noteRefusal(code: string): void;
  /** Reads the members anew where a refusal says that one has another key. */
  refreshMembers(code: string): void;
  later(delayMs: number, callback: () => void): void;
  /** Ends the process: a failure nobody can go on from. */
  fail(error: unknown): void;
}
