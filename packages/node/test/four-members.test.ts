import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

/** Ids of all committed blocks of a member, from height 1. */
async function blockIds(network: Consortium, index: number, height: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 1; from <= height; ) {
    const { blocks } = await network.client(index).blocks(from, { waitMs: 0, blocksMax: 100 });
    for (const { block } of blocks) ids.push(Buffer.from(block).toString("base64"));
    from += blocks.length;
    if (blocks.length === 0) break;
  }
  return ids.slice(0, height);
}

describe("a network of four", () => {
  test("commits what is handed in anywhere, everywhere, in the same blocks", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    for (const index of [0, 1, 2, 3]) {
      const writer = network.writer(index);
      const create = writer.createStream();
      expect((await network.client(index).submit(create)).ok).toBe(true);
      for (let count = 0; count < 5; count += 1) {
        const records = writer.records(create.decoded.lane);
        expect((await network.client(index).submit(records)).ok).toBe(true);
      }
    }
    await until("all pools are empty", () =>
      [0, 1, 2, 3].every((index) => network.status(index).mempool.transactions === 0),
    );
    const height = Math.max(...[0, 1, 2, 3].map((index) => network.status(index).height));
    await network.height(height);
    const chains = await Promise.all([0, 1, 2, 3].map((index) => blockIds(network, index, height)));
    for (const chain of chains) expect(chain).toEqual(chains[0]);
    expect([0, 1, 2, 3].map((index) => network.status(index).payloadsMissing)).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
