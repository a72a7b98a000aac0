import { readQuota } from "@tegata/ledger/chain";
import { afterEach, expect, test } from "vitest";
import { payloadsFound } from "./helpers/canaries.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";
import { growChain, openGrown, rememberSigned } from "./helpers/grown-chain.ts";
import type { Written } from "./helpers/writer.ts";

let consortium: Consortium | null = null;
let child: ChildNode | null = null;

afterEach(async () => {
  await child?.kill();
  child = null;
  await consortium?.end();
  consortium = null;
});

/** More than are deleted in one go. */
const heightLast = 80;
const streamBytes = 272;
const payloadBytes = 600;

/** Blocks as they stand on the disk, and what is kept for the owner as the ledger counts it. */
async function onDisk(network: Consortium, batches: readonly Written[]) {
  const store = await openGrown(network, 0);
  try {
    const ids = [...store.blocks(1, store.head().height)].map(({ id }) => id);
    const { retainedPayloadBytes } = readQuota(store.reader(), network.member(0).memberId);
    const held = batches.filter(({ id, payloads, decoded }) => {
      const bytes = store.payload({ transactionId: decoded.id, part: 0 });
      if (bytes !== null) expect(Buffer.compare(bytes, payloads[0] as Uint8Array)).toBe(0);
      return bytes !== null && store.transaction(decoded.id)?.transaction.id === id;
    });
    const left = await store.purge();
    return { ids, retainedPayloadBytes, held, left };
  } finally {
    await store.close();
  }
}

test("a node that is killed at any step of a purge ends without the payloads, and with everything else", async () => {
  consortium = await Consortium.found(1);
  const network = consortium;
  const writer = network.writer(0);
  const stream = writer.createStream();
  const { lane } = stream.decoded;
  const batches = Array.from({ length: heightLast - 1 }, () => writer.records(lane, payloadBytes));
  const written = (height: number) => [height === 1 ? stream : (batches[height - 2] as Written)];
  await growChain(network, 0, { heightLast, written, snapshots: [] });
  await rememberSigned(network, 0);
  const { ids: before } = await onDisk(network, []);
  const { home } = network.member(0).config;
  // The batch at a height has the same number as its sequence; those from 10 to 75 go.
  const [purged, kept] = [batches.slice(8, 74), [...batches.slice(0, 8), ...batches.slice(74)]];

  child = await ChildNode.start(home, passphrase, "--step", "committed");
  await network
    .client(0)
    .submit(writer.purge(lane, 10, 75))
    .catch(() => undefined);
  expect(await child.exited).toBeNull();
  expect(await payloadsFound(network, 0, purged)).toBe(purged.length);
  for (const [step, found] of [
    ["deleted", purged.length],
    ["compacting", null],
    ["compacted", 0],
  ] as const) {
    child = new ChildNode(home, passphrase, "--step", step);
    expect([step, await child.exited]).toEqual([step, null]);
    if (found !== null) expect(await payloadsFound(network, 0, purged)).toBe(found);
  }

  await network.start();
  await network.ready();
  expect(await network.client(0).payload(purged[0]?.id ?? "", 0)).toBe("purged");
  expect(await network.client(0).submit(writer.records(lane))).toMatchObject({ ok: true });
  await network.height(heightLast + 2);
  await network.stop();
  expect(await payloadsFound(network, 0, purged)).toBe(0);
  const after = await onDisk(network, batches);
  expect(after.ids.slice(0, heightLast)).toEqual(before);
  expect(after.held).toEqual(kept);
  expect(after.retainedPayloadBytes).toBe(streamBytes + kept.length * payloadBytes + 600);
  expect(after.left).toEqual({ payloads: 0, bytes: 0, damagedHeights: [] });
});
