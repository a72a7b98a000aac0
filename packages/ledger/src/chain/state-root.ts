import { assert } from "../primitives/assert.ts";
import { encode } from "../primitives/codec.ts";
import { sha256, taggedHash } from "../primitives/hash.ts";
import { compareBytes, type Hash, hashId, idBytes } from "../primitives/ids.ts";
import { merkleRoot } from "../primitives/merkle.ts";
import { countedRoot, u64 } from "./counted-root.ts";
import { limits } from "./limits.ts";
import type { Change } from "./state-view.ts";

/** A key of the state with its value. */
export type StateEntry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * Height whose state the header at `height` commits to: a multiple of 256, at least 17 heights back, or
 * genesis. Source: docs/PROTOCOL.md, Blocks.
 */
export function checkpointFor(height: number): number {
  const settled = Math.max(0, height - 1 - limits.checkpointLagHeights);
  return limits.checkpointHeights * Math.floor(settled / limits.checkpointHeights);
}

/** Whether the state after this height is one that headers commit to. */
export function isCheckpoint(height: number): boolean {
  return height % limits.checkpointHeights === 0;
}

/** Bucket of a key, 0 to 4,095: the first 12 bits of its SHA-256. */
export function bucketOf(key: Uint8Array): number {
  const hash = sha256(key);
  return ((hash[0] as number) << 4) | ((hash[1] as number) >>> 4);
}

/** Root of one bucket over all its entries, which must be sorted by key: 32 bytes. */
export function bucketRoot(entries: readonly StateEntry[]): Uint8Array {
  const sorted = entries.every(
    ([key], index) => index === 0 || compareBytes((entries[index - 1] as StateEntry)[0], key) < 0,
  );
  assert(sorted, "the entries of a bucket are sorted by key");
  return idBytes(
    countedRoot(
      "bucket",
      entries.map(([key, value]) => encode([key, value])),
    ),
  );
}

/** Root of a bucket without entries. */
export const EMPTY_BUCKET_ROOT: Uint8Array = bucketRoot([]);

/** Root of a whole state from the roots of its 4,096 buckets and the number of its keys. */
export function stateRootOf(bucketRoots: readonly Uint8Array[], keyCount: number): Hash {
  assert(bucketRoots.length === limits.buckets, "a state has 4,096 buckets");
  return hashId(taggedHash("state", u64(keyCount), merkleRoot(bucketRoots)));
}

/** Roots of all buckets of a state given as a whole; entries may come in any order, keys once. */
export function bucketRootsOf(entries: readonly StateEntry[]): readonly Uint8Array[] {
  const buckets = new Map<number, StateEntry[]>();
  for (const entry of entries) {
    const bucket = bucketOf(entry[0]);
    const others = buckets.get(bucket);
    if (others === undefined) buckets.set(bucket, [entry]);
    else others.push(entry);
  }
  return Array.from({ length: limits.buckets }, (_, bucket) => {
    const members = buckets.get(bucket);
    if (members === undefined) return EMPTY_BUCKET_ROOT;
    return bucketRoot(members.sort(([a], [b]) => compareBytes(a, b)));
  });
}

/** Commitment to a block's writes, sorted by key; a deletion is a leaf too. */
export function changesRootOf(changes: readonly Change[]): Hash {
  return countedRoot(
    "changes",
    changes.map(([key, value]) => encode([key, value])),
  );
}
