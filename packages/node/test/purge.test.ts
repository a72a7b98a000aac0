import { rm } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { nodePaths } from "../src/config.ts";
import { syncLimits } from "../src/sync/limits.ts";
import { payloadsFound as found } from "./helpers/canaries.ts";
import { Consortium } from "./helpers/consortium.ts";
import { copyChain, growChain, rememberSigned } from "./helpers/grown-chain.ts";
import type { Written } from "./helpers/writer.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

/** What a node says of the first payload of each. */
function told(network: Consortium, index: number, batches: readonly Written[]) {
  return Promise.all(
    batches.map(async ({ id }) => {
      const payload = await network.client(index).payload(id, 0);
      return payload === null || payload === "purged" ? payload : "held";
    }),
  );
}

test("purged payloads go from every node, and neither one that was away nor one that begins anew brings them back", {
  timeout: 120_000,
}, async () => {
  consortium = await Consortium.found(4);
  const network = consortium;
  const writer = network.writer(0);
  const stream = writer.createStream();
  const { lane } = stream.decoded;
  const batches = Array.from({ length: 4 }, () => writer.records(lane, 2_000));
  const wanted = 1 + batches.length;
  const written = (height: number) => [height === 1 ? stream : (batches[height - 2] as Written)];
  await growChain(network, 0, { heightLast: wanted, written, snapshots: [] });
  await copyChain(network, 0, 1, 2, 3);
  await rememberSigned(network, 0);
  await network.start(0, 1, 2);
  await network.ready();
  for (const index of [0, 1, 2]) expect(await found(network, index, batches)).toBe(4);
  // The batches have the sequences 2 to 5; the second and the third of them go.
  expect(await network.client(0).submit(writer.purge(lane, 3, 4))).toMatchObject({ ok: true });
  await network.height(wanted + 1, 0, 1, 2);
  const expected = ["held", "purged", "purged", "held"];
  for (const index of [0, 1, 2]) {
    expect(await told(network, index, batches)).toEqual(expected);
    await until("the bytes are gone", async () => (await found(network, index, batches)) === 2);
  }
  // Away with a copy that is older than the purge, as a restored backup has it.
  expect(await found(network, 3, batches)).toBe(4);
  await network.start(3);
  await network.height(wanted + 1, 3);
  await until("the bytes are gone there", async () => (await found(network, 3, batches)) === 2);
  expect(await told(network, 3, batches)).toEqual(expected);
  // Without any data: all blocks come, and what is kept.
  await network.stop(3);
  await rm(nodePaths(network.member(3).config.home).data, { recursive: true });
  network.syncLimits = { ...syncLimits, snapshotGraceMs: 0 };
  await network.start(3);
  await network.height(wanted + 1, 3);
  await until(
    "what is kept is there",
    async () => !(await told(network, 3, batches)).includes(null),
  );
  expect(await told(network, 3, batches)).toEqual(expected);
  await until("nothing is missing", () => network.status(3).payloadsMissing === 0);
  expect(await found(network, 3, batches)).toBe(2);
});
