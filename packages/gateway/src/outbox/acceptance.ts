import type { StreamId } from "@tegata/ledger/primitives";
import type { EntryContent, EntryHead } from "./entry.ts";

/** What somebody wants on the ledger, in one lane, under one submission. */
export interface Acceptance {
  readonly lane: StreamId;
  readonly contents: readonly EntryContent[];
  readonly rows: number;
  /** Hidden name of the Idempotency-Key, and the hash of what came with it. */
  readonly idempotency: { readonly name: Uint8Array; readonly bodyHash: Uint8Array } | null;
}

/** An acknowledgement; it may be given out once `durable` has resolved. */
export interface Accepted {
  readonly submission: string;
  readonly heads: readonly EntryHead[];
  readonly replayed: boolean;
  readonly durable: Promise<void>;
}
