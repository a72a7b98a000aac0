import type { KeyValueStore } from "./key-value-store.ts";
import { bodyKeys } from "./keyspace.ts";

const mebibyte = 1_048_576;

/** Size of a table of *bodies*: the least that is written anew for one deleted payload. */
export const bodiesTableBytes = 32 * mebibyte;

/** Bounds of deleting what was purged. */
export const purgeLimits = Object.freeze({
  /** Kept bytes between two purged heights above which they are written anew apart: a table of the database. */
  gapBytesMax: bodiesTableBytes,
  /** Bytes that are written anew in one go: a node that stops waits no longer than for these. */
  clusterBytesMax: 4 * bodiesTableBytes,
  /** Heights whose payloads go in one go, however few they are. */
  clusterHeightsMax: 4_096,
  /** Notes of heights or single payloads taken up together, over all that are not carried out yet. */
  notesAtOnce: 65_536,
});

/**
 * Ascending heights in clusters that are written anew one by one. Heights stand together while less than a table
 * lies between two of them: apart they would have the same table written twice, and beyond that each table
 * between them would be written for nothing.
 */
export async function* clusters(
  bodies: Pick<KeyValueStore, "sizeOf">,
  heights: Iterable<number>,
): AsyncGenerator<readonly number[]> {
  const { gapBytesMax, clusterBytesMax, clusterHeightsMax } = purgeLimits;
  let cluster: number[] = [];
  /** Bytes from the beginning of the cluster to that of its last height. */
  let reached = 0;
  for (const height of heights) {
    const [first] = cluster;
    if (first !== undefined) {
      const bytes = await bodies.sizeOf(bodyKeys.payloadsBetween(first, height - 1));
      const isFar = bytes - reached > gapBytesMax || bytes > clusterBytesMax;
      reached = bytes;
      if (isFar || cluster.length === clusterHeightsMax) {
        yield cluster;
        cluster = [];
        reached = 0;
      }
    }
    cluster.push(height);
  }
  if (cluster.length > 0) yield cluster;
}
