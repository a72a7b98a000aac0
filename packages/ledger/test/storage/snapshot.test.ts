import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bucketOf } from "../../src/chain/index.ts";
import { equalBytes, InvariantError, toHex } from "../../src/primitives/index.ts";
import {
  type ChainStore,
  checkBlocks,
  encodeBucket,
  keepSnapshots,
  listSnapshots,
  openBucket,
  openChainStore,
  openLevelStore,
  openSnapshot,
  type StoredSnapshot,
  writeSnapshot,
} from "../../src/storage/index.ts";
import { stateKeys } from "../../src/storage/keyspace.ts";
import { extend, setChangesOf } from "./chain-store.contract.ts";
import { bytesOf, networkId } from "./sample-chain.ts";
import {
  arriveAll,
  bucketsOf,
  chainWithSnapshot,
  checkpoint,
  createStore,
  extendTo,
  installable,
  missingFrom,
  noPace,
  openStore,
  snapshotOf,
  stateText,
} from "./snapshot-samples.ts";
import { sharedFolder, temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const home = sharedFolder();
let source: ChainStore;
let snapshot: StoredSnapshot;
let whole: readonly Uint8Array[];

beforeAll(async () => {
  source = await chainWithSnapshot(home);
  snapshot = await snapshotOf(home);
  whole = await bucketsOf(snapshot);
});
afterAll(() => source.close());

/** An empty chain in which the snapshot is installed. */
async function installed(folder: string): Promise<ChainStore> {
  const arriving = await arriveAll(join(folder, "arriving"), snapshot);
  try {
    return await openChainStore({
      ...{ folder: join(folder, "node"), networkId, mode: "install" },
      snapshot: await installable(source, arriving),
    });
  } finally {
    await arriving.close();
  }
}

function rootOf(bucket: number): Uint8Array {
  return snapshot.bucketRoots.subarray(bucket * 32, bucket * 32 + 32);
}

function isAccepted(bytes: Uint8Array, bucket: number): boolean {
  const opened = openBucket(bytes, bucket);
  return opened !== null && equalBytes(opened.root, rootOf(bucket));
}

describe("the bytes of a bucket", () => {
  test("hold any entries of that bucket, in order", () => {
    const entry = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.uint8Array());
    const entries = fc.uniqueArray(entry, { selector: ([key]) => toHex(key), maxLength: 40 });
    fc.assert(
      fc.property(entries, (all) => {
        const buckets = new Map<number, (readonly [Uint8Array, Uint8Array])[]>();
        for (const one of all) {
          const bucket = bucketOf(one[0]);
          buckets.set(bucket, [...(buckets.get(bucket) ?? []), one]);
        }
        for (const [bucket, some] of buckets) {
          some.sort(([a], [b]) => Buffer.compare(a, b));
          const opened = openBucket(encodeBucket(some), bucket);
          expect(opened?.entries).toEqual(some);
          expect(opened?.count).toBe(some.length);
          expect(openBucket(encodeBucket(some), (bucket + 1) % 4_096)).toBeNull();
          if (some.length > 1) {
            expect(openBucket(encodeBucket([...some].reverse()), bucket)).toBeNull();
            expect(openBucket(encodeBucket([...some, ...some.slice(-1)]), bucket)).toBeNull();
          }
        }
      }),
    );
  });

  test("are refused as soon as any of them is another", () => {
    const filled = whole.flatMap((bytes, bucket) => (bytes.length > 1 ? [bucket] : []));
    expect(filled.length).toBeGreaterThan(1_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...filled),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bucket, place, mask) => {
          const bytes = (whole[bucket] as Uint8Array).slice();
          expect(isAccepted(bytes, bucket)).toBe(true);
          const index = place % bytes.length;
          bytes[index] = (bytes[index] as number) ^ mask;
          expect(isAccepted(bytes, bucket)).toBe(false);
          expect(isAccepted(bytes.subarray(0, index), bucket)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("are refused with an entry more, an entry less, and where they are no list of byte strings", () => {
    const bucket = whole.findIndex((bytes) => bytes.length > 70);
    const opened = openBucket(whole[bucket] as Uint8Array, bucket);
    if (opened === null) throw new Error("it is a bucket");
    expect(isAccepted(encodeBucket(opened.entries.slice(1)), bucket)).toBe(false);
    expect(isAccepted(encodeBucket([]), bucket)).toBe(false);
    for (const bytes of [[], [0xf6], [0x81, 0x01], [0x82, 0x40, 0xf6], [0x82, 0x80, 0x40]]) {
      expect(openBucket(Uint8Array.from(bytes), bucket)).toBeNull();
    }
  });
});

describe("a snapshot in its folder", () => {
  test("gives back the same buckets however they are divided", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4_095 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_048_576 })),
        async (first, count, bytesMax) => {
          const part = await snapshot.read(first, count, bytesMax);
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(count);
          const bytes = part.reduce((sum, one) => sum + one.length, 0);
          if (part.length > 1) expect(bytes).toBeLessThanOrEqual(bytesMax);
          expect(part).toEqual(whole.slice(first, first + part.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is of the checkpoint although blocks were committed while it was written", async () => {
    const folder = temporaryFolder();
    const store = await createStore(join(folder, "node"));
    await extendTo(store, checkpoint);
    const frozen = store.freeze();
    expect(frozen.stateRoot).toBe(store.stateRoot(checkpoint));
    let steps = 0;
    const pace = async (): Promise<void> => {
      if (steps % 512 === 0) await extendTo(store, store.head().height + 1);
      steps += 1;
    };
    await writeSnapshot(join(folder, "snapshots"), networkId, frozen, pace);
    await frozen.close();
    expect(store.head().height).toBeGreaterThan(checkpoint + 4);
    expect(await bucketsOf(await snapshotOf(folder))).toEqual(whole);
    await store.close();
  });

  test("is whole or not at all: what an interruption left is no snapshot and goes", async () => {
    const folder = join(temporaryFolder(), "snapshots");
    const frozen = source.freeze();
    let steps = 0;
    const pace = async (): Promise<void> => {
      steps += 1;
      if (steps === 2_000) throw new Error("the machine stops here");
    };
    const writing = writeSnapshot(folder, networkId, frozen, pace);
    await expect(writing).rejects.toMatchObject({ code: "LEDGER_STORE_FAILED" });
    expect(readdirSync(folder)).toEqual([]);
    await writeSnapshot(folder, networkId, frozen, noPace);
    await writeSnapshot(folder, networkId, frozen, noPace);
    await frozen.close();
    writeFileSync(join(folder, "512.part"), "half");
    expect(await listSnapshots(folder)).toEqual([checkpoint]);
    await keepSnapshots(folder, [checkpoint]);
    expect(readdirSync(folder)).toEqual([String(checkpoint)]);
    await keepSnapshots(folder, []);
    expect(await listSnapshots(folder)).toEqual([]);
  });

  test("of another network, with another index or a shorter file is none, or fails to be read", async () => {
    const folder = temporaryFolder();
    const frozen = source.freeze();
    const place = join(folder, "snapshots");
    await writeSnapshot(place, networkId, frozen, noPace);
    await frozen.close();
    const other = "77".repeat(32) as typeof networkId;
    expect(await openSnapshot(place, other, checkpoint)).toBeNull();
    expect(await openSnapshot(place, networkId, 512)).toBeNull();
    const buckets = join(place, String(checkpoint), "buckets");
    writeFileSync(buckets, readFileSync(buckets).subarray(0, 1_000));
    const cut = await openSnapshot(place, networkId, checkpoint);
    await expect(cut?.read(4_000, 10, 1_000)).rejects.toMatchObject({
      code: "LEDGER_STORE_FAILED",
    });
    appendFileSync(join(place, String(checkpoint), "index"), "x");
    expect(await openSnapshot(place, networkId, checkpoint)).toBeNull();
  });

  test("is not made from a state that the disk has altered", async () => {
    const folder = temporaryFolder();
    const store = await createStore(join(folder, "node"));
    await extendTo(store, checkpoint);
    await store.close();
    const state = await openLevelStore({
      ...{ folder: join(folder, "node", "state"), mode: "open", compression: "none" },
      ...{ writeBufferBytes: 1_048_576, tableBytes: 1_048_576, cacheBytes: 1_048_576 },
    });
    const key = stateKeys.value(bytesOf("never changes"));
    await state.write([{ type: "put", key, value: bytesOf("another value") }]);
    await state.close();
    const again = await openStore(join(folder, "node"));
    const frozen = again.freeze();
    const place = join(folder, "snapshots");
    await expect(writeSnapshot(place, networkId, frozen, noPace)).rejects.toMatchObject({
      code: "LEDGER_STORE_DAMAGED",
    });
    await again.close();
    expect(await listSnapshots(place)).toEqual([]);
  });

  test("is whole or has no name at every moment of its removing", async () => {
    const place = join(temporaryFolder(), "snapshots");
    mkdirSync(join(place, "256"), { recursive: true });
    for (let file = 0; file < 2_000; file += 1) writeFileSync(join(place, "256", `${file}`), "");
    const seen = new Set<number>();
    let isDone = false;
    const removed = keepSnapshots(place, []).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      try {
        seen.add(readdirSync(join(place, "256")).length);
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOENT" });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await removed;
    expect(readdirSync(place)).toEqual([]);
    expect([...seen].filter((count) => count !== 2_000)).toEqual([]);
  });

  test("is of a checkpoint and of nothing else", async () => {
    const folder = temporaryFolder();
    const store = await createStore(join(folder, "node"));
    await extend(store);
    expect(() => store.freeze()).toThrow(InvariantError);
    await store.close();
  });
});

describe("a chain made from a snapshot", () => {
  test("has the same state and roots as one that executed every block, and goes on like it", async () => {
    const folder = temporaryFolder();
    const other = await createStore(join(temporaryFolder(), "node"));
    await extendTo(other, checkpoint);
    const store = await installed(folder);
    expect(store.head()).toEqual(other.head());
    expect(store.baseHeight).toBe(checkpoint + 1);
    expect(await stateText(store)).toBe(await stateText(other));
    expect(store.stateRoot(checkpoint)).toBe(other.stateRoot(checkpoint));
    for await (const checked of store.checkState()) expect(checked).toBeGreaterThan(0);
    expect(await setChangesOf(store, 1, 1_000)).toEqual(await setChangesOf(other, 1, 1_000));
    await extendTo(other, 520);
    await extendTo(store, 520);
    expect(store.head()).toEqual(other.head());
    expect(store.stateRoot(512)).toBe(other.stateRoot(512));
    expect(await stateText(store)).toBe(await stateText(other));
    for (const { damage } of checkBlocks(store, 1_000)) expect(damage).toBeNull();
    await store.close();
    await other.close();
  });

  test("says from which height on it has blocks, also after a restart", async () => {
    const folder = temporaryFolder();
    const first = await installed(folder);
    await extendTo(first, checkpoint + 3);
    await first.close();
    const store = await openStore(join(folder, "node"));
    expect(store.baseHeight).toBe(checkpoint + 1);
    expect(store.block(checkpoint)).toBeNull();
    expect(store.blockId(checkpoint)).toBe(source.blockId(checkpoint));
    expect(store.certificate(checkpoint)).toEqual(source.certificate(checkpoint));
    expect(store.blockId(checkpoint - 1)).toBeNull();
    expect(store.certificate(checkpoint - 1)).toBeNull();
    expect(store.missingPayloads(5)).toEqual([]);
    expect([...store.blocks(1, 1_000)]).toEqual([]);
    expect([...store.blocks(checkpoint + 1, 1_000)]).toHaveLength(3);
    const old = source.block(5)?.transactions[0];
    expect(old).toBeDefined();
    if (old !== undefined) expect(store.transaction(old.id)).toBeNull();
    await store.close();
  });

  test.each([1, 3, 100, 1_000])(
    "gets its older blocks downwards, %i at a time, and is like any other then",
    async (count) => {
      const folder = temporaryFolder();
      const store = await installed(folder);
      if (count === 3) await extendTo(store, checkpoint + 2);
      while (store.missingBlock() !== null) {
        const { height } = store.missingBlock() ?? { height: 0 };
        const run = Array.from({ length: Math.min(count, height) }, (_, index) => height - index);
        await store.prepend(run.flatMap((at) => source.block(at) ?? []));
      }
      expect(store.baseHeight).toBe(0);
      for (let height = 1; height <= checkpoint; height += 1) {
        expect(store.block(height)?.bytes).toEqual(source.block(height)?.bytes);
        expect(store.certificate(height)).toEqual(source.certificate(height));
        for (const { id } of source.block(height)?.transactions ?? []) {
          expect(store.transaction(id)).toMatchObject({ height });
        }
      }
      for (const { damage } of checkBlocks(store, 1_000)) expect(damage).toBeNull();
      const [missing] = store.missingPayloads(5);
      if (missing === undefined) throw new Error("payloads do not come with blocks");
      const bytes = source.payload(missing);
      if (bytes === null) throw new Error("the source has it");
      await store.putPayloads(5, [{ ...missing, bytes }]);
      expect(store.payload(missing)).toEqual(bytes);
      await store.close();
      const again = await openStore(join(folder, "node"));
      expect(again.baseHeight).toBe(0);
      expect(again.block(1)?.id).toBe(source.blockId(1));
      await again.close();
    },
  );

  test("takes no block that is not the one the next one names", async () => {
    const store = await installed(temporaryFolder());
    const block = (height: number) => source.block(height) ?? [];
    await expect(store.prepend([block(checkpoint - 1)].flat())).rejects.toThrow(InvariantError);
    await store.prepend([missingFrom(source, store) ?? []].flat());
    const gap = [block(checkpoint - 1), block(checkpoint - 3)].flat();
    await expect(store.prepend(gap)).rejects.toThrow(InvariantError);
    expect(store.baseHeight).toBe(checkpoint);
    await store.close();
  });

  test("takes the place of a genesis and of nothing more", async () => {
    const folder = temporaryFolder();
    const empty = await createStore(join(folder, "node"));
    await empty.close();
    const store = await installed(folder);
    await store.close();
    await expect(installed(folder)).rejects.toMatchObject({ code: "LEDGER_STORE_EXISTS" });
    const kept = await openStore(join(folder, "node"));
    expect(kept.head().height).toBe(checkpoint);
    await kept.close();
  });

  test("is not made when a bucket is missing, foreign or twice: then there is no chain at all", async () => {
    const arriving = await arriveAll(join(temporaryFolder(), "arriving"), snapshot);
    const good = await installable(source, arriving);
    const filled = whole.flatMap((bytes, bucket) => (bytes.length > 1 ? [bucket] : []));
    const [first = 0, second = 0] = filled;
    const some = (buckets: readonly (readonly [number, number])[]) =>
      async function* () {
        for (const [bucket, from] of buckets) {
          yield { bucket, bytes: whole[from] as Uint8Array };
        }
      };
    const all = filled.map((bucket) => [bucket, bucket] as const);
    const cases = [
      { ...good, buckets: some(all.slice(1)) },
      { ...good, buckets: some([[first, second], ...all.slice(1)]) },
      { ...good, buckets: some([...all, [first, first]]) },
      { ...good, stateRoot: toHex(bytesOf("another root")) as typeof good.stateRoot },
    ];
    for (const bad of cases) {
      const folder = temporaryFolder();
      const install = openChainStore({ folder, networkId, mode: "install", snapshot: bad });
      await expect(install).rejects.toMatchObject({ code: "LEDGER_STORE_DAMAGED" });
      expect(existsSync(join(folder, "creating"))).toBe(true);
      await expect(openStore(folder)).rejects.toMatchObject({ code: "LEDGER_STORE_MISSING" });
      await (await createStore(folder)).close();
    }
    await arriving.close();
  });
});
