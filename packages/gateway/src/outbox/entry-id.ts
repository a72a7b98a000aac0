import { assert, type EntryId, fromHex, type StreamId, toHex } from "@tegata/ledger/primitives";
import type { SealedStore } from "../store/sealed-store.ts";
import type { EntryHead } from "./entry.ts";

/** Number of the first of entries that travel together, and how many they are. */
export interface EntrySpan {
  readonly number: number;
  readonly count: number;
}

const numberBytes = 6;
const countBytes = 2;
const markBytes = 8;

/**
 * The id of entries that go onto the ledger together, of which `first` is the oldest: always the same one, and
 * nobody else can tell it from a random one. Source: docs/PROTOCOL.md section 9.
 */
export function entryIdOf(
  store: SealedStore,
  lane: StreamId,
  first: Pick<EntryHead, "number" | "submission">,
  count: number,
): EntryId {
  assert(first.number < 2 ** 48 && count > 0 && count < 2 ** 16, "an entry id holds its span");
  const block = Buffer.alloc(numberBytes + countBytes + markBytes);
  block.writeUIntBE(first.number, 0, numberBytes);
  block.writeUInt16BE(count, numberBytes);
  // Of another outbox of this company an entry may have the same number, though never the same submission.
  const mark = store.hide("entry", lane, first.submission).subarray(0, markBytes);
  block.set(mark, numberBytes + countBytes);
  return toHex(store.veil(block)) as EntryId;
}

/**
 * The span that an id stands for, if it is one of these at all: only {@link entryIdOf} of the entry with this number
 * tells that.
 */
export function spanOf(store: SealedStore, entryId: EntryId): EntrySpan {
  const block = Buffer.from(store.unveil(fromHex(entryId)));
  return { number: block.readUIntBE(0, numberBytes), count: block.readUInt16BE(numberBytes) };
}
