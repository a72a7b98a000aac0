import type { Block } from "../chain/block.ts";
import { isPurged, retainedBatches } from "../chain/retained.ts";
import { tablePrefix } from "../chain/state-keys.ts";
import { type StateReader, StateView } from "../chain/state-view.ts";
import type { Transaction, TransactionOf } from "../chain/transaction.ts";
import { type TransactionId, toHex } from "../primitives/index.ts";
import type { Candidates } from "./candidates.ts";
import type { BlockCommit } from "./chain-store.ts";
import { clusters, purgeLimits } from "./clusters.ts";
import type { KeyValueStore, KeyValueWrite } from "./key-value-store.ts";
import { bodyKeys, stateKeys } from "./keyspace.ts";
import { isDamage } from "./stored-block.ts";

/** Heights that are looked at before their deletions are written, so that memory stays small. */
const heightsPerWrite = 64;

/** What deleting payloads did. */
export interface PurgeOutcome {
  /** Payloads that were on the disk and are not any more, and their bytes. */
  readonly payloads: number;
  readonly bytes: number;
  /** Heights whose block is damaged and has to be repaired first. */
  readonly damagedHeights: readonly number[];
}

/** Keys of what was noted, by the height whose payloads they concern. */
type Notes = Map<number, Uint8Array[]>;

/** What it stands on. */
interface PurgingParts {
  readonly bodies: KeyValueStore;
  readonly state: KeyValueStore;
  readonly candidates: Candidates;
  readonly reader: StateReader;
  readonly headHeight: () => number;
  /** A committed block, null where it is not here. @throws LEDGER_STORE_DAMAGED */
  readonly block: (height: number) => Block | null;
}

function isPurge(transaction: Transaction): transaction is TransactionOf<"purge"> {
  return transaction.kind === "purge";
}

function isRecords({ kind }: Transaction): boolean {
  return kind === "records";
}

/**
 * What a commit notes for {@link Purging}: the heights at which its purges leave payloads behind. They
 * become durable with the head, so that deleting begins anew after whatever interrupts it.
 */
export function purgeWrites(
  reader: StateReader,
  commits: readonly BlockCommit[],
): readonly KeyValueWrite[] {
  if (!commits.some(({ block }) => block.transactions.some(isPurge))) return [];
  const writes: KeyValueWrite[] = [];
  const view = new StateView(reader);
  const [retained] = tablePrefix("retained");
  for (const { block, changes } of commits) {
    const heights = new Set<number>();
    const lanes = new Set(block.transactions.filter(isRecords).map(({ lane }) => lane));
    for (const purge of block.transactions.filter(isPurge)) {
      const { sequenceFirst, sequenceLast } = purge.body;
      const batches = retainedBatches(view, purge.lane, sequenceFirst, sequenceLast);
      for (const { height } of batches) heights.add(height);
      // Batches of the block itself are not in the state before it; whether they are meant is seen there later.
      if (lanes.has(purge.lane)) heights.add(block.header.height);
    }
    for (const height of heights) {
      const key = stateKeys.purged(block.header.height, height);
      writes.push({ type: "put", key, value: new Uint8Array(0) });
    }
    for (const [key, value] of changes) if (key[0] === retained) view.set(key, value);
  }
  return writes;
}

/**
 * What is noted of payloads that were proposed for heights whose blocks do without them: their transactions may be
 * committed later and purged there, while LevelDB still keeps the bytes here. A row of 51 bytes for each, because
 * nothing else names them once they are deleted; gone with the next {@link Purging.run}: the next start at the latest.
 */
export function orphanWrites(at: number, orphans: readonly Uint8Array[]): readonly KeyValueWrite[] {
  const payloads = orphans.filter((key) => bodyKeys.isPayload(key));
  return payloads.map((payload) => {
    return { type: "put", key: stateKeys.orphan(at, payload), value: new Uint8Array(0) };
  });
}

/** Deletes what the head's state calls purged, at the heights that commits noted. */
export class Purging {
  readonly #parts: PurgingParts;
  /** Payloads that are being written: what is deleted must not come behind them. */
  readonly #writing = new Map<Promise<void>, readonly KeyValueWrite[]>();

  constructor(parts: PurgingParts) {
    this.#parts = parts;
  }

  /** Writes payloads, in a way that a purge which is committed meanwhile finds them; `written` notes that they are there. */
  async write(batch: readonly KeyValueWrite[], written: () => void): Promise<void> {
    const writing = this.#parts.bodies.write(batch);
    this.#writing.set(writing, batch);
    try {
      await writing;
      written();
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** Keys of payloads that are on their way to the disk. */
  arriving(): readonly Uint8Array[] {
    return [...this.#writing.values()].flat().map(({ key }) => key);
  }

  /**
   * Deletes, has the files written anew without the bytes, and then forgets what was noted: one cluster of
   * heights after another, until the signal comes.
   */
  async run(signal: AbortSignal): Promise<PurgeOutcome> {
    const { bodies } = this.#parts;
    const damagedHeights: number[] = [];
    let payloads = 0;
    let bytes = 0;
    for (let from: Uint8Array | null = stateKeys.allPurged.first; from !== null; ) {
      const { notes, next } = await this.#noted(from);
      from = next;
      if (notes.size === 0) continue;
      await Promise.allSettled(this.#writing.keys());
      const heights = [...notes.keys()].sort((a, b) => a - b);
      await this.#writeOut(heights[0] as number);
      for await (const cluster of clusters(bodies, heights)) {
        if (signal.aborted) return { payloads, bytes, damagedHeights };
        const deleted = await this.#delete(notes, cluster, signal);
        payloads += deleted.payloads;
        bytes += deleted.bytes;
        for (const height of deleted.damagedHeights) damagedHeights.push(height);
        // One that was only begun is begun anew: nothing tells what of it is in the files.
        if (signal.aborted) return { payloads, bytes, damagedHeights };
        const damaged = new Set(deleted.damagedHeights);
        await this.#finish(
          notes,
          cluster.filter((height) => !damaged.has(height)),
        );
      }
    }
    return { payloads, bytes, damagedHeights };
  }

  /** What was noted from a key on, by height, and the key to go on from. */
  async #noted(first: Uint8Array): Promise<{ notes: Notes; next: Uint8Array | null }> {
    const { state, headHeight } = this.#parts;
    const notes: Notes = new Map();
    let count = 0;
    for await (const { key } of state.range({ ...stateKeys.allPurged, first })) {
      if (count === purgeLimits.notesAtOnce) return { notes, next: key };
      const { at, height } = stateKeys.readPurged(key);
      // The head that a commit moves may be seen a moment after its batch.
      if (at > headHeight()) continue;
      const keys = notes.get(height) ?? [];
      keys.push(key);
      notes.set(height, keys);
      count += 1;
    }
    return { notes, next: null };
  }

  /**
   * LevelDB drops a value where a deletion meets it from above: one that came to the tables together with its
   * deletion would stay there. So what is in memory is written out before, and every key deleted after it, even
   * where it was deleted already: a table that may hold the key lies below its deletion then, on whichever level.
   */
  #writeOut(height: number): Promise<void> {
    const { first } = bodyKeys.payloadsBetween(height, height);
    return this.#parts.bodies.compact({ first, end: first });
  }

  /** Deleted payloads of these heights are in no file any more, and nothing is noted of them. */
  async #finish(notes: Notes, heights: readonly number[]): Promise<void> {
    const [first, last] = [heights[0], heights.at(-1)];
    if (first === undefined || last === undefined) return;
    const { bodies, state } = this.#parts;
    const range = bodyKeys.payloadsBetween(first, last);
    await bodies.compact(range);
    // Tables that LevelDB was moving down meanwhile may have come below where it looked.
    await bodies.compact(range);
    const keys = heights.flatMap((height) => notes.get(height) ?? []);
    await state.write(keys.map((key) => ({ type: "delete", key })));
  }

  async #delete(
    notes: Notes,
    heights: readonly number[],
    signal: AbortSignal,
  ): Promise<PurgeOutcome> {
    const damagedHeights: number[] = [];
    let payloads = 0;
    let bytes = 0;
    for (let at = 0; at < heights.length && !signal.aborted; at += heightsPerWrite) {
      const deletions: KeyValueWrite[] = [];
      for (const height of heights.slice(at, at + heightsPerWrite)) {
        const block = this.#readBlock(height);
        if (block === "damaged") damagedHeights.push(height);
        else {
          for (const key of this.#orphans(notes.get(height) ?? [])) {
            deletions.push({ type: "delete", key });
          }
          for (const [key, size] of this.#held(height, block)) {
            deletions.push({ type: "delete", key });
            payloads += 1;
            bytes += size;
          }
        }
        // A block with its payloads is megabytes: what else waits goes first.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await this.#parts.bodies.write(deletions);
    }
    return { payloads, bytes, damagedHeights };
  }

  #readBlock(height: number): Block | null | "damaged" {
    try {
      return this.#parts.block(height);
    } catch (error) {
      if (isDamage(error)) return "damaged";
      throw error;
    }
  }

  /** Size of a payload on the disk, 0 of one that cannot be read, null where there is none. */
  #sizeOf(key: Uint8Array): number | null {
    try {
      return this.#parts.bodies.get(key)?.length ?? null;
    } catch (error) {
      if (isDamage(error)) return 0;
      throw error;
    }
  }

  /** Keys of payloads that their height's block does without, deleted or not. */
  *#orphans(noted: readonly Uint8Array[]): Iterable<Uint8Array> {
    for (const note of noted) {
      const { orphan } = stateKeys.readPurged(note);
      if (orphan === null) continue;
      const { height, transactionId, part } = bodyKeys.readPayload(orphan);
      const name = { transactionId: toHex(transactionId) as TransactionId, part };
      this.#parts.candidates.removePayload(height, name);
      yield orphan;
    }
  }

  /** Keys and sizes of the purged payloads of a height that are on the disk. */
  *#held(height: number, block: Block | null): Iterable<readonly [key: Uint8Array, bytes: number]> {
    const { candidates, reader } = this.#parts;
    for (const transaction of block?.transactions ?? []) {
      if (!isPurged(reader, transaction)) continue;
      for (const part of transaction.payloads.keys()) {
        const key = bodyKeys.payload(height, transaction.id, part);
        candidates.removePayload(height, { transactionId: transaction.id, part });
        const size = this.#sizeOf(key);
        if (size !== null) yield [key, size];
      }
    }
  }
}
