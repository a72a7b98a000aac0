import { expect, test } from "vitest";
import { bucketOf } from "../../src/chain/state-root.ts";
import { stateLeafHash } from "../../src/storage/bucket-roots.ts";
import type { KeyValueStore } from "../../src/storage/key-value-store.ts";
import { stateKeys } from "../../src/storage/keyspace.ts";
import { openMemoryStore } from "../../src/storage/memory-store.ts";
import { checkState } from "../../src/storage/state-check.ts";

const key = Uint8Array.of(1, 2, 3);
const value = Uint8Array.of(4);
const leaf = stateLeafHash(key, value);
const empty = new Uint8Array(0);

/** A state of one value whose bucket changed since the last checkpoint, and what else is written to it. */
async function stateWith(...more: readonly (readonly [Uint8Array, Uint8Array])[]) {
  const state = openMemoryStore();
  const bucket = bucketOf(key);
  const rows = [
    [stateKeys.value(key), value],
    [stateKeys.bucketLeaf(bucket, key), leaf],
    [stateKeys.bucketChanged(bucket), empty],
    ...more,
  ] as const;
  await state.write(rows.map(([name, bytes]) => ({ type: "put", key: name, value: bytes })));
  return state;
}

async function drain(state: KeyValueStore): Promise<void> {
  for await (const _ of checkState(state)) void _;
}

test("a state whose leaves stand where they belong is whole", async () => {
  await expect(drain(await stateWith())).resolves.toBeUndefined();
});

test.each([
  ["behind the last bucket", stateKeys.bucketLeaf(4_096, key)],
  ["in the last place there could be", stateKeys.bucketLeaf(65_535, key)],
  ["under no bucket", stateKeys.allBucketLeaves.first],
  ["under half a bucket", Uint8Array.of(...stateKeys.allBucketLeaves.first, 1)],
  ["under a bucket alone", stateKeys.bucketLeaf(bucketOf(empty), empty)],
])("a leaf %s is damage", async (_, name) => {
  await expect(drain(await stateWith([name, leaf]))).rejects.toMatchObject({
    code: "LEDGER_STORE_DAMAGED",
  });
});
