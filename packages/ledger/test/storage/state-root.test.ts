import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bucketOf,
  bucketRootsOf,
  type Change,
  limits,
  memoryState,
  type StateEntry,
  stateRootOf,
} from "../../src/chain/index.ts";
import { type Hash, idBytes, toHex } from "../../src/primitives/index.ts";
import { BucketRoots } from "../../src/storage/bucket-roots.ts";
import type { KeyValueStore, KeyValueWrite } from "../../src/storage/index.ts";
import { openMemoryStore } from "../../src/storage/memory-store.ts";

/** What the definition says: every bucket of the whole state, from nothing. */
function fullRoot(entries: readonly StateEntry[]): Hash {
  return stateRootOf(bucketRootsOf(entries), entries.length);
}

/** Stages and writes one height as a commit does; the root when the height is a checkpoint. */
async function commit(
  store: KeyValueStore,
  roots: BucketRoots,
  height: number,
  changes: readonly Change[],
): Promise<Hash | null> {
  const staged = await roots.stage(height, changes);
  await store.write(staged.writes);
  roots.accept(staged);
  return staged.stateRoot;
}

/** Keys of few buckets, so that buckets fill, empty and fill again. */
const crowded = (() => {
  const keys: Uint8Array[] = [];
  for (let number = 0; keys.length < 40; number += 1) {
    const key = Uint8Array.of(number >>> 16, (number >>> 8) & 0xff, number & 0xff);
    if (bucketOf(key) < 8) keys.push(key);
  }
  return keys;
})();

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.oneof(fc.constantFrom(...crowded), fc.uint8Array({ minLength: 1, maxLength: 3 })),
  fc.option(fc.uint8Array({ maxLength: 5 }), { nil: null, freq: 2 }),
);
const block = fc
  .uniqueArray(change, { maxLength: 8, selector: ([key]) => toHex(key) })
  .map((changes): readonly Change[] => changes);
/** A few blocks, each at its distance from the one before; distances cross checkpoints. */
const history = fc.array(fc.tuple(block, fc.constantFrom(1, 1, 1, 200)), { maxLength: 12 });

test("the root of a checkpoint equals the one computed from the whole state, deletions and restarts included", async () => {
  await fc.assert(
    fc.asyncProperty(block, history, fc.nat(), async (genesis, blocks, restartSeed) => {
      const store = openMemoryStore();
      let roots = await BucketRoots.load(store);
      const model = memoryState([]);
      model.write(genesis);
      expect(await commit(store, roots, 0, genesis)).toBe(fullRoot(model.entries()));
      let height = 0;
      for (const [index, [changes, distance]] of blocks.entries()) {
        const target = height + distance;
        for (height += 1; height < target; height += 1) {
          if (height % limits.checkpointHeights !== 0) continue;
          expect(await commit(store, roots, height, [])).toBe(fullRoot(model.entries()));
        }
        model.write(changes);
        const root = await commit(store, roots, height, changes);
        const isCheckpoint = height % limits.checkpointHeights === 0;
        expect(root).toBe(isCheckpoint ? fullRoot(model.entries()) : null);
        if ((restartSeed >>> index) % 2 === 1) roots = await BucketRoots.load(store);
      }
      const next = Math.ceil((height + 1) / limits.checkpointHeights) * limits.checkpointHeights;
      expect(await commit(store, roots, next, [])).toBe(fullRoot(model.entries()));
    }),
    { numRuns: 25 },
  );
});

test("a checkpoint re-hashes the buckets that changed and no others", async () => {
  const store = openMemoryStore();
  const roots = await BucketRoots.load(store);
  const one = (number: number): Uint8Array => Uint8Array.of(number);
  const all = Array.from({ length: 200 }, (_, number): Change => [one(number), one(number)]);
  await commit(store, roots, 0, all);
  const changed = [one(3), one(5), one(9)];
  await commit(store, roots, 1, [[one(3), one(0)]]);
  await commit(store, roots, 2, [[one(5), null]]);
  await commit(store, roots, 3, [[one(3), one(1)]]);
  const staged = await roots.stage(limits.checkpointHeights, [[one(9), null]]);
  expect(new Set(staged.renewed.keys())).toEqual(new Set(changed.map(bucketOf)));
  const isRoot = (write: KeyValueWrite): boolean => write.key[0] === "k".charCodeAt(0);
  expect(staged.writes.filter(isRoot)).toHaveLength(new Set(changed.map(bucketOf)).size);
  expect(idBytes(staged.stateRoot ?? ("" as Hash))).toHaveLength(32);
});

test("many changed buckets give the same root as few", async () => {
  const store = openMemoryStore();
  const roots = await BucketRoots.load(store);
  const model = memoryState([]);
  const key = (number: number): Uint8Array => Uint8Array.of(7, number >>> 8, number & 0xff);
  const blocks: readonly (readonly Change[])[] = [
    Array.from({ length: 3_000 }, (_, number): Change => [key(number), key(number)]),
    Array.from({ length: 1_500 }, (_, number): Change => [key(number * 2), null]),
    Array.from({ length: 900 }, (_, number): Change => [key(number * 5 + 1), key(0)]),
  ];
  for (const [index, changes] of blocks.entries()) {
    expect(new Set(changes.map(([one]) => bucketOf(one))).size).toBeGreaterThan(512);
    model.write(changes);
    const root = await commit(store, roots, index * limits.checkpointHeights, changes);
    expect(root).toBe(fullRoot(model.entries()));
  }
});
