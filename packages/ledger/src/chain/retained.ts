import type { StreamId } from "../primitives/ids.ts";
import { laneKey, retainedKey } from "./state-keys.ts";
import { type RetainedBatch, retainedSequences, tables } from "./state-tables.ts";
import type { StateReader, StateView } from "./state-view.ts";
import type { Transaction } from "./transaction.ts";

function rowOf(sequence: number): number {
  return Math.floor(sequence / retainedSequences);
}

function isBetween({ sequence }: RetainedBatch, first: number, last: number): boolean {
  return sequence >= first && sequence <= last;
}

function read(reader: StateReader, stream: StreamId, row: number): readonly RetainedBatch[] {
  return tables.retained.read(reader, retainedKey(stream, row)) ?? [];
}

/** Keeps the payloads of the batch that is now the last of its stream. */
export function retain(view: StateView, stream: StreamId, batch: RetainedBatch): void {
  const row = rowOf(batch.sequence);
  tables.retained.write(view, retainedKey(stream, row), [...read(view, stream, row), batch]);
}

/** Batches of these sequences whose payloads are kept. */
export function retainedBatches(
  reader: StateReader,
  stream: StreamId,
  sequenceFirst: number,
  sequenceLast: number,
): readonly RetainedBatch[] {
  const found: RetainedBatch[] = [];
  for (let row = rowOf(sequenceFirst); row <= rowOf(sequenceLast); row += 1) {
    for (const batch of read(reader, stream, row)) {
      if (isBetween(batch, sequenceFirst, sequenceLast)) found.push(batch);
    }
  }
  return found;
}

/** Keeps the payloads of these sequences no longer; answers with their bytes, each of which counts once. */
export function release(
  view: StateView,
  stream: StreamId,
  sequenceFirst: number,
  sequenceLast: number,
): number {
  let released = 0;
  for (let row = rowOf(sequenceFirst); row <= rowOf(sequenceLast); row += 1) {
    const batches = read(view, stream, row);
    const kept: RetainedBatch[] = [];
    for (const batch of batches) {
      if (isBetween(batch, sequenceFirst, sequenceLast)) released += batch.payloadBytes;
      else kept.push(batch);
    }
    if (kept.length === batches.length) continue;
    const key = retainedKey(stream, row);
    if (kept.length === 0) view.set(key, null);
    else tables.retained.write(view, key, kept);
  }
  return released;
}

/** The batch of a sequence whose payloads are kept, or null: it was purged, or there never was one. */
export function readRetained(
  reader: StateReader,
  stream: StreamId,
  sequence: number,
): RetainedBatch | null {
  const batches = read(reader, stream, rowOf(sequence));
  return batches.find((batch) => batch.sequence === sequence) ?? null;
}

/**
 * Whether the owner has purged the payloads of a transaction, by a state that is not older than it. Only
 * records can be purged; of a transaction that is not committed nothing is.
 */
export function isPurged(reader: StateReader, transaction: Transaction): boolean {
  const { kind, lane, sequence, memberId } = transaction;
  if (kind !== "records" || readRetained(reader, lane, sequence) !== null) return false;
  const last = tables.lane.read(reader, laneKey(memberId, lane));
  return last !== null && sequence <= last.sequence;
}
