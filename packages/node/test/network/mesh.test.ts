import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { frameTypes } from "../../src/network/limits.ts";
import { Child } from "./child.ts";
import {
  createTestNode,
  identity,
  isMesh,
  member,
  membersOf,
  otherNetworkId,
  startMesh,
  type TestNode,
  type TestNodeOptions,
  until,
} from "./testnet.ts";

let nodes: TestNode[] = [];
let children: Child[] = [];

function node(number: number, options: TestNodeOptions = {}): TestNode {
  const created = createTestNode(number, options);
  nodes.push(created);
  return created;
}

async function child(...args: Parameters<Child["start"]>): Promise<Child> {
  const created = new Child();
  children.push(created);
  await created.start(...args);
  return created;
}

beforeEach(() => {
  nodes = [];
  children = [];
});

afterEach(async () => {
  await Promise.all([
    ...nodes.map(({ network }) => network.stop()),
    ...children.map((one) => one.end()),
  ]);
  expect(nodes.flatMap(({ faults }) => faults)).toEqual([]);
});

describe("a mesh", () => {
  test("of four forms, and everybody hears everybody once and in order", async () => {
    const four = [node(1), node(2), node(3), node(4)];
    await startMesh(...four);
    await until(() => isMesh(...four), "four are connected");
    for (const { network, number } of four) {
      for (let count = 0; count < 100; count += 1) {
        expect(network.broadcast(frameTypes.vote, Uint8Array.of(number, count))).toBe(3);
      }
    }
    await until(() => four.every(({ received }) => received.length >= 300), "votes arrive");
    const counts = Array.from({ length: 100 }, (_, count) => count);
    for (const { number, received } of four) {
      for (const other of [1, 2, 3, 4].filter((each) => each !== number)) {
        const theirs = received.filter(({ from }) => from === identity(other).memberId);
        expect(theirs.map(({ body }) => [...body])).toEqual(counts.map((count) => [other, count]));
      }
    }
  });

  test("has one connection for each pair, although both may dial", async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = sockets();
    const four = [node(1), node(2), node(3), node(4)];
    await startMesh(...four);
    await until(() => isMesh(...four), "four are connected");
    // Both ends of six connections are in this process.
    await until(() => sockets() - before === 12, "six connections remain");
    expect(isMesh(...four)).toBe(true);
    expect(four.map(({ events }) => events.length)).toEqual([3, 3, 3, 3]);
  });

  test("heals when a node stops and comes back at the same address", async () => {
    const [a, b, c] = [node(1), node(2), node(3)];
    await startMesh(a, b, c);
    await until(() => isMesh(a, b, c), "three are connected");
    const listen = b.network.addresses();
    await b.network.stop();
    await until(() => a.network.connected().length === 1, "a sees that b has gone");
    expect(a.events).toContain(`disconnected ${identity(2).memberId.slice(0, 2)}`);

    const again = node(2, { listen });
    await again.network.start();
    again.network.setMembers(membersOf(a, again, c));
    await until(() => isMesh(a, again, c), "the three are connected again", 5_000);
    const told = a.logs.filter(({ level, fields }) => {
      return level === "info" && Reflect.get(fields, "member") === identity(2).memberId;
    });
    expect(told.map(({ message }) => message)).toEqual([
      ...["member connected", "member disconnected", "member connected"],
    ]);
  });

  test("heals when a process is killed and started again", async () => {
    const [a, b] = [node(1), node(2)];
    await a.network.start();
    await b.network.start();
    const first = await child(3);
    const members = [...membersOf(a, b), member(3, first.addresses)];
    for (const { network } of [a, b]) network.setMembers(members);
    first.send({ type: "members", members });
    await until(() => isMesh(a, b, { ...b }) && a.network.connected().length === 2, "connected");
    const listen = first.addresses;
    await first.end();
    await until(() => a.network.connected().length === 1, "a sees that the process has gone");
    await until(() => b.network.connected().length === 1, "b sees that the process has gone");

    const second = await child(3, {}, listen);
    second.send({ type: "members", members });
    await until(() => a.network.connected().length === 2, "a is healed", 5_000);
    await until(() => b.network.connected().length === 2, "b is healed", 5_000);
    expect((await second.report()).connected).toHaveLength(2);
  });

  test("connects although only one side can reach the other", async () => {
    for (const [dialing, listening] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const a = node(dialing);
      const b = node(listening);
      await Promise.all([a.network.start(), b.network.start()]);
      // Nobody listens on port 1: b can only wait to be dialed.
      const unreachable = member(dialing, ["/ip4/127.0.0.1/tcp/1"]);
      const members = [unreachable, ...membersOf(b)];
      for (const { network } of [a, b]) network.setMembers(members);
      await until(() => isMesh(a, b), "the two are connected");
    }
  });

  test("gives up a member that fell silent, and heals when it wakes up", async () => {
    const a = node(1, { limits: { heartbeatTickMs: 50 } });
    await a.network.start();
    const silent = await child(2);
    const members = [...membersOf(a), member(2, silent.addresses)];
    a.network.setMembers(members);
    silent.send({ type: "members", members });
    await until(() => a.network.connected().length === 1, "connected");
    await until(() => a.network.peers()[0]?.rttMs !== null, "a ping came back");
    silent.signal("SIGSTOP");
    await until(() => a.network.connected().length === 0, "the silence is noticed");
    silent.signal("SIGCONT");
    await until(() => a.network.connected().length === 1, "healed");
  });

  test("lets a new member in and puts out one that left", async () => {
    const [a, b, c] = [node(1), node(2), node(3)];
    await startMesh(a, b);
    await c.network.start();
    await until(() => isMesh(a, b), "two are connected");
    const three = membersOf(a, b, c);
    for (const { network } of [a, b, c]) network.setMembers(three);
    await until(() => isMesh(a, b, c), "three are connected");
    for (const { network } of [a, b]) network.setMembers(membersOf(a, b));
    await until(() => c.network.connected().length === 0, "the third is out");
    expect(a.network.connected()).toEqual([identity(2).memberId]);
  });
});

describe("a connection is refused", () => {
  test("to a stranger that dials, who is counted and named once", async () => {
    const [a, stranger] = [node(1), node(9)];
    await Promise.all([a.network.start(), stranger.network.start()]);
    a.network.setMembers(membersOf(a));
    stranger.network.setMembers(membersOf(a, stranger));
    await until(() => a.network.stats().rejectedStrangers >= 2, "the stranger tries twice");
    expect(a.network.connected()).toEqual([]);
    expect(stranger.network.connected()).toEqual([]);
    expect(stranger.events).toEqual([]);
    expect(a.logs.filter(({ message }) => message.includes("stranger"))).toHaveLength(1);
  });

  test("to a stranger that answers at a member's address", async () => {
    const [a, stranger] = [node(1), node(9)];
    await Promise.all([a.network.start(), stranger.network.start()]);
    const impostor = member(2, stranger.network.addresses());
    a.network.setMembers([...membersOf(a), impostor]);
    stranger.network.setMembers(membersOf(a, stranger));
    await until(() => a.network.stats().rejectedStrangers >= 2, "both have tried");
    expect(a.network.connected()).toEqual([]);
    expect(stranger.events).toEqual([]);
  });

  test.each([
    { what: "network", theirs: { networkId: otherNetworkId } },
    { what: "era", theirs: { era: 1 } },
  ])("to a member of another $what, and the log says why", async ({ what, theirs }) => {
    const [a, b] = [node(1), node(2, theirs)];
    await startMesh(a, b);
    const said = (one: TestNode): boolean =>
      one.logs.some(
        ({ level, fields }) =>
          level === "warn" &&
          Reflect.get(fields, "code") === "NODE_PEER_MISMATCH" &&
          Reflect.get(Reflect.get(fields, "detail"), "what") === what,
      );
    await until(() => said(a) || said(b), "one side says what differs");
    expect([...a.events, ...b.events]).toEqual([]);
    expect([...a.network.connected(), ...b.network.connected()]).toEqual([]);
  });
});

describe("a network", () => {
  test("refuses members it cannot use and keeps the set it had", async () => {
    const [a, b] = [node(1), node(2)];
    await startMesh(a, b);
    const bad = [
      [{ ...member(3, []), networkKey: "00" as ReturnType<typeof member>["networkKey"] }],
      [member(3, ["/ip4/127.0.0.1/udp/1"])],
      [member(3, ["/ip4/127.0.0.1/tcp/1/p2p/12D3KooW"])],
      [member(3, []), member(3, [])],
    ];
    for (const members of bad) {
      expect(() => a.network.setMembers(members)).toThrow(
        expect.objectContaining({ code: "NODE_BAD_MEMBER" }),
      );
    }
    await until(() => isMesh(a, b), "the two are connected all the same");
  });

  test("says which addresses it cannot listen on", async () => {
    const a = node(1);
    await a.network.start();
    const second = node(2, { listen: a.network.addresses() });
    await expect(second.network.start()).rejects.toMatchObject({
      code: "NODE_LISTEN_FAILED",
      detail: { addresses: a.network.addresses() },
    });
  });

  test("leaves nothing open: a process whose network has stopped ends by itself", async () => {
    const a = node(1);
    await a.network.start();
    const ending = await child(2);
    const members = [...membersOf(a), member(2, ending.addresses)];
    a.network.setMembers(members);
    ending.send({ type: "members", members });
    await until(() => a.network.connected().length === 1, "connected");
    ending.send({ type: "stop" });
    await until(() => ending.exitCode !== null, "the process ends");
    expect(ending.exitCode).toBe(0);
  });

  test("tells nothing after it has stopped, and stops twice", async () => {
    const [a, b] = [node(1), node(2)];
    await startMesh(a, b);
    await until(() => isMesh(a, b), "two are connected");
    await a.network.stop();
    await a.network.stop();
    const told = a.events.length;
    expect(a.network.send(identity(2).memberId, frameTypes.vote, Uint8Array.of(1))).toBe(false);
    await until(() => b.network.connected().length === 0, "b sees it");
    expect(a.events).toHaveLength(told);
  });
});
