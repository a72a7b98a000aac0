import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import type { SealedWrite } from "../store/sealed-store.ts";

/** An own transaction that a block holds. */
export interface OwnCommit {
  readonly lane: StreamId;
  readonly sequence: number;
  readonly entryId: EntryId;
}

/** What blocks change here. */
export interface OutboxStage {
  readonly writes: readonly SealedWrite[];
  readonly commits: readonly OwnCommit[];
  /** An own claim that took effect. */
  readonly claimed: { readonly entryId: EntryId; readonly writer: number } | null;
  /** Somebody else wrote for this company. */
  readonly foreign: { readonly height: number; readonly what: "claim" | "entry" } | null;
  readonly touched: ReadonlySet<string>;
}
