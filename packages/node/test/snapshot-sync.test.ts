import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { type SyncLimits, syncLimits } from "../src/sync/limits.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";
import { copyChain, growChain, openGrown } from "./helpers/grown-chain.ts";
import type { Written } from "./helpers/writer.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

/** Everything as in production, but nearer. */
const near: SyncLimits = { ...syncLimits, snapshotBehindBlocksMin: 100, snapshotPeriodMs: 1 };

/** Blocks with payloads now and then, and a void transaction else. */
export function someBlocks(network: Consortium): (height: number) => readonly Written[] {
  const writer = network.writer(0);
  const stream = writer.createStream();
  return (height) => {
    if (height === 1) return [stream];
    return height % 10 === 0 ? [writer.records(stream.decoded.lane, 2_000)] : [writer.void()];
  };
}

const heightLast = 300;
const snapshotHeight = 256;
const nextSnapshotHeight = 512;

/** Four companies, three of which have a chain with a snapshot. */
async function grown(last = heightLast): Promise<Consortium> {
  const network = await Consortium.found(4);
  consortium = network;
  network.syncLimits = near;
  const written = someBlocks(network);
  await growChain(network, 0, { heightLast: last, written, snapshots: [snapshotHeight] });
  await copyChain(network, 0, 1, 2);
  return network;
}

async function expectEverything(network: Consortium, index: number): Promise<void> {
  await until("all blocks and payloads are there", () => {
    const { sync, payloadsMissing } = network.status(index);
    return sync.kind === "none" && payloadsMissing === 0;
  });
  await until("no payload is missing on the disk", async () => {
    const chain = await readChain(network.client(index), heightLast);
    for (const { id, payloads } of chain.flatMap(({ transactions }) => transactions)) {
      for (const part of payloads.keys()) {
        if ((await network.client(index).payload(id, part)) === null) return false;
      }
    }
    return true;
  });
  const [ours, theirs] = await Promise.all(
    [index, 0].map((one) => readChain(network.client(one), heightLast)),
  );
  expect(ours?.map(({ id }) => id)).toEqual(theirs?.map(({ id }) => id));
}

describe("a node without a chain", () => {
  test("takes a snapshot, then the blocks above, then those below and their payloads, and votes", async () => {
    const network = await grown();
    await network.start(0, 1, 2);
    await network.start(3);
    const kinds = new Set<string>();
    await until("it has the state of the others", () => {
      const { sync, height } = network.status(3);
      kinds.add(sync.kind);
      return height >= heightLast && sync.kind !== "snapshot";
    });
    expect(kinds).toContain("snapshot");
    // Its own votes stand in blocks that its guard does not know: it is silent until later ones are decided.
    const writer = network.writer(1);
    await until("it is ready", async () => {
      await network.client(1).submit(writer.void());
      return network.status(3).state === "ready";
    });
    await expectEverything(network, 3);
    const { data } = nodePaths(network.member(3).config.home);
    expect(existsSync(join(data, "arriving"))).toBe(false);
    // It votes: without it and another nothing is decided.
    await network.stop(1);
    const { height } = network.status(0);
    expect((await network.client(3).submit(network.writer(3).void())).ok).toBe(true);
    await network.height(height + 1, 0, 2, 3);
    // What it has is what one has that executed every block: it opens and continues.
    await network.stop(3);
    const store = await openGrown(network, 3);
    expect(store.baseHeight).toBe(0);
    for await (const checked of store.checkState()) expect(checked).toBeGreaterThan(0);
    await store.close();
  });

  test("says from which height on it has blocks while older ones are missing", async () => {
    const network = await grown();
    await network.start(0, 1, 2, 3);
    await until("the snapshot is installed", () => network.status(3).height >= snapshotHeight);
    const seen = new Set<number>();
    await until("older blocks come", async () => {
      const answer = await network
        .client(3)
        .blocks(1, { waitMs: 0, blocksMax: 1 })
        .catch(() => null);
      if (answer === null) return false;
      seen.add(answer.base);
      expect(answer.blocks.length).toBe(answer.base > 1 ? 0 : 1);
      return answer.base === 0;
    });
    await until("nothing is left to fetch", () => network.status(3).sync.kind === "none");
    expect(network.status(3).sync).toEqual({ kind: "none", done: 0, of: 0 });
    expect([...seen].some((base) => base > 1)).toBe(true);
  });

  test("executes every block where nobody has a snapshot, and where it is not far behind", async () => {
    const network = await grown();
    for (const index of [0, 1, 2]) {
      const { data } = nodePaths(network.member(index).config.home);
      await rm(join(data, "snapshots"), { recursive: true });
    }
    await network.start(0, 1, 2, 3);
    await network.height(heightLast, 3);
    await network.stop(3);
    const store = await openGrown(network, 3);
    expect(store.baseHeight).toBe(0);
    expect(store.stateRoot(0)).not.toBeNull();
    await store.close();
  });

  test("stops where the others' chain does not have the block of its invitation", async () => {
    const network = await grown();
    const { trustedBlock } = nodePaths(network.member(3).config.home);
    await writeFile(trustedBlock, `290 ${"77".repeat(32)}\n`);
    await network.start(0, 1, 2, 3);
    const fault = await network.node(3).failed;
    expect(fault).toMatchObject({ code: "NODE_TRUSTED_BLOCK", detail: { height: 290 } });
    await network.stop(3);
    const store = await openGrown(network, 3);
    expect(store.head().height).toBe(290);
    await store.close();
  });

  test("takes the snapshot that leads through the block of its invitation", async () => {
    const network = await grown();
    const source = await openGrown(network, 0);
    const blockId = source.blockId(200);
    await source.close();
    const { trustedBlock } = nodePaths(network.member(3).config.home);
    await writeFile(trustedBlock, `200 ${blockId}\n`);
    await network.start(0, 1, 2, 3);
    await network.height(heightLast, 3);
    await expectEverything(network, 3);
  });
});

describe("a node that was away", () => {
  test("writes snapshots while it works, and others begin with them", async () => {
    const network = await grown(nextSnapshotHeight - 10);
    for (const index of [0, 1, 2]) {
      const { data } = nodePaths(network.member(index).config.home);
      await rm(join(data, "snapshots"), { recursive: true });
    }
    const written = someBlocks(network);
    await copyChain(network, 0, 3);
    expect(written(2)).toHaveLength(1);
    await network.start(0, 1, 2);
    await network.ready(0, 1, 2);
    const { data } = nodePaths(network.member(0).config.home);
    // Up to the next checkpoint, one block at a time.
    const writer = network.writer(1);
    for (let height = network.status(0).height; height < nextSnapshotHeight; height += 1) {
      const at = network.status(0).height;
      await network.client(1).submit(writer.void());
      await network.height(at + 1, 0);
    }
    await until("a snapshot is written", () =>
      existsSync(join(data, "snapshots", `${nextSnapshotHeight}`)),
    );
  }, 120_000);
});
