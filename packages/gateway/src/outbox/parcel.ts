import type { EntryId, StreamId } from "@tegata/ledger/primitives";
import type { EntryHead, EntryKind } from "./entry.ts";
import type { Sealed } from "./seal.ts";

/** What a parcel holds; a `void` holds nothing and only fills a place. */
export type ParcelKind = EntryKind | "void";

/**
 * Entries on their way onto the ledger as one transaction. At most one of its versions can ever commit:
 * it takes another sequence only when the old one is decided or the old version can no longer pass.
 */
export interface Parcel {
  readonly number: number;
  readonly entryId: EntryId;
  readonly lane: StreamId;
  readonly kind: ParcelKind;
  readonly entries: readonly EntryHead[];
  readonly epoch: number | null;
  backfill: boolean;
  sealed: Sealed | null;
  /** Sequence under which a version may have left this process, and the generation it names. */
  sent: { readonly sequence: number; readonly generation: number } | null;
  /** `ready`: to be sealed or sent. `sent`: with the node. `held`: waits for a block or `heldUntilMs`. */
  state: "ready" | "sent" | "held";
  sentMs: number;
  heldUntilMs: number;
  /** Refusals in a row that a new sealing was to cure. */
  reseals: number;
}

/** Whether a parcel changes its stream or its readers, and so goes before rows. */
export function isControl(kind: ParcelKind): boolean {
  return isRoot(kind) || isFree(kind);
}

/** Whether a parcel brings a new stream root. */
export function isRoot(kind: ParcelKind): boolean {
  return kind === "stream-create" || kind === "stream-roll";
}

/** Whether a parcel changes nothing about how rows are sealed, so that they may come before or after it. */
export function isFree(kind: ParcelKind): boolean {
  return kind === "grant" || kind === "purge";
}

/** Rows in a parcel. */
export function rowCountOf(parcel: Parcel): number {
  return parcel.entries.reduce((sum, entry) => sum + entry.rowCount, 0);
}
