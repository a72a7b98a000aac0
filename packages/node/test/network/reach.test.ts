import { protocolVersionMax } from "@tegata/ledger/chain";
import { assert, decode, encode } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../../../../test/helpers/free-ports.ts";
import type { DialFailureReason } from "../../src/network/dial-failure.ts";
import { encodeHello } from "../../src/network/hello.ts";
import type { PeerStats } from "../../src/network/network.ts";
import { version } from "../../src/version.ts";
import { frame, Hostile } from "./hostile.ts";
import {
  blockId,
  createTestNode,
  identity,
  isMesh,
  member,
  membersOf,
  networkId,
  startMesh,
  type TestNode,
  type TestNodeOptions,
  until,
} from "./testnet.ts";

const running: TestNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ network }) => network.stop()));
});

function node(number: number, options: TestNodeOptions = {}): TestNode {
  const one = createTestNode(number, options);
  running.push(one);
  return one;
}

function peer(one: TestNode, number: number): PeerStats {
  const { memberId } = identity(number);
  const found = one.network.peers().find((stats) => stats.memberId === memberId);
  if (found === undefined) throw new Error(`no member ${number}`);
  return found;
}

const nobody = async (): Promise<string> => `/ip4/127.0.0.1/tcp/${(await freePorts(1))[0]}`;

describe("what is known of the way to a member", () => {
  test("names who dialed, since when, and the version of its program", async () => {
    const [inside, outside] = [node(1, { listen: [] }), node(2)];
    const beganMs = Date.now();
    await startMesh(inside, outside);
    await until(() => isMesh(inside, outside), "they are connected");
    expect(inside.network.addresses()).toEqual([]);
    expect(peer(inside, 2)).toMatchObject({ link: { direction: "out" }, version });
    expect(peer(outside, 1)).toMatchObject({ link: { direction: "in" }, version });
    // Whether anybody has found the way in is what shows that a port is open.
    expect(peer(inside, 2).dialedUsAtMs).toBeNull();
    expect(peer(outside, 1).dialedUsAtMs).toBeGreaterThanOrEqual(beganMs - 1);
    expect(peer(inside, 2).link?.sinceMs).toBeGreaterThanOrEqual(beganMs - 1);
    expect(peer(inside, 2).link?.sinceMs).toBeLessThanOrEqual(Date.now() + 1);
    await outside.network.stop();
    await until(() => peer(inside, 2).link === null, "one of them has gone");
    expect(peer(inside, 2).version).toBe(version);
  });

  test("tells a member nobody can dial from one that does not answer", async () => {
    const [one, silent] = [node(1), node(3)];
    await Promise.all([one.network.start(), silent.network.start()]);
    const address = silent.network.addresses()[0] as string;
    one.network.setMembers([
      member(1, []),
      member(2, []),
      member(4, [await nobody()]),
      member(5, [address]),
      member(6, ["/dns4/no-such-name.invalid/tcp/7000"]),
      member(3, [address]),
    ]);
    const expected: readonly (readonly [number, DialFailureReason])[] = [
      [4, "refused"],
      // Somebody else's key answers there.
      [5, "wrong-key"],
      [6, "no-such-name"],
      // Who answers does not know this node for a member.
      [3, "turned-away"],
    ];
    for (const [number, reason] of expected) {
      await until(() => peer(one, number).dialFailure?.reason === reason, `${number}: ${reason}`);
    }
    expect(peer(one, 2).dialFailure).toBeNull();
    expect(peer(one, 4).dialFailure?.address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
    expect(one.logs.filter(({ message }) => message.includes("cannot be reached"))).not.toEqual([]);
  });

  test("a member is found at whichever of its addresses leads to it", async () => {
    // Addresses that fail are followed by the next without a pause, which would last longer than the test.
    const limits = { dialPauseFirstMs: 600_000, dialPauseMaxMs: 600_000 };
    const [one, other] = [node(1, { listen: [], limits }), node(2)];
    await Promise.all([one.network.start(), other.network.start()]);
    const addresses = [await nobody(), await nobody(), ...other.network.addresses()];
    for (const { network } of [one, other]) {
      network.setMembers([member(1, []), member(2, addresses)]);
    }
    await until(() => isMesh(one, other), "they are connected");
    expect(peer(one, 2).dialFailure).toBeNull();
  });

  test("a member whose address has changed is dialed there at once", async () => {
    // The pause after the old address would last longer than the test.
    const limits = { dialPauseFirstMs: 600_000, dialPauseMaxMs: 600_000 };
    const [one, other] = [node(1, { listen: [], limits }), node(2)];
    await Promise.all([one.network.start(), other.network.start()]);
    other.network.setMembers([member(1, []), member(2, [])]);
    one.network.setMembers([member(1, []), member(2, [await nobody()])]);
    await until(() => peer(one, 2).dialFailure !== null, "the old address fails");
    one.network.setMembers(membersOf(one, other));
    await until(() => isMesh(one, other), "they are connected");
  });
});

describe("a hello", () => {
  test("of a program that cannot follow the version in force names the peer as the one to update", async () => {
    const victim = node(1, { versionInForce: protocolVersionMax + 1 });
    await startMesh(victim);
    victim.network.setMembers([...membersOf(victim), member(2, [])]);
    const hostile = await Hostile.dial(2, victim);
    try {
      await hostile.greet().catch(() => undefined);
      await hostile.cutOff();
      expect(peer(victim, 2).violations).toEqual({ NODE_PEER_OUTDATED: 1 });
      const detail = { inForce: protocolVersionMax + 1, theirs: protocolVersionMax };
      const said = victim.logs.find(({ level }) => level === "warn");
      expect(said).toMatchObject({ fields: { code: "NODE_PEER_OUTDATED", detail } });
    } finally {
      await hostile.stop();
    }
  });

  test("of a program that follows newer versions too is welcome, as members do not update at once", async () => {
    const victim = node(1);
    await startMesh(victim);
    victim.network.setMembers([...membersOf(victim), member(2, [])]);
    const hostile = await Hostile.dial(2, victim);
    try {
      const ours = decode(encodeHello(networkId, 0, { height: 0, blockId }));
      assert(Array.isArray(ours), "a hello is a list");
      await hostile.greet(encode([protocolVersionMax + 1, ...ours.slice(1)]));
      await until(() => peer(victim, 2).link !== null, "the newer program is connected");
      expect(peer(victim, 2).violations).toEqual({});
    } finally {
      await hostile.stop();
    }
  });

  test.each(["", "1.0\u001b[2J", "x".repeat(33), "1 0"])(
    "with the version %j is refused: it would be shown to people",
    async (text) => {
      const victim = node(1);
      await startMesh(victim);
      victim.network.setMembers([...membersOf(victim), member(2, [])]);
      const hostile = await Hostile.dial(2, victim);
      try {
        const [network, block] = [networkId, blockId].map((id) => Buffer.from(id, "hex"));
        const ids = [new Uint8Array(network ?? []), new Uint8Array(block ?? [])] as const;
        await hostile.open("vote");
        hostile.send("vote", frame(1, encode([1, ids[0], 0, 5, ids[1], text])));
        await hostile.cutOff();
        expect(peer(victim, 2).violations).toEqual({ NODE_PEER_FRAME_MALFORMED: 1 });
        expect(peer(victim, 2).version).toBeNull();
      } finally {
        await hostile.stop();
      }
    },
  );
});
