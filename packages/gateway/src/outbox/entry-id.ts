import { assert, type EntryId, fromHex, type StreamId, toHex } from "@tegata/ledger/primitives";
import type { SealedStore } from "../store/sealed-store.ts";
import type { EntryIdentity } from "./entry.ts";

/** Entries of one stream that one opening of an outbox accepted one after the other. */
export interface EntrySpan {
  /** Stands for the stream and the opening. */
  readonly mark: string;
  /** Ordinal of the first. */
  readonly ordinal: number;
  readonly count: number;
}

const ordinalBytes = 6;
const countBytes = 2;
const markBytes = 8;

/** Whether an entry is the very next one after another, so that one id can name both. */
export function follows(before: EntryIdentity, entry: EntryIdentity): boolean {
  const { lane, life, ordinal } = entry;
  return lane === before.lane && life === before.life && ordinal === before.ordinal + 1;
}

/**
 * The id of entries that go onto the ledger together, each of which {@link follows} the one before: it names exactly
 * these, is always the same one, and nobody else can tell it from a random one. Source: docs/PROTOCOL.md section 9.
 */
export function entryIdOf(store: SealedStore, entries: readonly EntryIdentity[]): EntryId {
  const [first] = entries;
  assert(first !== undefined && entries.length < 2 ** 16, "an entry id holds its count");
  assert(first.ordinal < 2 ** 48, "an entry id holds its ordinal");
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    assert(before === undefined || follows(before, entry), "an entry id names a run of entries");
  }
  const block = Buffer.alloc(ordinalBytes + countBytes + markBytes);
  block.writeUIntBE(first.ordinal, 0, ordinalBytes);
  block.writeUInt16BE(entries.length, ordinalBytes);
  block.set(fromHex(markOf(store, first.lane, first.life)), ordinalBytes + countBytes);
  return toHex(store.veil(block)) as EntryId;
}

/** What an id names; one that is not of these names what is nowhere. */
export function spanOf(store: SealedStore, entryId: EntryId): EntrySpan {
  const block = Buffer.from(store.unveil(fromHex(entryId)));
  return {
    mark: toHex(block.subarray(ordinalBytes + countBytes)),
    ordinal: block.readUIntBE(0, ordinalBytes),
    count: block.readUInt16BE(ordinalBytes),
  };
}

/** Stands for a stream and an opening of an outbox. */
export function markOf(store: SealedStore, lane: StreamId, life: string): string {
  return toHex(store.hide("entry", lane, life).subarray(0, markBytes));
}
