import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createSigner } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { openJoinSession } from "../../src/join/client.ts";
import { joinLimits } from "../../src/join/limits.ts";
import { encodeStrangerMessage, type StrangerMessage } from "../../src/join/messages.ts";
import { until } from "../network/testnet.ts";
import { Host, stopHosts } from "./host.ts";
import { Stranger } from "./stranger.ts";

const strangers: Stranger[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  await Promise.all(strangers.splice(0).map((stranger) => stranger.stop()));
  for (const socket of sockets.splice(0)) socket.destroy();
  await stopHosts();
});

async function stranger(host: Host, name: string, address?: string): Promise<Stranger> {
  const one = await Stranger.connect(host, name, address);
  strangers.push(one);
  return one;
}

/** A client that knows nothing of libp2p, from a loopback address of its own. */
function client(host: Host, localAddress = "127.0.0.1"): Socket {
  const socket = connect({ host: "127.0.0.1", port: host.port, localAddress });
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.resume();
  return socket;
}

function frame(body: Uint8Array, length = body.length): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(body, 4);
  return bytes;
}

/** The listener still serves whoever is invited, and nothing of it broke. */
async function expectAtWork(host: Host): Promise<void> {
  await until(() => host.listener.stats().guests === 0, "everybody else has gone");
  const session = await openJoinSession(host.ticket());
  expect(await session.genesis()).toEqual(host.genesis);
  await session.close();
  expect(host.faults).toEqual([]);
}

describe("a stranger without an invitation", () => {
  const questions: readonly StrangerMessage[] = [
    { type: "genesis" },
    { type: "standing" },
    { type: "members" },
    { type: "apply", application: new Uint8Array([1]) },
    { type: "carry", bodies: [new Uint8Array([1])] },
  ];
  test.each(questions)("hears the network's name and nothing else, asking for %j", async (ask) => {
    const host = await Host.open();
    const one = await stranger(host, "curious");
    const greeting = await one.greet();
    expect(greeting).toEqual({ ...greeting, type: "greeting", networkName: "Chubu Press" });
    await one.say(ask);
    expect(await one.hear()).toEqual({ type: "refused", code: "proof-first" });
    await one.cutOff("it is cut off");
    expect(host.looked).toBe(0);
    await one.stop();
    await expectAtWork(host);
  });

  test("gets the same answer for a wrong signature as for an invitation that never was", async () => {
    const host = await Host.open();
    const invitationKey = createSigner(new Uint8Array(randomBytes(32))).publicKey;
    const signature = new Uint8Array(randomBytes(64));
    const proofs: readonly StrangerMessage[] = [
      { type: "proof", invitationKey, signature },
      { type: "proof", invitationKey: host.invitationKey, signature },
    ];
    for (const state of ["open", "expired", "used"] as const) {
      host.setState(state);
      for (const proof of proofs) {
        const one = await stranger(host, "guessing");
        await one.greet();
        await one.say(proof);
        expect(await one.hear()).toEqual({ type: "refused", code: "unknown" });
        await one.cutOff("it is cut off");
        await one.stop();
        await until(() => host.listener.stats().guests === 0, "its place is free");
      }
    }
    // Not even looked up: whoever cannot sign cannot measure it either.
    expect(host.looked).toBe(0);
  });

  test("cannot use a proof it overheard: not in its own conversation, not with its own key", async () => {
    const host = await Host.open();
    const invited = await stranger(host, "invited", "127.0.0.1");
    const thief = await stranger(host, "thief", "127.0.0.2");
    await invited.greet();
    await thief.greet();
    await thief.say(thief.proof(invited));
    expect(await thief.hear()).toEqual({ type: "refused", code: "unknown" });
    const again = await stranger(host, "thief", "127.0.0.3");
    await again.greet();
    await again.say(again.proof({ nonce: again.nonce, key: invited.key }));
    expect(await again.hear()).toEqual({ type: "refused", code: "unknown" });
    await invited.say(invited.proof());
    expect(await invited.hear()).toEqual({ type: "accepted" });
  });

  const nonsense: readonly (readonly [string, Uint8Array])[] = [
    ["a length of 4 GiB", frame(new Uint8Array(8), 0xffff_ffff)],
    ["a frame one byte too long", frame(new Uint8Array(joinLimits.frameBytesMax + 1))],
    ["an empty frame", frame(new Uint8Array(0))],
    ["bytes that are no message", frame(new Uint8Array(randomBytes(2_000)))],
    ["a message with more than it has", frame(new Uint8Array([0x82, 3, 0x81, 0]))],
  ];
  test.each(nonsense)("is cut off for %s", async (_, bytes) => {
    const host = await Host.open();
    const one = await stranger(host, "babbling");
    await one.greet();
    one.sendRaw(bytes);
    await one.cutOff("it is cut off");
    await one.stop();
    await expectAtWork(host);
  });

  test("is cut off when it takes its time, however busy it looks", async () => {
    const limits = { proofTimeoutMs: 1_500 };
    const host = await Host.open({ limits });
    const [silent, slow] = [
      await stranger(host, "silent"),
      await stranger(host, "slow", "127.0.0.2"),
    ];
    await slow.greet();
    const proof = frame(encodeStrangerMessage(slow.proof()));
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < proof.length - 1) slow.sendRaw(proof.subarray(sent, sent + 1));
      sent += 1;
    }, 20);
    await silent.cutOff("who says nothing is cut off");
    await slow.cutOff("who says a byte at a time is cut off");
    clearInterval(timer);
    await Promise.all([silent.stop(), slow.stop()]);
    await expectAtWork(host);
  });
});

describe("many strangers", () => {
  test("of one host have one place, and soon none", async () => {
    const host = await Host.open({
      limits: { hostBurst: 5, hostRefillMs: 600_000, proofTimeoutMs: 2_000 },
    });
    const clients = Array.from({ length: 50 }, () => client(host));
    const ended = clients.map((socket) => new Promise((done) => socket.on("close", done)));
    await until(() => host.listener.stats().turnedAway >= 45, "nearly all are turned away");
    expect(host.listener.stats().guests).toBeLessThanOrEqual(1);
    await Promise.all(ended);
    const isIn = await Stranger.connect(host, "too soon").then(
      () => true,
      () => false,
    );
    expect(isIn).toBe(false);
    // Another host is not held up by that.
    const other = await stranger(host, "other", "127.0.0.9");
    expect(await other.greet()).toMatchObject({ type: "greeting" });
  });

  test("of many hosts who send garbage or nothing do not keep an invited company out", async () => {
    const limits = { unprovenMs: 300, proofTimeoutMs: 60_000 };
    const host = await Host.open({ limits });
    const silent = Array.from({ length: 8 }, (_, index) => client(host, `127.0.0.${10 + index}`));
    for (const [index, socket] of silent.entries()) {
      if (index % 2 === 0) socket.write(randomBytes(10_000));
    }
    const taken = (): number => host.listener.stats().guests;
    const more = Array.from({ length: 8 }, (_, index) => client(host, `127.0.0.${30 + index}`));
    await until(() => taken() >= 4, "places are taken");
    expect(taken()).toBeLessThanOrEqual(joinLimits.connectionsMax);
    const session = await openJoinSession(host.ticket());
    expect(await session.genesis()).toEqual(host.genesis);
    // Whoever has proven an invitation is not put out for whoever comes next.
    for (let index = 0; index < 12; index += 1) client(host, `127.0.0.${50 + index}`);
    await until(() => host.listener.stats().turnedAway > 0 || taken() === 8, "it is crowded again");
    expect(await session.standing()).toMatchObject({ state: "invited" });
    await session.close();
    for (const socket of [...silent, ...more]) socket.destroy();
  });
});

describe("an invited company that misbehaves", () => {
  test("is cut off when it asks without end", async () => {
    const host = await Host.open();
    const one = await stranger(host, "asking");
    await one.enter();
    for (let index = 0; index < joinLimits.requestsMax; index += 1) {
      await one.say({ type: "standing" });
      expect(await one.hear()).toMatchObject({ type: "chunk", last: true });
    }
    expect(await one.hear()).toEqual({ type: "refused", code: "too-many-requests" });
    await one.cutOff("it is cut off");
    await one.stop();
    await expectAtWork(host);
  });

  test("is cut off when it asks and takes nothing, and when it says nothing", async () => {
    const genesis = new Uint8Array(randomBytes(4_000_000));
    const host = await Host.open({ genesis, limits: { idleMs: 1_500 } });
    const greedy = await stranger(host, "greedy");
    const silent = await stranger(host, "silent", "127.0.0.2");
    await greedy.enter();
    await silent.enter();
    await greedy.say({ type: "genesis" });
    greedy.pause();
    await greedy.cutOff("who takes nothing is cut off");
    await silent.cutOff("who asks nothing is cut off");
    await Promise.all([greedy.stop(), silent.stop()]);
    await expectAtWork(host);
  });

  test("leaves in the middle of its application, and another may hand it in", async () => {
    const host = await Host.open();
    host.answer = null;
    const one = await stranger(host, "leaving");
    await one.enter();
    await one.say({ type: "apply", application: new Uint8Array([1, 2]) });
    await until(() => host.applications.length === 1, "it was handed on");
    await one.stop();
    host.answer = { ok: true };
    await until(() => host.listener.stats().guests === 0, "its place is free");
    const session = await openJoinSession(host.ticket());
    expect(await session.apply(new Uint8Array([1, 2]))).toEqual({ ok: true });
    await session.close();
    expect(host.faults).toEqual([]);
  });

  test("proves once, and opens one stream", async () => {
    const host = await Host.open();
    const one = await stranger(host, "twice");
    await one.enter();
    await one.say(one.proof());
    expect(await one.hear()).toEqual({ type: "refused", code: "proven-already" });
    await one.cutOff("it is cut off");
    await one.stop();
    await expectAtWork(host);
  });
});
