import type { Category, Disclosure, EpochLength, GrantId } from "@tegata/ledger/chain";
import type { Hash, MemberId, StreamId, TransactionId } from "@tegata/ledger/primitives";
import type { MembershipNews } from "../membership/news.ts";
import type { SequenceRange } from "./deleted.ts";

/** What one generation of a stream holds. */
export interface GenerationFacts {
  /** From 1. */
  readonly generation: number;
  readonly batches: number;
  /** First and last epoch of its batches; null while there is none. */
  readonly epochs: readonly [first: number, last: number] | null;
}

/** A stream as the ledger shows it to everybody. */
export interface StreamFacts {
  readonly id: StreamId;
  readonly owner: MemberId;
  readonly category: Category;
  readonly epochLength: EpochLength;
  readonly facets: readonly Disclosure[];
  readonly schemaHash: Hash;
  /** Transaction that created it; its only payload is the sealed schema. */
  readonly transactionId: TransactionId;
  readonly metaCommitment: Uint8Array;
  readonly createdHeight: number;
  /** In order; the last one is live. */
  readonly generations: readonly GenerationFacts[];
  readonly batches: number;
  /** Sequences of its lane that hold no batch, ascending; neighbours stand together. */
  readonly others: readonly SequenceRange[];
}

/** A grant as the ledger shows it to everybody. */
export interface GrantFacts {
  readonly id: GrantId;
  readonly stream: StreamId;
  readonly grantee: MemberId;
  readonly generation: number;
  readonly facets: readonly number[];
  readonly epochFirst: number;
  readonly epochLast: number;
  readonly height: number;
  readonly endedHeight: number | null;
}

/** Where a transaction stands on the ledger; both count from what the block says. */
export interface Place {
  readonly height: number;
  /** Index in the block. */
  readonly index: number;
}

/** A batch of records, as its stream's list names it. */
export interface BatchPointer extends Place {
  /** Number of the batch in its stream, from 0. */
  readonly ordinal: number;
  readonly generation: number;
  readonly epoch: number;
}

/** What happened, in the order of the ledger. */
export type LogEntry =
  | { readonly kind: "block"; readonly timeMs: number }
  | { readonly kind: "membership"; readonly news: readonly MembershipNews[] }
  | { readonly kind: "stream"; readonly stream: StreamId }
  | { readonly kind: "records"; readonly stream: StreamId; readonly transaction: Uint8Array }
  | { readonly kind: "grants"; readonly stream: StreamId; readonly grants: readonly GrantId[] }
  | { readonly kind: "deleted"; readonly stream: StreamId; readonly batches: number }
  | {
      readonly kind: "roll";
      readonly stream: StreamId;
      readonly generation: number;
      readonly grants: readonly GrantId[];
    };

/** An entry of the log with its place; the entry of the block itself comes after its transactions. */
export interface PlacedEntry extends Place {
  readonly entry: LogEntry;
}

/** The generation that accepts records. */
export function liveGeneration(stream: StreamFacts): number {
  return stream.generations.length;
}
