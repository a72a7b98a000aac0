import { afterEach, describe, expect, test } from "vitest";
import { prng } from "../../packages/consensus/sim/prng.ts";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import { readChain, transactionIds } from "../../packages/node/test/helpers/chain.ts";
import { ChildNode } from "../../packages/node/test/helpers/child.ts";
import { Consortium, passphrase } from "../../packages/node/test/helpers/consortium.ts";
import { until } from "../helpers/waiting.ts";

let consortium: Consortium | null = null;
let children: (ChildNode | null)[] = [];

afterEach(async () => {
  await Promise.all(children.map((child) => child?.kill()));
  children = [];
  await consortium?.end();
  consortium = null;
});

function startChild(network: Consortium, index: number): Promise<ChildNode> {
  return ChildNode.start(network.member(index).config.home, passphrase);
}

async function status(network: Consortium, index: number): Promise<NodeStatus | null> {
  return network
    .client(index)
    .status()
    .catch(() => null);
}

async function untilStatus(
  what: string,
  network: Consortium,
  indexes: readonly number[],
  holds: (status: NodeStatus) => boolean,
): Promise<void> {
  await until(
    what,
    async () => {
      const all = await Promise.all(indexes.map((index) => status(network, index)));
      return all.every((one) => one !== null && holds(one));
    },
    40_000,
  );
}

function isShort({ mempool }: NodeStatus): boolean {
  return mempool.transactions < 20;
}

describe("a node that is killed", () => {
  test("holds up nobody, comes back and has everything, once", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    children = await Promise.all([0, 1, 2, 3].map((index) => startChild(network, index)));
    await untilStatus("ready", network, [0, 1, 2, 3], ({ state }) => state === "ready");

    const writers = [0, 1, 2].map((index) => network.writer(index));
    const streams = writers.map((writer) => writer.createStream());
    const written = streams.map(({ id }) => id as string);
    for (const [index, stream] of streams.entries()) {
      expect((await network.client(index).submit(stream)).ok).toBe(true);
    }
    let isOver = false;
    const load = Promise.all(
      writers.map(async (writer, index) => {
        while (!isOver) {
          const records = writer.records(streams[index]?.decoded.lane ?? ("" as never), 2_000);
          const answer = await network.client(index).submit(records);
          expect(answer).toEqual({ ok: true, transactionId: records.id });
          written.push(records.id);
          // Enough to keep every block busy, without a queue that outlasts the test.
          await untilStatus("the pool is short", network, [index], isShort);
        }
      }),
    );
    await untilStatus("a few blocks", network, [3], ({ height }) => height >= 3);
    await children[3]?.kill();
    const before = (await status(network, 0))?.height ?? 0;
    await untilStatus("three go on", network, [0, 1, 2], ({ height }) => height >= before + 10);

    children[3] = await startChild(network, 3);
    const back = (await status(network, 0))?.height ?? 0;
    await untilStatus("the fourth is back", network, [3], ({ height }) => height >= back);
    isOver = true;
    await load;
    await untilStatus(
      "everything is committed and held",
      network,
      [0, 1, 2, 3],
      ({ mempool, payloadsMissing }) => mempool.transactions === 0 && payloadsMissing === 0,
    );

    const height = (await status(network, 0))?.height ?? 0;
    await untilStatus("the same height", network, [3], (one) => one.height >= height);
    const reference = await readChain(network.client(0), height);
    const returned = await readChain(network.client(3), height);
    expect(returned.map(({ id }) => id)).toEqual(reference.map(({ id }) => id));
    const ids = transactionIds(reference);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual([...written].sort());
    for (const { transactions } of returned) {
      // Every block, not every payload: each is a call.
      for (const { id, payloads } of transactions.slice(0, 2)) {
        for (const part of payloads.keys()) {
          const bytes = await network.client(3).payload(id, part);
          expect(bytes?.length).toBe(payloads[part]?.size);
        }
      }
    }
  });

  test("again and again, at any moment, never contradicts itself", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start(0, 1, 2);
    const writer = network.writer(0);
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        const answer = await network.client(0).submit(writer.void());
        if (!answer.ok) throw new Error(answer.code);
        await untilStatus("the pool is short", network, [0], isShort);
      }
    })();
    const draw = prng(1, "moments");
    for (let round = 0; round < 8; round += 1) {
      children = [await startChild(network, 3)];
      const { height } = network.status(0);
      // The victim takes part again, and ends in whatever it does some blocks later.
      const last = height + 1 + draw.below(10);
      await untilStatus("it is back", network, [3], (one) => one.height >= last);
      await children[0]?.kill();
    }
    isOver = true;
    await load;
    for (const index of [0, 1, 2]) {
      const port = network.node(index).operationsPort;
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toContain("tegata_consensus_rounds_total");
      expect(metrics).not.toMatch(/tegata_consensus_equivocations_total\{/);
    }
  });

  test("together with all others loses nothing that was committed, and all go on", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    const writer = network.writer(0);
    let committed: readonly string[] = [];
    for (let round = 0; round < 4; round += 1) {
      children = await Promise.all([0, 1, 2, 3].map((index) => startChild(network, index)));
      await untilStatus("ready", network, [0, 1, 2, 3], ({ state }) => state === "ready");
      const { height } = (await status(network, 0)) as NodeStatus;
      const chain = transactionIds(await readChain(network.client(0), height));
      expect(chain.slice(0, committed.length)).toEqual(committed);
      // What was not committed is gone with the memory of all: each round has a lane of its own.
      const stream = writer.createStream();
      const batch = [stream];
      for (let count = 0; count < 40; count += 1) {
        batch.push(writer.records(stream.decoded.lane, 1_000));
      }
      for (const one of batch) expect((await network.client(0).submit(one)).ok).toBe(true);
      await untilStatus("some more", network, [0], (one) => one.height > height);
      const now = (await status(network, 0)) as NodeStatus;
      committed = transactionIds(await readChain(network.client(0), now.height));
      await Promise.all(children.map((child) => child?.kill()));
    }
  });
});
