import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createNodeClient, type NodeStatus } from "../src/api/client.ts";
import { nodePaths } from "../src/config.ts";
import { readChain } from "./helpers/chain.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";
import { copyChain, growChain, openGrown, snapshotBelow } from "./helpers/grown-chain.ts";

let consortium: Consortium | null = null;
let child: ChildNode | null = null;

afterEach(async () => {
  await child?.kill();
  child = null;
  await consortium?.end();
  consortium = null;
});

/** Beyond the distance at which a node takes a snapshot; after its first answer it is killed so late. */
const heightLast = 2_300;
const momentsMs = [0, 120, 500, 1_500];

test("killed again and again while it synchronises, a node ends with everything the others have", async () => {
  const network = await Consortium.found(4);
  consortium = network;
  const writer = network.writer(0);
  const stream = writer.createStream();
  const written = (height: number) => {
    if (height === 1) return [stream];
    return height % 100 === 0 ? [writer.records(stream.decoded.lane)] : [writer.void()];
  };
  const snapshots = [snapshotBelow(heightLast)];
  await growChain(network, 0, { heightLast, written, snapshots });
  await copyChain(network, 0, 1, 2);
  await network.start(0, 1, 2);
  const { home } = network.member(3).config;
  const seen: NodeStatus[] = [];
  const { socket: socketPath, data } = nodePaths(home);
  for (const momentMs of momentsMs) {
    child = await ChildNode.start(home, passphrase);
    await new Promise((resolve) => setTimeout(resolve, momentMs));
    const client = createNodeClient({ socketPath });
    await client.status().then(
      (status) => seen.push(status),
      () => undefined,
    );
    await client.close();
    await child.kill();
  }
  child = await ChildNode.start(home, passphrase);
  const client = network.client(3);
  await until(
    "everything is there",
    async () => {
      const status = await client.status().catch(() => null);
      if (status === null || status.height < heightLast) return false;
      return status.sync.kind === "none" && status.payloadsMissing === 0;
    },
    90_000,
  );
  // It did not execute the whole chain in between.
  expect(seen.some(({ height }) => height >= 2_048 || height === 0)).toBe(true);
  const [ours, theirs] = await Promise.all(
    [client, network.client(0)].map((one) => readChain(one, heightLast)),
  );
  expect(ours?.map(({ id }) => id)).toEqual(theirs?.map(({ id }) => id));
  await child.kill();
  expect(existsSync(join(data, "arriving"))).toBe(false);
  const store = await openGrown(network, 3);
  expect(store.baseHeight).toBe(0);
  for await (const checked of store.checkState()) expect(checked).toBeGreaterThan(0);
  await store.close();
}, 240_000);
