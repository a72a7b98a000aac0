import type { Head } from "../chain/build.ts";
import { limits } from "../chain/limits.ts";
import { bucketOf, isCheckpoint, type StateEntry, stateRootOf } from "../chain/state-root.ts";
import { assert, concat, equalBytes, type Hash } from "../primitives/index.ts";
import { encodeBucket } from "./bucket-bytes.ts";
import { type Bucket, bucketOver, stateLeafHash } from "./bucket-roots.ts";
import type { KeyValueSnapshot } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";
import { damagedState } from "./state-records.ts";

/** The state after a checkpoint, however far the chain goes on meanwhile; close it when it is read. */
export interface FrozenState {
  /** The checkpoint. */
  readonly head: Head;
  readonly keyCount: number;
  /** The roots of all buckets, 32 bytes each, in one. */
  readonly bucketRoots: Uint8Array;
  readonly stateRoot: Hash;
  /**
   * The bytes of every bucket in order, each compared with its root.
   * @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  buckets(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Leaves whose values are looked up together. */
const leavesPerRead = 512;

interface Leaf {
  readonly bucket: number;
  readonly key: Uint8Array;
  readonly leaf: Uint8Array;
}

/** Leaves come by bucket and key, and by that order their values are read. */
async function* entriesOf(state: KeyValueSnapshot): AsyncGenerator<readonly [Leaf, Uint8Array]> {
  const read = async (leaves: readonly Leaf[]) => {
    const values = await state.getMany(leaves.map(({ key }) => stateKeys.value(key)));
    return leaves.map((leaf, index) => {
      const value = values[index] ?? null;
      const isWhole = value !== null && equalBytes(leaf.leaf, stateLeafHash(leaf.key, value));
      if (value === null || !isWhole || bucketOf(leaf.key) !== leaf.bucket) {
        throw damagedState(`a value of bucket ${leaf.bucket}`);
      }
      return [leaf, value] as const;
    });
  };
  let waiting: Leaf[] = [];
  for await (const { key, value } of state.range(stateKeys.allBucketLeaves)) {
    const bucket = stateKeys.readBucket(key);
    waiting.push({ bucket, key: stateKeys.stateKeyOfLeaf(key), leaf: value });
    if (waiting.length < leavesPerRead) continue;
    yield* await read(waiting);
    waiting = [];
  }
  yield* await read(waiting);
}

function finish(
  bucket: number,
  expected: Bucket,
  found: readonly (readonly [Leaf, Uint8Array])[],
): Uint8Array {
  const { count, root } = bucketOver(found.map(([{ leaf }]) => leaf));
  if (count !== expected.count || !equalBytes(root, expected.root)) {
    throw damagedState(`bucket ${bucket}`);
  }
  return encodeBucket(found.map(([{ key }, value]): StateEntry => [key, value]));
}

async function* bucketsOf(
  state: KeyValueSnapshot,
  roots: readonly Bucket[],
): AsyncGenerator<Uint8Array> {
  let current = 0;
  let found: (readonly [Leaf, Uint8Array])[] = [];
  for await (const entry of entriesOf(state)) {
    while (current < entry[0].bucket) {
      yield finish(current, roots[current] as Bucket, found);
      found = [];
      current += 1;
    }
    found.push(entry);
  }
  for (; current < limits.buckets; current += 1) {
    yield finish(current, roots[current] as Bucket, found);
    found = [];
  }
}

/** The state of a checkpoint from a frozen database and the buckets' roots of that moment. */
export function frozenState(
  head: Head,
  roots: readonly Bucket[],
  state: KeyValueSnapshot,
): FrozenState {
  assert(isCheckpoint(head.height), "only the state of a checkpoint has roots");
  const keyCount = roots.reduce((sum, { count }) => sum + count, 0);
  const list = roots.map(({ root }) => root);
  return {
    head,
    keyCount,
    bucketRoots: concat(...list),
    stateRoot: stateRootOf(list, keyCount),
    buckets: () => bucketsOf(state, roots),
    close: () => state.close(),
  };
}
