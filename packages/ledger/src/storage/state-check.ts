import { limits } from "../chain/limits.ts";
import { bucketOf, EMPTY_BUCKET_ROOT } from "../chain/state-root.ts";
import { equalBytes, toHex } from "../primitives/index.ts";
import { bucketOver, readBucket, stateLeafHash } from "./bucket-roots.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";
import { damagedState } from "./state-records.ts";

/** Things checked between two turns of whoever asks: a few milliseconds. */
const valuesPerStep = 256;
const bucketsPerStep = 16;

/** A commit between two reads looks like damage; it does not do so every time. */
const attempts = 3;

/** Whether a check holds at last, seen again when it did not. */
async function holds(check: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) if (await check()) return true;
  return false;
}

/** Whether value and leaf of a state key belong together; both may be missing. */
function agrees(state: KeyValueStore, key: Uint8Array): boolean {
  const value = state.get(stateKeys.value(key));
  const leaf = state.get(stateKeys.bucketLeaf(bucketOf(key), key));
  if (value === null || leaf === null) return value === leaf;
  return equalBytes(leaf, stateLeafHash(key, value));
}

/** Whether a leaf stands under a whole key in the bucket of its state key: in another one nobody would look for it. */
function isPlaced(leafKey: Uint8Array): boolean {
  const key = stateKeys.stateKeyOfLeaf(leafKey);
  return key.length > 0 && stateKeys.readBucket(leafKey) === bucketOf(key);
}

/** Whether leaves give the root of their bucket; one that changed since the last checkpoint has none yet. */
function giveRoot(state: KeyValueStore, bucket: number, leaves: readonly Uint8Array[]): boolean {
  if (state.get(stateKeys.bucketChanged(bucket)) !== null) return true;
  const stored = state.get(stateKeys.bucketRoot(bucket));
  const { root, count } = bucketOver(leaves);
  if (stored === null) return equalBytes(root, EMPTY_BUCKET_ROOT);
  const expected = readBucket(stored, bucket);
  return expected.count === count && equalBytes(expected.root, root);
}

async function hasRoot(state: KeyValueStore, bucket: number): Promise<boolean> {
  const leaves: Uint8Array[] = [];
  for await (const { value } of state.range(stateKeys.bucketLeaves(bucket))) leaves.push(value);
  return giveRoot(state, bucket, leaves);
}

/** All buckets in their order, each with its leaves: most are empty, and a look at each alone costs more. */
async function* bucketsOf(
  state: KeyValueStore,
): AsyncGenerator<readonly [bucket: number, leaves: readonly Uint8Array[]]> {
  let bucket = 0;
  let leaves: Uint8Array[] = [];
  for await (const { key, value } of state.range(stateKeys.allBucketLeaves)) {
    const next = stateKeys.readBucket(key);
    for (; bucket < next; bucket += 1) {
      yield [bucket, leaves];
      leaves = [];
    }
    leaves.push(value);
  }
  for (; bucket < limits.buckets; bucket += 1) {
    yield [bucket, leaves];
    leaves = [];
  }
}

/**
 * Compares every value of the state with its leaf, every leaf with a value and every settled bucket with
 * its root, while commits go on. Gives the number of things checked so far, now and then, for a caller
 * that paces itself.
 * @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
 */
export async function* checkState(state: KeyValueStore): AsyncGenerator<number> {
  let checked = 0;
  const ranges = [
    { range: stateKeys.allValues, stateKeyOf: stateKeys.stateKeyOfValue },
    { range: stateKeys.allBucketLeaves, stateKeyOf: stateKeys.stateKeyOfLeaf },
  ];
  for (const { range, stateKeyOf } of ranges) {
    for await (const entry of state.range(range)) {
      const key = stateKeyOf(entry.key);
      if (range === stateKeys.allBucketLeaves && !isPlaced(entry.key)) {
        throw damagedState(`place of leaf ${toHex(entry.key)}`);
      }
      if (!agrees(state, key) && !(await holds(() => agrees(state, key)))) {
        throw damagedState(`value of state key ${toHex(key)}`);
      }
      checked += 1;
      if (checked % valuesPerStep === 0) yield checked;
    }
  }
  for await (const [bucket, leaves] of bucketsOf(state)) {
    if (!giveRoot(state, bucket, leaves) && !(await holds(() => hasRoot(state, bucket)))) {
      throw damagedState(`bucket ${bucket}`);
    }
    checked += 1;
    if (checked % bucketsPerStep === 0) yield checked;
  }
}
