import { randomBytes } from "node:crypto";
import {
  createSigner,
  type PublicKey,
  taggedHash,
  networkId as toNetworkId,
} from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { ConnectProxy } from "../../../../test/helpers/connect-proxy.ts";
import { freePorts } from "../../../../test/helpers/free-ports.ts";
import type { NodeError } from "../../src/errors.ts";
import { type JoinTicket, joinOptions, openJoinSession } from "../../src/join/client.ts";
import type { JoinStanding } from "../../src/join/messages.ts";
import { parseProxy } from "../../src/network/proxy.ts";
import { member } from "../network/testnet.ts";
import { Host, stopHosts } from "./host.ts";

const proxies: ConnectProxy[] = [];

afterEach(async () => {
  await stopHosts();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "it went well",
    (error: NodeError) => {
      const { code } = (error.detail ?? {}) as { readonly code?: string };
      return code === undefined ? error.code : `${error.code} ${code}`;
    },
  );

describe("a company with an invitation", () => {
  test("gets the genesis, applies, sees how the vote stands, and learns the members in the end", async () => {
    const host = await Host.open();
    const session = await openJoinSession(host.ticket());
    expect(session.networkName).toBe("Chubu Press");
    expect(await session.genesis()).toEqual(host.genesis);
    expect(await session.standing()).toEqual({
      ...{ state: "invited", yes: 0, needed: 3, approvers: [] },
    });
    expect(await session.members()).toBeNull();
    const application = new Uint8Array(randomBytes(8_704));
    expect(await session.apply(application)).toEqual({ ok: true });
    expect(host.applications).toEqual([application]);
    expect(await session.apply(application)).toEqual({ ok: false, code: "used" });
    const standing: JoinStanding = {
      ...{ state: "approved", yes: 3, needed: 3, approvers: ["Asahi", "Birch", "Chubu"] },
    };
    host.setStanding(standing);
    await session.close();
    const later = await openJoinSession(host.ticket());
    expect(await later.standing()).toEqual(standing);
    expect(await later.members()).toEqual(host.members);
    await later.close();
  });

  test("is told what the ledger refuses", async () => {
    const host = await Host.open();
    host.answer = { ok: false, code: "LEDGER_NAME_TAKEN" };
    const session = await openJoinSession(host.ticket());
    const application = new Uint8Array([1, 2, 3]);
    expect(await session.apply(application)).toEqual({ ok: false, code: "LEDGER_NAME_TAKEN" });
    await session.close();
  });

  test("has its rotations carried", async () => {
    const host = await Host.open();
    const session = await openJoinSession(host.ticket());
    const bodies = [new Uint8Array(3_000).fill(1), new Uint8Array(3_000).fill(2)];
    expect(await session.carry(bodies)).toEqual({ ok: true });
    expect(host.carried).toEqual([bodies]);
    await session.close();
  });

  test("gets the largest genesis there can be", async () => {
    const host = await Host.open({ genesis: new Uint8Array(randomBytes(4_000_000)) });
    const session = await openJoinSession(host.ticket());
    expect(await session.genesis()).toEqual(host.genesis);
    await session.close();
  });

  test("finds the listener at whichever address leads to it, through a proxy too", async () => {
    const proxy = await ConnectProxy.open();
    proxies.push(proxy);
    const host = await Host.open();
    const [port] = await freePorts(1);
    const dead = `/ip4/127.0.0.1/tcp/${port}`;
    const addresses = [dead, ...host.addresses()];
    const direct = await openJoinSession({ ...host.ticket(), addresses });
    await direct.close();
    const place = parseProxy(proxy.url);
    if (place === null) throw new Error("no proxy");
    const named = host.addresses().map((one) => one.replace("/ip4/127.0.0.1", "/dns4/a.example"));
    const session = await openJoinSession(
      { ...host.ticket(), addresses: named },
      { ...joinOptions, proxy: { ...place, credentials: null } },
    );
    expect(session.networkName).toBe("Chubu Press");
    await session.close();
    const unreachable = openJoinSession({ ...host.ticket(), addresses: [dead, "nonsense"] });
    await expect(unreachable).rejects.toMatchObject({
      code: "NODE_JOIN_UNREACHABLE",
      detail: { tried: [{ address: dead, reason: "refused" }, { address: "nonsense" }] },
    });
  });
});

describe("a company is refused", () => {
  test("by a code that says why, once it has proven the invitation, and in the same way else", async () => {
    const host = await Host.open();
    const ticket = host.ticket();
    const stranger: JoinTicket = { ...ticket, invitationSeed: new Uint8Array(randomBytes(32)) };
    expect(await codeOf(openJoinSession(stranger))).toBe("NODE_JOIN_REFUSED unknown");
    host.setState("expired");
    expect(await codeOf(openJoinSession(ticket))).toBe("NODE_JOIN_REFUSED expired");
  });

  test("with an invitation of another network", async () => {
    const host = await Host.open();
    const networkId = toNetworkId(taggedHash("genesis", new Uint8Array([1])));
    const other = { ...host.ticket(), networkId };
    expect(await codeOf(openJoinSession(other))).toBe("NODE_JOIN_REFUSED unknown");
  });

  test("in the middle of the conversation, when the invitation expires", async () => {
    const host = await Host.open();
    const session = await openJoinSession(host.ticket());
    host.setState("expired");
    expect(await codeOf(session.genesis())).toBe("NODE_JOIN_REFUSED expired");
    await session.close();
  });
});

describe("a company that joins is not deceived", () => {
  test("by somebody else at the listener's address", async () => {
    const [host, other] = [await Host.open(), await Host.open()];
    const astray = { ...host.ticket(), addresses: other.addresses() };
    await expect(openJoinSession(astray)).rejects.toMatchObject({
      detail: { tried: [{ reason: "wrong-key" }] },
    });
  });

  test("by a genesis that is not the invitation's", async () => {
    const host = await Host.open({ lies: { genesis: new Uint8Array([9, 9]) } });
    const session = await openJoinSession(host.ticket());
    expect(await codeOf(session.genesis())).toBe("NODE_JOIN_BROKEN");
    await session.close();
  });

  test("by a genesis without end", async () => {
    const host = await Host.open({ lies: { genesis: new Uint8Array(5_000_000) } });
    const session = await openJoinSession(host.ticket());
    await expect(session.genesis()).rejects.toThrow(/too long/);
    await session.close();
  });

  test("by a listener that answers, and takes its time with every piece", async () => {
    const host = await Host.open({ genesis: new Uint8Array(randomBytes(2_000_000)) });
    const options = { ...joinOptions, answerTimeoutMs: 1 };
    const session = await openJoinSession(host.ticket(), options);
    await expect(session.genesis()).rejects.toThrow(/in time/);
    await session.close();
  });

  test("by addresses that lead elsewhere than to a host and a port", async () => {
    const host = await Host.open({ lies: { members: [member(1, ["/unix/tmp/x"])] } });
    const session = await openJoinSession(host.ticket());
    host.setStanding({ state: "approved", yes: 1, needed: 1, approvers: [] });
    expect(await codeOf(session.members())).toBe("NODE_JOIN_BROKEN");
    await session.close();
  });

  test("by a listener that answers nothing", async () => {
    const host = await Host.open();
    host.answer = null;
    const options = { ...joinOptions, answerTimeoutMs: 300 };
    const session = await openJoinSession(host.ticket(), options);
    expect(await codeOf(session.apply(new Uint8Array([1])))).toBe("NODE_JOIN_BROKEN");
    await session.close();
  });
});

test("the listener's key is its own, and closing it ends everything", async () => {
  const host = await Host.open();
  const session = await openJoinSession(host.ticket());
  const key: PublicKey = createSigner(host.seed).publicKey;
  expect(host.listener.key).toBe(key);
  await host.close();
  expect(await codeOf(session.standing())).toBe("NODE_JOIN_BROKEN");
  await session.close();
  expect(await codeOf(openJoinSession(host.ticket()))).toBe("NODE_JOIN_UNREACHABLE");
  expect(host.faults).toEqual([]);
});
