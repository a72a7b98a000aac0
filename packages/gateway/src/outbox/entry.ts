import type { GrantId } from "@tegata/ledger/chain";
import type { EntryId, MemberId, StreamId } from "@tegata/ledger/primitives";

/** Rows of one epoch, as they were acknowledged. */
export interface RowsContent {
  readonly kind: "rows";
  readonly epoch: number;
  /** Somebody said that these rows come late on purpose. */
  readonly backfill: boolean;
  /** Rows over all fields, canonical: time first, then the cells in schema order. */
  readonly rows: Uint8Array;
  readonly rowCount: number;
  /** Values in one facet at most, as the encoding counts them. */
  readonly itemCount: number;
  /** A batch of its own: rows of documents are never joined with others. */
  readonly alone: boolean;
}

/** One cover that a grant will carry. */
export interface PlannedCover {
  readonly grantee: MemberId;
  readonly generation: number;
  readonly facets: readonly number[];
  readonly epochFirst: number;
  readonly epochLast: number;
}

/** What is to come onto the ledger; keys are in the keyring before an entry names their stream. */
export type EntryContent =
  | RowsContent
  | { readonly kind: "stream-create" }
  | {
      readonly kind: "stream-roll";
      readonly generation: number;
      readonly endedGrants: readonly GrantId[];
    }
  | { readonly kind: "purge"; readonly sequenceFirst: number; readonly sequenceLast: number }
  | { readonly kind: "grant"; readonly covers: readonly PlannedCover[] };

/** What an entry is about. */
export type EntryKind = EntryContent["kind"];

/** What tells an entry from every other one, also from those of other copies of the same outbox. */
export interface EntryIdentity {
  readonly lane: StreamId;
  /** Which opening of an outbox accepted it: 8 random bytes, in hex. */
  readonly life: string;
  /** How many this opening had accepted for the lane before. */
  readonly ordinal: number;
}

/** What of an entry holds whatever it is about. */
interface EntryFrame extends EntryIdentity {
  readonly number: number;
  readonly submission: string;
  readonly acknowledgedMs: number;
}

/** An entry on the disk. */
export interface StoredEntry extends EntryFrame {
  readonly content: EntryContent;
}

/** What of an entry is kept in memory. */
export interface EntryHead extends EntryFrame {
  readonly kind: EntryKind;
  /** 0 for what holds no rows. */
  readonly rowCount: number;
  readonly sizeBytes: number;
  readonly itemCount: number;
  readonly epoch: number | null;
  readonly backfill: boolean;
  readonly alone: boolean;
}

/** Entries that go onto the ledger as one transaction; the entry id never changes again. */
export interface StoredParcel {
  readonly number: number;
  readonly entryId: EntryId;
  readonly lane: StreamId;
  /** Sequence it was last sent with. */
  readonly sequence: number;
  /** Numbers of its entries; none for a `void`. */
  readonly entries: readonly number[];
}

/** Head of a stored entry. */
export function headOf({ content, ...entry }: StoredEntry): EntryHead {
  if (content.kind === "rows") {
    const { rows, ...head } = content;
    return { ...entry, ...head, sizeBytes: rows.length };
  }
  return {
    ...entry,
    kind: content.kind,
    rowCount: 0,
    sizeBytes: 0,
    itemCount: 0,
    epoch: null,
    backfill: false,
    alone: true,
  };
}

/** A head without what its content says. */
export function storedHeadOf(head: EntryHead): EntryFrame {
  const { number, submission, lane, life, ordinal, acknowledgedMs } = head;
  return { number, submission, lane, life, ordinal, acknowledgedMs };
}

/** What was refused together goes alone when it is sent again: the cause may lie in one of them. */
export function aloneOf(entry: StoredEntry): StoredEntry {
  const { content } = entry;
  return content.kind === "rows" ? { ...entry, content: { ...content, alone: true } } : entry;
}
