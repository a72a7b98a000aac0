import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Application,
  type Bodies,
  bodyShapes,
  signApplication,
  signInvitation,
  signRotation,
} from "@tegata/ledger/chain";
import {
  createSigner,
  idBytes,
  type MemberId,
  type PublicKey,
  type Shape,
  toBytes,
} from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/helpers/waiting.ts";
import type { JoinListenerPlace } from "../../src/api/client.ts";
import { nodePaths } from "../../src/config.ts";
import { type JoinSession, type JoinTicket, openJoinSession } from "../../src/join/client.ts";
import { joinListenOf } from "../../src/join/reception.ts";
import { Consortium, makeMember, type TestMember } from "../helpers/consortium.ts";
import type { Writer, Written } from "../helpers/writer.ts";

let consortium: Consortium | null = null;
const sessions: JoinSession[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  await consortium?.end();
  consortium = null;
});

/** A network of one member, who invites. */
class Inviter {
  readonly network: Consortium;
  readonly writer: Writer;
  readonly seed = new Uint8Array(randomBytes(32));

  private constructor(network: Consortium) {
    this.network = network;
    this.writer = network.writer(0);
  }

  static async found(): Promise<Inviter> {
    const network = await Consortium.found(1);
    consortium = network;
    await network.start();
    await network.ready();
    return new Inviter(network);
  }

  get client(): ReturnType<Consortium["client"]> {
    return this.network.client(0);
  }

  get keyPath(): string {
    return join(nodePaths(this.network.member(0).config.home).data, "join-key");
  }

  get hasKey(): boolean {
    return existsSync(this.keyPath);
  }

  async commit(written: Written): Promise<void> {
    expect(await this.client.submit(written)).toMatchObject({ ok: true });
    const { height } = this.network.status(0);
    await until("it is committed", () => this.network.status(0).mempool.transactions === 0);
    await this.network.height(height === 0 ? 1 : height);
  }

  invite(companyName: string, validMs: number): Promise<void> {
    const { memberId } = this.network.member(0);
    const invited = { companyName, expiresMs: Date.now() + validMs };
    const signer = createSigner(this.seed);
    const body = signInvitation(this.network.genesis.networkId, memberId, invited, signer);
    return this.commit(this.writer.control("invite", body));
  }

  async prepare(): Promise<JoinListenerPlace> {
    const place = await this.client.joinPrepare();
    if (place.state === "closed") throw new Error(place.reason);
    return place;
  }

  ticket({ key, addresses }: JoinListenerPlace): JoinTicket {
    const { networkId } = this.network.genesis;
    const listenerKey = key as PublicKey;
    return { networkId, listenerKey, addresses, invitationSeed: this.seed };
  }

  async session(place: JoinListenerPlace): Promise<JoinSession> {
    const session = await openJoinSession(this.ticket(place));
    sessions.push(session);
    return session;
  }

  apply(newcomer: TestMember): Application {
    return signApplication(this.network.genesis.networkId, newcomer.card, {
      root: newcomer.rootKey,
      network: createSigner(newcomer.secrets.networkSeed),
      consensus: newcomer.consensusKey,
      transaction: newcomer.transactionKey,
      invitation: createSigner(this.seed),
    });
  }

  /** What the gateway does: asks for the next request, sends it, says what became of it. */
  async actAsGateway(after = 0): Promise<void> {
    const { items } = await this.client.joinRequests(after, { waitMs: 20_000 });
    for (const { number, kind, invitationKey, bodies } of items) {
      expect(kind).toBe("apply");
      expect(invitationKey).toBe(createSigner(this.seed).publicKey);
      const [application = new Uint8Array(0)] = bodies;
      await this.commit(this.writer.control("apply", { application }));
      expect(await this.client.joinAnswer(number, null)).toBe(true);
      expect(await this.client.joinAnswer(number, null)).toBe(false);
    }
  }
}

async function newcomer(): Promise<TestMember> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-newcomer-"));
  try {
    return await makeMember(1, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => null,
    ({ code, detail }) => [code, detail?.code],
  );

describe("a node that invites", () => {
  test("receives the company, hands its application to the gateway, and tells how the vote stands", async () => {
    const inviter = await Inviter.found();
    const { network } = inviter;
    const place = await inviter.prepare();
    // The published host, with a port of its own and a key that is not the node's.
    const [address = ""] = place.addresses;
    expect(address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
    expect(network.member(0).card.addresses).not.toContain(address);
    expect(place.key).not.toBe(network.member(0).card.networkKey);
    expect(await codeOf(openJoinSession(inviter.ticket(place)))).toEqual([
      "NODE_JOIN_REFUSED",
      "unknown",
    ]);
    const company = await newcomer();
    await inviter.invite(company.card.name, 600_000);
    const session = await inviter.session(place);
    expect(session.networkName).toBe(network.genesis.networkName);
    expect(await session.genesis()).toEqual(network.genesis.bytes);
    expect(await session.standing()).toMatchObject({ state: "invited" });
    expect(await session.members()).toBeNull();
    expect(await session.registered()).toBeNull();
    expect(await session.carry([new Uint8Array([1])])).toEqual({ ok: false, code: "no-member" });
    const application = inviter.apply(company);
    const gateway = inviter.actAsGateway();
    expect(await session.apply(application.bytes)).toEqual({ ok: true });
    await gateway;
    expect(await session.standing()).toEqual({
      ...{ state: "applied", yes: 0, needed: 1, approvers: [] },
    });
    expect(await session.members()).toBeNull();

    // The node forgets nothing of it when it starts anew.
    await network.stop();
    await network.start();
    await network.ready();
    const again = await inviter.session(await inviter.prepare());
    expect(await again.standing()).toMatchObject({ state: "applied" });
    const { hash: requestHash } = application;
    const vote = { request: 1, requestHash, approve: true, reason: "we know them" };
    await inviter.commit(inviter.writer.control("vote", vote));
    expect(await again.standing()).toMatchObject({ state: "approved" });
    expect(await again.members()).toEqual([
      ...[network.member(0), company]
        .map(({ memberId, card }) => {
          return { memberId, networkKey: card.networkKey, addresses: card.addresses };
        })
        .sort((one, other) => (one.memberId < other.memberId ? -1 : 1)),
    ]);
    expect(await again.apply(application.bytes)).toEqual({ ok: false, code: "used" });
  });

  test("lets a member back in that lost its keys, and carries only those that its root signed", async () => {
    const inviter = await Inviter.found();
    const { networkId } = inviter.network.genesis;
    const { memberId, card, rootKey: root } = inviter.network.member(0);
    const place = await inviter.prepare();
    await inviter.invite(card.name, 600_000);
    const session = await inviter.session(place);
    const registered = await session.registered();
    expect(registered).toMatchObject({ memberId, state: { rootKey: card.rootKey } });
    expect(await session.members()).toHaveLength(1);
    const signer = createSigner(new Uint8Array(randomBytes(32)));
    const body = (member: MemberId, by: typeof root | null): Uint8Array => {
      const key = idBytes(signer.publicKey);
      const content = { member, role: "consensus", version: 2, key, isCompromised: true } as const;
      const seal = new Uint8Array(0);
      const keys = { key: signer, root: by };
      return toBytes(
        bodyShapes["rotate-key"] as Shape<Bodies["rotate-key"]>,
        signRotation({ ...content, seal }, networkId, keys),
      );
    };
    // Whoever sends a rotation without a root's signature changes a key of its own by it.
    const stranger = "5a".repeat(32) as MemberId;
    for (const bad of [body(memberId, null), body(stranger, root), new Uint8Array([1])]) {
      const bodies = [body(memberId, root), bad];
      expect(await session.carry(bodies)).toEqual({ ok: false, code: "not-yours" });
    }
    const answer = session.carry([body(memberId, root)]);
    const { items } = await inviter.client.joinRequests(0, { waitMs: 20_000 });
    expect(items.map(({ kind, bodies }) => [kind, bodies.length])).toEqual([["carry", 1]]);
    expect(await inviter.client.joinAnswer(items[0]?.number ?? 0, null)).toBe(true);
    expect(await answer).toEqual({ ok: true });
  });

  test("tells a company that it was rejected", async () => {
    const inviter = await Inviter.found();
    const place = await inviter.prepare();
    const company = await newcomer();
    await inviter.invite(company.card.name, 600_000);
    const application = inviter.apply(company);
    const session = await inviter.session(place);
    const gateway = inviter.actAsGateway();
    expect(await session.apply(application.bytes)).toEqual({ ok: true });
    await gateway;
    const { hash: requestHash } = application;
    const vote = { request: 1, requestHash, approve: false, reason: "" };
    await inviter.commit(inviter.writer.control("vote", vote));
    expect(await session.standing()).toMatchObject({ state: "rejected" });
    expect(await session.members()).toBeNull();
  });

  test("opens by itself, keeps its key over a restart, and closes with the last invitation", async () => {
    const inviter = await Inviter.found();
    const { network } = inviter;
    expect(inviter.hasKey).toBe(false);
    await inviter.invite("Birch Motors", 6_000);
    await until("the listener has a key", () => inviter.hasKey);
    await network.stop();
    expect(inviter.hasKey).toBe(true);
    await network.start();
    await network.ready();
    await until("the key has gone with the invitation", () => !inviter.hasKey);
  });

  test("answers for a gateway that does not", async () => {
    const inviter = await Inviter.found();
    const place = await inviter.prepare();
    await inviter.invite("Birch Motors", 600_000);
    const session = await inviter.session(place);
    const answer = session.apply(new Uint8Array([1, 2, 3]));
    const { items } = await inviter.client.joinRequests(0, { waitMs: 20_000 });
    expect(items).toHaveLength(1);
    const [{ number = 0 } = {}] = items;
    expect(await inviter.client.joinAnswer(number, "LEDGER_APPLICATION_SIGNATURE")).toBe(true);
    expect(await answer).toEqual({ ok: false, code: "LEDGER_APPLICATION_SIGNATURE" });
    // A company that leaves takes its request along.
    const unanswered = session.apply(new Uint8Array([1, 2, 3])).catch(() => null);
    const waiting = () => inviter.client.joinRequests(number, { waitMs: 50 });
    await until("the request waits", async () => (await waiting()).items.length === 1);
    await session.close();
    await until("the request has gone", async () => (await waiting()).items.length === 0);
    expect(await unanswered).toBeNull();
  });
});

test("the listener has one port above where members connect, unless it is told", () => {
  expect(joinListenOf([], ["/ip4/0.0.0.0/tcp/7001", "/ip6/::/tcp/0"])).toEqual([
    ...["/ip4/0.0.0.0/tcp/7002", "/ip6/::/tcp/0"],
  ]);
  expect(joinListenOf(["/ip4/0.0.0.0/tcp/443"], ["/ip4/0.0.0.0/tcp/7001"])).toEqual([
    "/ip4/0.0.0.0/tcp/443",
  ]);
  expect(joinListenOf([], [])).toEqual([]);
});
