import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encode } from "@tegata/ledger/primitives";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { frameTypes, networkLimits } from "../../src/network/limits.ts";
import type { RequestOptions } from "../../src/network/network.ts";
import { Child } from "./child.ts";
import {
  createTestNode,
  identity,
  isMesh,
  member,
  membersOf,
  startMesh,
  type TestNode,
  type TestNodeOptions,
  until,
} from "./testnet.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

let nodes: TestNode[] = [];
let children: Child[] = [];
let faultsExpected = 0;
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

function node(number: number, options: TestNodeOptions = {}): TestNode {
  const created = createTestNode(number, options);
  nodes.push(created);
  return created;
}

async function pair(left: TestNodeOptions, right: TestNodeOptions): Promise<[TestNode, TestNode]> {
  const [a, b] = [node(1, left), node(2, right)];
  await startMesh(a, b);
  await until(() => isMesh(a, b), "two are connected");
  return [a, b];
}

/** A node and one in another process, connected. */
async function pairWithChild(limits: TestNodeOptions["limits"]): Promise<[TestNode, Child]> {
  const a = node(1, { limits: limits ?? {} });
  await a.network.start();
  const child = new Child();
  children.push(child);
  await child.start(2, limits ?? {});
  const members = [...membersOf(a), member(2, child.addresses)];
  a.network.setMembers(members);
  child.send({ type: "members", members });
  await until(() => a.network.connected().length === 1, "connected");
  return [a, child];
}

function arrayBuffersInUse(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().arrayBuffers;
}

const other = identity(2).memberId;
const options: RequestOptions = { timeoutMs: 20_000, bytesMax: 32 * MIB, signal: null };
const tx = (one: TestNode) => {
  const peer = one.network.peers()[0];
  if (peer === undefined) throw new Error("no peer");
  return peer.streams.tx;
};

beforeEach(() => {
  nodes = [];
  children = [];
  faultsExpected = 0;
  unhandled.length = 0;
  process.on("unhandledRejection", note).on("uncaughtException", note);
});

afterEach(async () => {
  await Promise.all([
    ...nodes.map(({ network }) => network.stop()),
    ...children.map((child) => child.end()),
  ]);
  process.off("unhandledRejection", note).off("uncaughtException", note);
  expect(unhandled).toEqual([]);
  expect(nodes.flatMap(({ faults }) => faults)).toHaveLength(faultsExpected);
});

describe("a reader that does not read", () => {
  test("costs its peers no more than their queues, and gets what they kept when it goes on", async () => {
    const [a, child] = await pairWithChild({ heartbeatSilentTicksMax: 1e9 });
    child.signal("SIGSTOP");
    const before = arrayBuffersInUse();
    const bodyBytes = 100 * KIB;
    const frames = 1_000;
    for (let count = 0; count < frames; count += 1) {
      a.network.broadcast(frameTypes.transactions, new Uint8Array(bodyBytes));
      a.network.broadcast(frameTypes.proposal, new Uint8Array(90 * KIB));
      // Lets the frames leave, so that the library's buffers would fill if nobody held them back.
      if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const streams = a.network.peers()[0]?.streams;
    expect(streams?.tx.queueBytes).toBeLessThanOrEqual(networkLimits.queueBytesMax.tx);
    expect(streams?.tx.queueBytes).toBeGreaterThan(networkLimits.queueBytesMax.tx - MIB);
    expect(streams?.vote.queueBytes).toBeLessThanOrEqual(networkLimits.queueBytesMax.vote);
    expect(streams?.tx.droppedFrames).toBeGreaterThan(500);
    // V8 gives buffers back beside the collection, in its own time.
    await until(() => arrayBuffersInUse() - before < 40 * MIB, "no more is held than the queues");

    child.signal("SIGCONT");
    const kept = 2 * frames - (streams?.tx.droppedFrames ?? 0) - (streams?.vote.droppedFrames ?? 0);
    await until(() => (tx(a).queueBytes ?? 1) === 0, "the queue empties");
    let report = await child.report();
    while (report.receivedFrames < kept) report = await child.report();
    expect(report.receivedFrames).toBe(kept);
    expect(report.faults).toEqual([]);
  });

  test("stops its sender on that stream alone, and loses nothing", async () => {
    const order: number[] = [];
    const held = Promise.withResolvers<void>();
    const votes: number[] = [];
    const [a, b] = await pair(
      {},
      {
        onFrame: (_from, type, body) => {
          if (type === frameTypes.vote) {
            votes.push(body[0] ?? -1);
            return;
          }
          order.push(body[0] ?? -1);
          return held.promise;
        },
        onRequest: async () => Uint8Array.of(5),
      },
    );
    const frames = 60;
    for (let count = 0; count < frames; count += 1) {
      const body = new Uint8Array(256 * KIB).fill(count);
      a.network.send(other, frameTypes.transactions, body);
    }
    await until(() => order.length === 1, "the first frame arrives");
    a.network.send(other, frameTypes.vote, Uint8Array.of(1));
    await until(() => votes.length === 1, "a vote gets through");
    expect(await a.network.request(other, encode([1]), options)).toEqual(Uint8Array.of(5));
    expect(order).toHaveLength(1);
    // One window is with the reader, one chunk with the sender's library, and the rest waits here.
    expect(tx(a).queueBytes).toBeGreaterThan((frames - 4) * 256 * KIB);
    expect(tx(b).receivedBytes).toBeLessThan(2 * 256 * KIB);

    held.resolve();
    await until(() => order.length === frames, "everything arrives");
    expect(order).toEqual(Array.from({ length: frames }, (_, count) => count));
    expect(tx(a).droppedFrames).toBe(0);
  });
});

describe("a full queue", () => {
  test("drops the oldest frames and counts them", async () => {
    const held = Promise.withResolvers<void>();
    const order: number[] = [];
    const queueBytesMax = { ...networkLimits.queueBytesMax, tx: MIB };
    const [a] = await pair(
      { limits: { queueBytesMax } },
      {
        onFrame: (_from, _type, body) => {
          order.push(new DataView(body.buffer).getUint32(0));
          return held.promise;
        },
      },
    );
    const frames = 200;
    for (let count = 0; count < frames; count += 1) {
      const body = new Uint8Array(64 * KIB);
      new DataView(body.buffer).setUint32(0, count);
      expect(a.network.send(other, frameTypes.announce, body)).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
      expect(tx(a).queueBytes).toBeLessThanOrEqual(MIB);
    }
    const { droppedFrames } = tx(a);
    expect(droppedFrames).toBeGreaterThan(frames / 2);
    held.resolve();
    await until(() => order.length === frames - droppedFrames, "what was kept arrives");
    // The newest survive, the order stays.
    expect(order.at(-1)).toBe(frames - 1);
    expect(order).toEqual([...order].sort((x, y) => x - y));
  });
});

describe("a request", () => {
  test("brings back 20 MB with no more than the credit on the way, many times in a row", async () => {
    const answer = new Uint8Array(20 * MIB).map((_, index) => index % 251);
    const [a, b] = await pair({}, { onRequest: async () => answer });
    let queueMax = 0;
    const before = arrayBuffersInUse();
    for (let count = 0; count < 4; count += 1) {
      let done = false;
      const asked = a.network.request(other, encode([count]), options).finally(() => {
        done = true;
      });
      while (!done) {
        queueMax = Math.max(queueMax, b.network.peers()[0]?.streams.bulk.queueBytes ?? 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(Buffer.compare(await asked, answer)).toBe(0);
    }
    expect(queueMax).toBeLessThanOrEqual(networkLimits.responseCreditBytes + KIB);
    // Buffers are freed some time after a collection.
    await until(() => arrayBuffersInUse() - before < 30 * MIB, "at most one answer is still held");
  });

  test("comes back in full from another process, eight at a time", async () => {
    const [a] = await pairWithChild({});
    const sizes = [0, 1, 65_535, 65_536, 65_537, 262_144, 262_145, 3 * MIB];
    const answers = await Promise.all(
      sizes.map((size) => a.network.request(other, encode([1, size]), options)),
    );
    expect(answers.map((answer) => answer.length)).toEqual(sizes);
    expect(answers.every((answer) => answer.every((byte) => byte === 7))).toBe(true);
  });

  test("reaches the host as it was asked, with the asker's name", async () => {
    const asked: unknown[] = [];
    const [a, b] = await pair(
      {
        onRequest: async (from) => {
          asked.push(from);
          return { refuse: "not yet" };
        },
      },
      {
        onRequest: async (from, body) => {
          asked.push(from, body);
          return new Uint8Array(0);
        },
      },
    );
    const body = encode([4, [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]]);
    expect(await a.network.request(other, body, options)).toEqual(new Uint8Array(0));
    const back = b.network.request(identity(1).memberId, encode([2, 7]), options);
    await expect(back).rejects.toMatchObject({
      code: "NODE_REQUEST_REFUSED",
      detail: { memberId: identity(1).memberId, code: "not yet" },
    });
    expect(asked).toEqual([identity(1).memberId, body, identity(2).memberId]);
  });

  test("ends by timeout, by the caller, by size and by disconnection, and frees its place", async () => {
    const signals: AbortSignal[] = [];
    const [a, b] = await pair(
      {},
      {
        onRequest: async (_from, body, signal) => {
          if (body.length > 2) return new Uint8Array(MIB);
          signals.push(signal);
          return new Promise(() => undefined);
        },
      },
    );
    const ask = (changes: Partial<RequestOptions>) =>
      a.network.request(other, encode([1]), { ...options, ...changes });

    const late = ask({ timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: "NODE_REQUEST_TIMEOUT" });
    await until(() => signals[0]?.aborted === true, "the answerer is told");

    const controller = new AbortController();
    const aborted = ask({ signal: controller.signal });
    await until(() => signals.length === 2, "it is asked");
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "NODE_REQUEST_ABORTED" });
    await expect(ask({ signal: controller.signal })).rejects.toMatchObject({
      code: "NODE_REQUEST_ABORTED",
    });

    const large = a.network.request(other, encode([1, 1, 1]), { ...options, bytesMax: MIB - 1 });
    await expect(large).rejects.toMatchObject({ code: "NODE_RESPONSE_TOO_LARGE" });
    // Late chunks of what was given up are no offence, and every place is free again.
    const full = await Promise.all(
      Array.from({ length: 8 }, () => a.network.request(other, encode([1, 1, 1]), options)),
    );
    expect(full.map((answer) => answer.length)).toEqual(Array.from({ length: 8 }, () => MIB));

    const open = Array.from({ length: 8 }, () => ask({}));
    const outcomes = Promise.allSettled(open);
    await expect(ask({})).rejects.toMatchObject({ code: "NODE_REQUESTS_FULL" });
    await until(() => signals.length === 10, "all are asked");
    await b.network.stop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "NODE_DISCONNECTED" } });
    }
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    await expect(ask({})).rejects.toMatchObject({ code: "NODE_NOT_CONNECTED" });
  });
});

describe("a handler that fails", () => {
  test("is reported to the host and leaves the connection alone", async () => {
    faultsExpected = 3;
    const [a, b] = await pair(
      {},
      {
        onFrame: (_from, type) => {
          if (type === frameTypes.vote) throw new Error("thrown");
          return Promise.reject(new Error("rejected"));
        },
        onRequest: () => {
          throw new Error("thrown");
        },
      },
    );
    a.network.send(other, frameTypes.vote, Uint8Array.of(1));
    a.network.send(other, frameTypes.announce, Uint8Array.of(1));
    await expect(a.network.request(other, encode([1]), options)).rejects.toMatchObject({
      code: "NODE_REQUEST_REFUSED",
    });
    await until(() => b.faults.length === 3, "all three are reported");
    expect(isMesh(a, b)).toBe(true);
  });
});
