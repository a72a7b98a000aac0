import type { Block } from "../chain/block.ts";
import { isPurged, retainedBatches } from "../chain/retained.ts";
import { tablePrefix } from "../chain/state-keys.ts";
import { type StateReader, StateView } from "../chain/state-view.ts";
import type { Transaction, TransactionOf } from "../chain/transaction.ts";
import type { Candidates } from "./candidates.ts";
import type { BlockCommit } from "./chain-store.ts";
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

/** Deletes what the head's state calls purged, at the heights that commits noted. */
export class Purging {
  readonly #parts: PurgingParts;
  /** Payloads that are being written: what is deleted must not come behind them. */
  readonly #writing = new Set<Promise<void>>();

  constructor(parts: PurgingParts) {
    this.#parts = parts;
  }

  /** Writes payloads, in a way that a purge which is committed meanwhile finds them. */
  async write(batch: readonly KeyValueWrite[]): Promise<void> {
    const writing = this.#parts.bodies.write(batch);
    this.#writing.add(writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** Deletes, has the files written anew without the bytes, and then forgets what was noted. */
  async run(): Promise<PurgeOutcome> {
    const { bodies, state, headHeight } = this.#parts;
    const noted: Uint8Array[] = [];
    const heights = new Set<number>();
    for await (const { key } of state.range(stateKeys.allPurged)) {
      const { at, height } = stateKeys.readPurged(key);
      // The head that a commit moves may be seen a moment after its batch.
      if (at > headHeight()) continue;
      noted.push(key);
      heights.add(height);
    }
    if (noted.length === 0) return { payloads: 0, bytes: 0, damagedHeights: [] };
    await Promise.allSettled(this.#writing);
    const sorted = [...heights].sort((a, b) => a - b);
    const range = bodyKeys.payloadsBetween(sorted[0] as number, sorted.at(-1) as number);
    // LevelDB drops a value where a deletion meets it from above: one that came to the tables together
    // with its deletion would stay there. So what is in memory is written out before.
    await bodies.compact({ first: range.first, end: range.first });
    const outcome = await this.#delete(sorted);
    await bodies.compact(range);
    const done = noted.filter(
      (key) => !outcome.damagedHeights.includes(stateKeys.readPurged(key).height),
    );
    await state.write(done.map((key) => ({ type: "delete", key })));
    return outcome;
  }

  async #delete(heights: readonly number[]): Promise<PurgeOutcome> {
    const damagedHeights: number[] = [];
    let payloads = 0;
    let bytes = 0;
    for (let at = 0; at < heights.length; at += heightsPerWrite) {
      const deletions: KeyValueWrite[] = [];
      for (const height of heights.slice(at, at + heightsPerWrite)) {
        try {
          for (const [key, size] of this.#held(height)) {
            deletions.push({ type: "delete", key });
            payloads += 1;
            bytes += size;
          }
        } catch (error) {
          if (!isDamage(error)) throw error;
          damagedHeights.push(height);
        }
        // A block with its payloads is megabytes: what else waits goes first.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await this.#parts.bodies.write(deletions);
    }
    return { payloads, bytes, damagedHeights };
  }

  /** Keys and sizes of the purged payloads of a height that are on the disk. */
  *#held(height: number): Iterable<readonly [key: Uint8Array, bytes: number]> {
    const { bodies, candidates, reader, block } = this.#parts;
    for (const transaction of block(height)?.transactions ?? []) {
      if (!isPurged(reader, transaction)) continue;
      for (const part of transaction.payloads.keys()) {
        const key = bodyKeys.payload(height, transaction.id, part);
        candidates.removePayload(height, { transactionId: transaction.id, part });
        const held = bodies.get(key);
        if (held !== null) yield [key, held.length];
      }
    }
  }
}
