import { connect, type Socket } from "node:net";
import { encode } from "@tegata/ledger/primitives";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  encodeChunk,
  encodeCredit,
  encodeRefuse,
  encodeRequest,
} from "../../src/network/exchange-frames.ts";
import { frameTypes, networkLimits, type StreamClass } from "../../src/network/limits.ts";
import { frame, Hostile } from "./hostile.ts";
import {
  createTestNode,
  identity,
  isMesh,
  member,
  membersOf,
  type TestNode,
  type TestNodeOptions,
  until,
} from "./testnet.ts";

const hostileNumber = 7;

let nodes: TestNode[] = [];
let hostiles: Hostile[] = [];
let sockets: Socket[] = [];
const unhandled: unknown[] = [];
const note = (error: unknown): void => {
  console.error((error as Error).stack);
  unhandled.push(error);
};

beforeEach(() => {
  nodes = [];
  hostiles = [];
  sockets = [];
  unhandled.length = 0;
  process.on("unhandledRejection", note).on("uncaughtException", note);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([
    ...nodes.map(({ network }) => network.stop()),
    ...hostiles.map((hostile) => hostile.stop()),
  ]);
  process.off("unhandledRejection", note).off("uncaughtException", note);
  expect(unhandled).toEqual([]);
  expect(nodes.flatMap(({ faults }) => faults)).toEqual([]);
});

/** A node that counts one hostile member, which it cannot reach by itself. */
async function victim(options: TestNodeOptions = {}): Promise<TestNode> {
  const node = createTestNode(1, options);
  nodes.push(node);
  await node.network.start();
  node.network.setMembers([...membersOf(node), member(hostileNumber, ["/ip4/127.0.0.1/tcp/1"])]);
  return node;
}

async function attack(node: TestNode): Promise<Hostile> {
  const hostile = await Hostile.dial(hostileNumber, node);
  hostiles.push(hostile);
  return hostile;
}

async function greeted(node: TestNode): Promise<Hostile> {
  const hostile = await attack(node);
  await hostile.greet();
  await until(() => node.network.connected().length === 1, "the hellos are exchanged");
  return hostile;
}

function violations(node: TestNode): Readonly<Record<string, number>> {
  const peer = node.network.peers().find(({ memberId }) => memberId === identity(7).memberId);
  return peer?.violations ?? {};
}

/** Two honest nodes still find each other on the victim. */
async function stillServes(node: TestNode): Promise<void> {
  const honest = createTestNode(2);
  nodes.push(honest);
  await honest.network.start();
  const members = [...membersOf(node, honest), member(hostileNumber, ["/ip4/127.0.0.1/tcp/1"])];
  node.network.setMembers(members);
  honest.network.setMembers(membersOf(node, honest));
  await until(() => isMesh(honest, { ...honest }), "an honest member connects");
  honest.network.broadcast(frameTypes.vote, Uint8Array.of(42));
  await until(() => node.received.some(({ body }) => body[0] === 42), "and is heard");
}

describe("a member that breaks the protocol is cut off and counted:", () => {
  const cases: readonly {
    readonly what: string;
    readonly code: string;
    readonly on: StreamClass;
    readonly bytes: Uint8Array;
  }[] = [
    {
      what: "a frame longer than its type allows",
      code: "NODE_PEER_FRAME_TOO_LARGE",
      on: "tx",
      bytes: frame(frameTypes.transactions, new Uint8Array(10), 0xffff_fff0),
    },
    {
      what: "an unknown type",
      code: "NODE_PEER_FRAME_UNKNOWN",
      on: "vote",
      bytes: frame(99, new Uint8Array(3)),
    },
    {
      what: "a type of another stream",
      code: "NODE_PEER_FRAME_UNKNOWN",
      on: "vote",
      bytes: frame(frameTypes.transactions, new Uint8Array(3)),
    },
    {
      what: "a second hello",
      code: "NODE_PEER_FRAME_UNKNOWN",
      on: "bulk",
      bytes: frame(frameTypes.hello, new Uint8Array(3)),
    },
    {
      what: "a request that cannot be read",
      code: "NODE_PEER_FRAME_MALFORMED",
      on: "bulk",
      bytes: frame(frameTypes.request, Uint8Array.of(0xff)),
    },
    {
      what: "a request id of the other side",
      code: "NODE_PEER_REQUEST_INVALID",
      on: "bulk",
      bytes: frame(frameTypes.request, encodeRequest(2, encode([1]))),
    },
    {
      what: "an answer nobody asked for",
      code: "NODE_PEER_UNSOLICITED",
      on: "bulk",
      bytes: frame(
        frameTypes.chunk,
        encodeChunk({ requestId: 2, last: true, bytes: Uint8Array.of(1) }),
      ),
    },
  ];

  test.each(cases)("$what", async ({ code, on, bytes }) => {
    const node = await victim();
    const hostile = await greeted(node);
    hostile.send(on, bytes);
    await hostile.cutOff();
    await until(() => node.network.connected().length === 0, "the member is out");
    expect(violations(node)).toEqual({ [code]: 1 });
    expect(node.received).toEqual([]);
  });

  test("a hello that cannot be read", async () => {
    const node = await victim();
    const hostile = await attack(node);
    await hostile.open("vote");
    hostile.send("vote", frame(frameTypes.hello, encode([1, 2])));
    await hostile.cutOff();
    expect(violations(node)).toEqual({ NODE_PEER_FRAME_MALFORMED: 1 });
  });

  test("more requests at a time than allowed", async () => {
    let asked = 0;
    const node = await victim({
      onRequest: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    const hostile = await greeted(node);
    for (let count = 0; count < 9; count += 1) {
      hostile.send("bulk", frame(frameTypes.request, encodeRequest(1 + 2 * count, encode([1]))));
    }
    await hostile.cutOff();
    expect(asked).toBe(8);
    expect(violations(node)).toEqual({ NODE_PEER_REQUEST_INVALID: 1 });
  });

  test("a credit for more than was sent", async () => {
    const node = await victim({ onRequest: async () => new Uint8Array(1_048_576) });
    const hostile = await greeted(node);
    hostile.send("bulk", frame(frameTypes.request, encodeRequest(1, encode([1]))));
    const sent = (): number => node.network.peers()[0]?.streams.bulk.sentBytes ?? 0;
    await until(() => sent() > 262_144, "the answer begins");
    // Without a credit the answer stops after 256 KiB.
    expect(sent()).toBeLessThan(262_144 + 1_024);
    hostile.send("bulk", frame(frameTypes.credit, encodeCredit({ requestId: 1, taken: 262_145 })));
    await hostile.cutOff();
    expect(violations(node)).toEqual({ NODE_PEER_UNSOLICITED: 1 });
  });

  test("asking without taking the answers", async () => {
    const queueBytesMax = { ...networkLimits.queueBytesMax, bulk: 1_048_576 };
    const node = await victim({
      limits: { queueBytesMax },
      onRequest: async () => new Uint8Array(1_048_576),
    });
    const hostile = await greeted(node);
    hostile.pauseTransport();
    const hostileOut = (): boolean => node.network.connected().length === 0;
    const asked = (): number => node.network.peers()[0]?.streams.bulk.receivedFrames ?? 0;
    for (let id = 1; !hostileOut(); id += 2) {
      const before = asked();
      hostile.send("bulk", frame(frameTypes.request, encodeRequest(id, encode([1]))));
      await until(() => asked() > before || hostileOut(), "it is asked");
      if (hostileOut()) break;
      const cancel = encodeRefuse({ requestId: id, code: "cancelled" });
      hostile.send("bulk", frame(frameTypes.refuse, cancel));
    }
    expect(violations(node)).toEqual({ NODE_PEER_STALLED: 1 });
  });

  test("and it is kept out for a while", async () => {
    const node = await victim({ limits: { exclusionFirstMs: 300 } });
    const first = await greeted(node);
    first.send("vote", frame(99, new Uint8Array(0)));
    await first.cutOff();
    const fromMs = performance.now();
    while (node.network.connected().length === 0) {
      const again = await attack(node).catch(() => null);
      const greeting = await again?.greet().then(
        () => true,
        () => false,
      );
      const settled = (): boolean =>
        again?.connection.status !== "open" || node.network.connected().length === 1;
      if (greeting === true) await until(settled, "it is in or out");
    }
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(290);
    expect(node.network.stats().rejectedStrangers).toBe(0);
  });
});

test("an answer that is not taken is given up, and its place is free", async () => {
  const node = await victim({
    limits: { responseStallMs: 50 },
    onRequest: async () => new Uint8Array(1_048_576),
  });
  const hostile = await greeted(node);
  const bulk = () => node.network.peers()[0]?.streams.bulk;
  for (let round = 0; round < 3; round += 1) {
    for (let slot = 0; slot < 8; slot += 1) {
      const request = encodeRequest(1 + 2 * (8 * round + slot), encode([1]));
      hostile.send("bulk", frame(frameTypes.request, request));
    }
    // A hello; then for each request four chunks on credit and a refusal.
    const frames = 1 + (round + 1) * 8 * 5;
    await until(() => bulk()?.sentFrames === frames, "all eight are given up");
  }
  expect(node.network.connected()).toHaveLength(1);
});

describe("a node survives", () => {
  test("a muxer header that announces 4 GiB, cutting it off within a window", async () => {
    const node = await victim();
    const hostile = await greeted(node);
    const before = process.memoryUsage().arrayBuffers;
    // Version 0, data, no flags, stream 1, length 0xfffffff0.
    hostile.sendRaw(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xf0));
    let sentBytes = 0;
    const part = new Uint8Array(65_536);
    await until(() => {
      if (hostile.connection.status !== "open") return true;
      if (hostile.sendRaw(part)) sentBytes += part.length;
      return false;
    }, "the victim closes the connection");
    expect(sentBytes).toBeLessThan(64 * 1_048_576);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
    await stillServes(node);
  });

  test.each([
    { what: "a wrong version", bytes: [9, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] },
    { what: "an unknown frame", bytes: [0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] },
    { what: "a ping nobody sent", bytes: [0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9] },
    { what: "a stream of the wrong side", bytes: [0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0] },
  ])("a muxer header with $what", async ({ bytes }) => {
    const node = await victim();
    const hostile = await greeted(node);
    hostile.sendRaw(Uint8Array.from(bytes));
    await hostile.cutOff();
    await until(() => node.network.connected().length === 0, "the member is out");
    await stillServes(node);
  });

  test("pings whose answers nobody takes", async () => {
    const node = await victim();
    const hostile = await greeted(node);
    hostile.pauseTransport();
    const pings = new Uint8Array(12 * 5_000);
    for (let at = 0; at < pings.length; at += 12) pings.set([0, 2, 0, 1], at);
    await until(() => {
      if (node.network.connected().length === 0) return true;
      try {
        hostile.sendRaw(pings);
      } catch {}
      return false;
    }, "the victim closes the connection");
    await stillServes(node);
  });

  test("clients that send garbage, and clients that say nothing", async () => {
    const node = await victim({ limits: { handshakeTimeoutMs: 1_000 } });
    const port = Number(node.network.addresses()[0]?.split("/").at(-1));
    const openings = [
      Buffer.alloc(10_000, 0xff),
      Buffer.from("\x13/multistream/1.0.0\n\x07/noise\n\x00\x20"),
      Buffer.concat([
        Buffer.from("\x13/multistream/1.0.0\n\x07/noise\n\xff\xff", "latin1"),
        Buffer.alloc(65_535, 1),
      ]),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.alloc(0),
    ];
    for (let count = 0; count < 100; count += 1) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(openings[count % openings.length] ?? Buffer.alloc(0));
      sockets.push(socket);
    }
    await stillServes(node);
    await until(() => sockets.every((socket) => socket.closed), "all of them are cut off");
  });

  test("more handshakes at a time than it admits", async () => {
    const node = await victim({ limits: { handshakesPerHostMax: 10 } });
    const port = Number(node.network.addresses()[0]?.split("/").at(-1));
    for (let count = 0; count < 30; count += 1) {
      sockets.push(connect(port, "127.0.0.1").on("error", () => undefined));
    }
    await until(() => node.network.stats().rejectedHandshakes >= 20, "the rest are refused");
    expect(node.network.stats().rejectedHandshakes).toBe(20);
    const admitted = sockets.filter((socket) => !socket.closed);
    for (const socket of admitted) socket.destroy();
    await stillServes(node);
  });

  test("a member that connects and never says hello", async () => {
    const node = await victim({ limits: { helloTimeoutMs: 200 } });
    const hostile = await attack(node);
    await hostile.cutOff();
    expect(node.events).toEqual([]);
    await stillServes(node);
  });

  test("a member that opens more streams than it may", async () => {
    const node = await victim();
    const hostile = await greeted(node);
    const more = await Promise.allSettled(
      Array.from({ length: 40 }, () => hostile.connection.newStream("/tegata/1/vote")),
    );
    expect(more).toHaveLength(40);
    await stillServes(node);
  });
});
