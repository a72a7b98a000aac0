import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import type { Way } from "../../packages/node/test/helpers/hostile-ways.ts";
import { everybody, RealNetwork } from "../helpers/real-network.ts";
import { until } from "../helpers/waiting.ts";
import { Lane } from "../helpers/written-lanes.ts";

const honest = [0, 1, 2];
const hostile = 3;
const blocksEach = 10;
const pauseMs = 100;
/** What a node may grow by while it is attacked: queues, pools and what the collector has not taken yet. */
const grownMebibytesMax = 256;

let network: RealNetwork;
let lanes: readonly Lane[];
let isOver = false;
let load: Promise<unknown>;
/** Of each honest node when all have begun to work. */
let sizes: readonly number[];
let pids: readonly (number | null)[];

function isShort({ mempool }: NodeStatus): boolean {
  return mempool.transactions < 20;
}

function residentMebibytes(index: number): number {
  const text = readFileSync(`/proc/${network.pidOf(index)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1_024;
}

async function heightOf(index: number): Promise<number> {
  return (await network.status(index))?.height ?? 0;
}

async function untilMore(blocks: number): Promise<void> {
  const begun = await heightOf(0);
  await network.untilStatus(
    `${blocks} blocks above ${begun}`,
    honest,
    ({ height }) => height >= begun + blocks,
    60_000,
  );
}

/** Codes of what a member is said to have broken, by any of the honest. */
async function accusedOf(index: number): Promise<readonly string[]> {
  const { company } = network.consortium.member(index).config;
  const texts = await Promise.all(
    honest.map(async (one) => {
      const { operationsPort } = network.consortium.member(one).config;
      return (await fetch(`http://127.0.0.1:${operationsPort}/metrics`)).text();
    }),
  );
  const lines = texts.flatMap((text) => text.match(/^tegata_p2p_violations_total\{.*$/gm) ?? []);
  return lines
    .filter((line) => line.includes(`member="${company}"`))
    .map((line) => /code="(\w+)"/.exec(line)?.[1] ?? "");
}

/** A plant's pace, not a bench's. */
async function write(lane: Lane): Promise<void> {
  while (!isOver) {
    await Promise.all([lane.submit(1), pause(pauseMs)]);
    await network.untilStatus("the pool is short", [lane.member], isShort, 120_000);
  }
}

beforeAll(async () => {
  network = await RealNetwork.found({ parameters: {}, isRelayed: false });
  await network.start(...honest);
  await network.untilStatus("ready", honest, ({ state }) => state === "ready");
  lanes = await Promise.all(honest.map((index) => Lane.open(network, index)));
  load = Promise.all(lanes.map(write));
  load.catch(() => undefined);
  await untilMore(blocksEach);
  sizes = honest.map(residentMebibytes);
  pids = honest.map((index) => network.pidOf(index));
});

afterAll(() => network?.end());

describe("three honest members go on beside a fourth that", () => {
  test("signs two transactions for one place and hands each to another: one of them is on the chain", async () => {
    const writer = network.writer(hostile);
    const pair = [writer.voidAt(1), writer.voidAt(1)];
    for (const [index, one] of pair.entries()) await network.client(index).submit(one);
    const committed = async (): Promise<readonly string[]> => {
      const chain = await network.chain(0, 1, await heightOf(0));
      const ids = chain.flatMap(({ block }) => block.transactions.map(({ id }) => id as string));
      return ids.filter((id) => pair.some((one) => one.id === id));
    };
    await until("one is committed", async () => (await committed()).length > 0);
    await untilMore(blocksEach);
    expect(await committed()).toHaveLength(1);
  });

  const ways: readonly { readonly way: Way; readonly isNamed: boolean }[] = [
    { way: "withholds", isNamed: false },
    { way: "favours", isNamed: false },
    { way: "lies", isNamed: true },
    { way: "repeats", isNamed: false },
    { way: "floods", isNamed: true },
  ];

  test.each(ways)("$way", async ({ way, isNamed }) => {
    await network.startHostile(hostile, way);
    const writer = network.writer(hostile);
    const created = writer.createStream();
    await network.client(hostile).submit(created);
    await untilMore(blocksEach);
    if (isNamed) {
      const accused = async (): Promise<boolean> => (await accusedOf(hostile)).length > 0;
      await until(`who ${way} is named`, accused, 60_000);
      console.info(`${way}: ${[...new Set(await accusedOf(hostile))].join(", ")}`);
    }
    if (way === "favours") {
      // Whoever was given the payload hands it on.
      await until("everybody holds the payload", async () => {
        const held = honest.map((index) => network.client(index).payload(created.id, 0));
        return (await Promise.all(held.map((one) => one.catch(() => null)))).every(Boolean);
      });
    }
    await network.kill(hostile);
    await network.untilStatus("ready", honest, ({ state }) => state === "ready");
  });

  test("ends its hostility: it is let in again, nothing was lost or came twice, and nobody grew without bound", async () => {
    await network.start(hostile);
    const height = await heightOf(0);
    await network.untilStatus("it has caught up", [hostile], (one) => one.height >= height, 90_000);
    isOver = true;
    await load;
    const isDone = ({ mempool, payloadsMissing }: NodeStatus): boolean =>
      mempool.transactions === 0 && payloadsMissing === 0;
    await network.untilStatus("everything is committed and held", honest, isDone);
    const last = Math.max(...(await Promise.all(everybody.map(heightOf))));
    await network.untilStatus("the same height", everybody, (one) => one.height >= last);
    const chains = await Promise.all(everybody.map((index) => network.chain(index, 1, last)));
    const [reference = []] = chains;
    for (const chain of chains) {
      expect(chain.map(({ block }) => block.id)).toEqual(reference.map(({ block }) => block.id));
    }
    const committed = reference.flatMap(({ block }) => block.transactions);
    expect(new Set(committed.map(({ id }) => id)).size).toBe(committed.length);
    for (const { id: lane, written } of lanes) {
      expect(committed.filter((one) => one.lane === lane).map(({ id }) => id)).toEqual(written);
    }
    expect(honest.map((index) => network.pidOf(index))).toEqual(pids);
    const grown = honest.map((index, at) => residentMebibytes(index) - (sizes[at] ?? 0));
    console.info(`grown by ${grown.map((one) => one.toFixed(0)).join(", ")} MiB`);
    expect(Math.max(...grown)).toBeLessThan(grownMebibytesMax);
  });
});
