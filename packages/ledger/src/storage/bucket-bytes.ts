import { limits } from "../chain/limits.ts";
import { bucketOf, type StateEntry } from "../chain/state-root.ts";
import { compareBytes, decode, encode, LedgerError } from "../primitives/index.ts";
import { type Bucket, bucketOver, stateLeafHash } from "./bucket-roots.ts";

/** Bytes of one bucket on the wire and on the disk; a state of 64 GiB has smaller ones. */
export const bucketBytesMax: number = 16 * 1_048_576;

const codecLimits = { depthMax: 1, itemsMax: limits.blockItemsMax };

/** A bucket that was taken apart, with the root over what is in it. */
export interface OpenedBucket extends Bucket {
  readonly entries: readonly StateEntry[];
}

/** Canonical bytes of a bucket; the entries ascend by key. Source: docs/PROTOCOL.md section 8. */
export function encodeBucket(entries: readonly StateEntry[]): Uint8Array {
  return encode(entries.flat(), codecLimits);
}

/**
 * Takes the bytes of a bucket apart and computes its root; null for bytes that are no bucket of this
 * number. Whoever knows the root that it should have knows every byte of it.
 */
export function openBucket(bytes: Uint8Array, bucket: number): OpenedBucket | null {
  if (bytes.length > bucketBytesMax) return null;
  const values = readFlat(bytes);
  if (values === null) return null;
  const entries: StateEntry[] = [];
  const leaves: Uint8Array[] = [];
  let previous: Uint8Array | null = null;
  for (let index = 0; index < values.length; index += 2) {
    const key = values[index] as Uint8Array;
    const value = values[index + 1] as Uint8Array;
    if (previous !== null && compareBytes(previous, key) >= 0) return null;
    if (bucketOf(key) !== bucket) return null;
    entries.push([key, value]);
    leaves.push(stateLeafHash(key, value));
    previous = key;
  }
  return { entries, ...bucketOver(leaves) };
}

/** An even number of byte strings, or null. */
function readFlat(bytes: Uint8Array): readonly unknown[] | null {
  try {
    const values = decode(bytes, codecLimits);
    const fits = Array.isArray(values) && values.length % 2 === 0;
    return fits && values.every((value) => value instanceof Uint8Array) ? values : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}
