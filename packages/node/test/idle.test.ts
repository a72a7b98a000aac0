import { decodeBlock } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

describe("an idle network", () => {
  test("makes no block but the heartbeat, and commits at once when something comes", async () => {
    consortium = await Consortium.found(4, { heartbeatMs: 1_500 });
    const network = consortium;
    await network.start();
    await network.ready();
    // The genesis is older than a heartbeat or soon will be: the first block is empty.
    await network.height(3);
    const { blocks } = await network.client(0).blocks(1, { waitMs: 0, blocksMax: 10 });
    const times = blocks.map(({ block }) => decodeBlock(block).header.timeMs);
    for (const [index, timeMs] of times.entries()) {
      const before = index === 0 ? network.genesis.timeMs : (times[index - 1] as number);
      expect(timeMs - before).toBeGreaterThanOrEqual(1_500 - 500);
    }
    const { height } = network.status(2);
    const written = network.writer(2).void();
    const { headTimeMs } = network.status(2);
    expect((await network.client(2).submit(written)).ok).toBe(true);
    await network.height(height + 1);
    const next = (await network.client(1).blocks(height + 1, { waitMs: 0, blocksMax: 1 }))
      .blocks[0];
    const block = next === undefined ? null : decodeBlock(next.block);
    expect(block?.transactions.map(({ id }) => id)).toEqual([written.id]);
    expect((block?.header.timeMs ?? 0) - headTimeMs).toBeLessThan(1_500);
  });
});

describe("without a quorum", () => {
  test("nothing is committed, and everything is once the others are back", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    const writer = network.writer(0);
    expect((await network.client(0).submit(writer.void())).ok).toBe(true);
    await network.height(1);

    await network.stop(2, 3);
    await until("the loss is noticed", () => network.status(0).state === "no-quorum");
    const { height } = network.status(0);
    const waiting = [writer.void(), writer.void(), network.writer(1).void()];
    for (const [index, written] of waiting.entries()) {
      expect((await network.client(index === 2 ? 1 : 0).submit(written)).ok).toBe(true);
    }
    await until("both hold everything", () =>
      [0, 1].every((index) => network.status(index).mempool.transactions === waiting.length),
    );
    expect(network.status(0).height).toBe(height);

    await network.start(2, 3);
    await network.height(height + 1);
    await until("all pools are empty", () =>
      [0, 1, 2, 3].every((index) => network.status(index).mempool.transactions === 0),
    );
    const heads = new Map<number, string>();
    for (const index of [0, 1, 2, 3]) {
      const status = network.status(index);
      const known = heads.get(status.height);
      if (known !== undefined) expect(status.headBlockId).toBe(known);
      heads.set(status.height, status.headBlockId);
    }
  });
});
