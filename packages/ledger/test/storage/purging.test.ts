import { expect, test } from "vitest";
import type { Block } from "../../src/chain/index.ts";
import { Candidates } from "../../src/storage/candidates.ts";
import { bodiesTableBytes, clusters, purgeLimits } from "../../src/storage/clusters.ts";
import type { KeyRange, KeyValueStore } from "../../src/storage/key-value-store.ts";
import { bodyKeys, stateKeys } from "../../src/storage/keyspace.ts";
import { openMemoryStore } from "../../src/storage/memory-store.ts";
import { type PurgeOutcome, Purging } from "../../src/storage/purging.ts";
import { damagedAt } from "../../src/storage/stored-block.ts";
import { PurgeChain } from "./purge-chain.ts";

const heightOf = (key: Uint8Array): number => bodyKeys.readPayload(key).height;

/** Bodies whose heights are each a quarter of a table, or as large as is said; `told` hears of what is done. */
function bodiesOf(told: (what: string) => void, heightBytes = bodiesTableBytes / 4): KeyValueStore {
  const memory = openMemoryStore();
  return {
    get: (key) => memory.get(key),
    range: (range) => memory.range(range),
    snapshot: () => memory.snapshot(),
    write: async (batch) => {
      const gone = batch.filter(({ type }) => type === "delete").map(({ key }) => heightOf(key));
      await memory.write(batch);
      if (gone.length > 0) told(`delete ${[...new Set(gone)].join(" ")}`);
    },
    compact: async ({ first, end }: KeyRange) => {
      if (heightOf(first) < heightOf(end)) told(`compact ${heightOf(first)}-${heightOf(end) - 1}`);
    },
    sizeOf: async ({ first, end }) => (heightOf(end) - heightOf(first)) * heightBytes,
    close: () => memory.close(),
  };
}

/** A batch at each of 30 heights from 2 on, and a purge of those whose heights are given. */
class World {
  readonly #chain: PurgeChain;
  readonly #blocks = new Map<number, Block>();
  readonly #state = openMemoryStore();
  readonly damaged = new Set<number>();
  readonly purging: Purging;
  /** What was done to the files. */
  readonly done: string[] = [];
  readonly stopping = new AbortController();
  /** Stops once this was done. */
  stopAfter = "";
  readonly #bodies = bodiesOf((what) => {
    this.done.push(what);
    if (what === this.stopAfter) this.stopping.abort();
  });

  private constructor(chain: PurgeChain) {
    this.#chain = chain;
    this.purging = new Purging({
      bodies: this.#bodies,
      state: this.#state,
      candidates: new Candidates(),
      reader: chain.ledger.state,
      headHeight: () => chain.ledger.head.height,
      block: (height) => {
        if (this.damaged.has(height)) throw damagedAt(height, "block");
        return this.#blocks.get(height) ?? null;
      },
    });
  }

  static async make(...heights: readonly number[]): Promise<World> {
    const chain = await PurgeChain.make(null);
    const world = new World(chain);
    for (let made = 0; made < 30; made += 1) {
      const { transaction, payloads } = chain.batch(`${made}`);
      const { block } = chain.next([transaction]);
      const { height } = block.header;
      world.#blocks.set(height, block);
      for (const { transactionId, part, bytes: value } of payloads) {
        const key = bodyKeys.payload(height, transactionId, part);
        await world.purging.write([{ type: "put", key, value }], () => undefined);
      }
    }
    for (const height of heights) await world.purge(height);
    return world;
  }

  /** Has the owner purge the batch of a height, whose sequence is the same number. */
  async purge(height: number): Promise<void> {
    const { block } = this.#chain.next([this.#chain.purging(height, height)]);
    const key = stateKeys.purged(block.header.height, height);
    await this.#state.write([{ type: "put", key, value: new Uint8Array(0) }]);
  }

  run(): Promise<PurgeOutcome> {
    return this.purging.run(this.stopping.signal);
  }

  /** Heights of which something is noted. */
  async noted(): Promise<readonly number[]> {
    const heights: number[] = [];
    for await (const { key } of this.#state.range(stateKeys.allPurged)) {
      heights.push(stateKeys.readPurged(key).height);
    }
    return heights;
  }

  /** Heights whose payloads are there. */
  async held(): Promise<readonly number[]> {
    const heights = new Set<number>();
    for await (const { key } of this.#bodies.range(bodyKeys.payloadsFrom(0))) {
      heights.add(heightOf(key));
    }
    return [...heights];
  }
}

const signal = (): AbortSignal => new AbortController().signal;

async function clustersOf(heights: Iterable<number>, heightBytes?: number) {
  const found: (readonly number[])[] = [];
  for await (const cluster of clusters(
    bodiesOf(() => undefined, heightBytes),
    heights,
  )) {
    found.push(cluster);
  }
  return found;
}

test("what is purged goes in clusters of neighbouring heights, and what lies far between is left as it is", async () => {
  const world = await World.make(3, 5, 20, 30, 29);
  expect(await world.run()).toEqual({ payloads: 10, bytes: 5 * 4_624, damagedHeights: [] });
  expect(world.done).toEqual([
    ...["delete 3 5", "compact 3-5", "compact 3-5", "delete 20", "compact 20-20", "compact 20-20"],
    ...["delete 29 30", "compact 29-30", "compact 29-30"],
  ]);
  expect(await world.noted()).toEqual([]);
  for (const gone of [3, 5, 20, 29, 30]) expect(await world.held()).not.toContain(gone);
  expect(await world.held()).toHaveLength(25);
});

test("a purge that is stopped ends with what it is at, and goes on there", async () => {
  for (const [stopAfter, done, noted] of [
    ["delete 3", ["delete 3"], [3, 12, 20]],
    ["compact 3-3", ["delete 3", "compact 3-3", "compact 3-3"], [12, 20]],
    ["delete 12", ["delete 3", "compact 3-3", "compact 3-3", "delete 12"], [12, 20]],
  ] as const) {
    const world = await World.make(3, 12, 20);
    world.stopAfter = stopAfter;
    await world.run();
    expect(world.done).toEqual(done);
    expect(await world.noted()).toEqual(noted);
    world.done.length = 0;
    await world.purging.run(signal());
    // What was deleted and not written anew yet is written anew, though nothing of it is found any more.
    const compacted = noted.map((height) => `compact ${height}-${height}`);
    expect(world.done.filter((what) => what.startsWith("compact"))).toEqual(
      compacted.flatMap((what) => [what, what]),
    );
    expect(await world.noted()).toEqual([]);
    expect(await world.held()).toHaveLength(27);
  }
});

test("a damaged height waits for its repair, and nothing is done twice because it waits", async () => {
  const world = await World.make(3, 4, 20);
  world.damaged.add(4).add(20);
  expect(await world.run()).toMatchObject({ payloads: 2, damagedHeights: [4, 20] });
  expect(await world.noted()).toEqual([4, 20]);
  expect(world.done).toEqual(["delete 3", "compact 3-3", "compact 3-3"]);
  expect(await world.run()).toMatchObject({ payloads: 0, damagedHeights: [4, 20] });
  expect(world.done).toHaveLength(3);
  world.damaged.clear();
  expect(await world.run()).toMatchObject({ payloads: 4, damagedHeights: [] });
  expect(await world.noted()).toEqual([]);
  expect(await world.held()).toHaveLength(27);
});

test("a cluster is neither wider than one goes at a time nor full of too many heights", async () => {
  const { clusterBytesMax, clusterHeightsMax } = purgeLimits;
  const long = Array.from({ length: 100 }, (_, index) => index + 1);
  const wide = await clustersOf(long);
  expect(wide.flat()).toEqual(long);
  const heightsMax = (4 * clusterBytesMax) / bodiesTableBytes + 1;
  for (const cluster of wide) expect(cluster.length).toBeLessThanOrEqual(heightsMax);
  expect(wide.length).toBeLessThan(10);
  const many = await clustersOf(
    Array.from({ length: 10_000 }, (_, index) => index),
    1,
  );
  expect(many.map((cluster) => cluster.length)).toEqual([
    ...[clusterHeightsMax, clusterHeightsMax, 10_000 - 2 * clusterHeightsMax],
  ]);
  expect(await clustersOf([])).toEqual([]);
});
