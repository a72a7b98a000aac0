import { decodeBlock } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import type { NodeStatus } from "../../packages/node/src/api/client.ts";
import { ChildNode } from "../../packages/node/test/helpers/child.ts";
import { Consortium, type Place, passphrase } from "../../packages/node/test/helpers/consortium.ts";
import type { Writer, Written } from "../../packages/node/test/helpers/writer.ts";
import { ConnectProxy } from "../helpers/connect-proxy.ts";
import { until } from "../helpers/waiting.ts";

/** Nobody can dial either of them, so that the two have no connection; the second dials through a proxy only. */
const [walled, proxied] = [0, 1];
const open = [2, 3, 4];
const everybody = [walled, proxied, ...open];

/** Five members, each a process of its own, of which two refuse every connection. */
class Walls {
  readonly #consortium: Consortium;
  readonly #children = new Map<number, ChildNode>();
  readonly proxy: ConnectProxy;

  private constructor(consortium: Consortium, proxy: ConnectProxy) {
    this.#consortium = consortium;
    this.proxy = proxy;
  }

  static async found(): Promise<Walls> {
    const proxy = await ConnectProxy.open();
    const place = async (index: number, listen: string): Promise<string | Place> => {
      if (open.includes(index)) return listen;
      return { addresses: [], p2pListen: [], proxy: index === proxied ? proxy.url : null };
    };
    // A block of an idle network tells of the votes that came too late for the one before.
    const parameters = { timeoutProposeMs: 2_000, timeoutVoteMs: 2_000, heartbeatMs: 5_000 };
    return new Walls(await Consortium.found(everybody.length, parameters, place), proxy);
  }

  async start(...indexes: readonly number[]): Promise<void> {
    await Promise.all(
      indexes.map(async (index) => {
        const { home } = this.#consortium.member(index).config;
        this.#children.set(index, await ChildNode.start(home, passphrase));
      }),
    );
  }

  async kill(index: number): Promise<void> {
    await this.#children.get(index)?.kill();
    this.#children.delete(index);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.kill()));
    await this.#consortium.end();
    await this.proxy.close();
  }

  writer(index: number): Writer {
    return this.#consortium.writer(index);
  }

  client(index: number): ReturnType<Consortium["client"]> {
    return this.#consortium.client(index);
  }

  status(index: number): Promise<NodeStatus> {
    return this.client(index).status();
  }

  async untilAll(what: string, holds: (status: NodeStatus) => boolean): Promise<void> {
    await until(
      what,
      async () => (await Promise.all(everybody.map((index) => this.status(index)))).every(holds),
      60_000,
    );
  }

  /** How a member says that it reaches another. */
  async reach(of: number, other: number): Promise<string | null> {
    const { memberId } = this.#consortium.member(other);
    const { members } = await this.status(of);
    return members.find(({ member }) => member === memberId)?.reach ?? null;
  }

  /** Ids in a member's chain. */
  async committed(index: number): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for (let height = 1; ; ) {
      const { blocks } = await this.client(index).blocks(height, { waitMs: 0, blocksMax: 200 });
      if (blocks.length === 0) return ids;
      for (const { block } of blocks)
        for (const { id } of decodeBlock(block).transactions) ids.add(id);
      height += blocks.length;
    }
  }
}

let walls: Walls | null = null;

afterEach(async () => {
  await walls?.end();
  walls = null;
});

/** A batch of every member, handed in at its own node. */
async function publish(it: Walls, writers: readonly Writer[]): Promise<readonly Written[]> {
  const all: Written[] = [];
  for (const [index, writer] of writers.entries()) {
    const created = writer.createStream();
    for (const written of [created, writer.records(created.decoded.lane, 20_000)]) {
      expect(await it.client(index).submit(written)).toMatchObject({ ok: true });
      all.push(written);
    }
  }
  return all;
}

/** Every member has committed all of it and holds every payload, bit for bit. */
async function expectEverywhere(it: Walls, written: readonly Written[]): Promise<void> {
  for (const index of everybody) {
    await until(
      `member ${index} has committed everything`,
      async () => {
        const committed = await it.committed(index);
        return written.every(({ id }) => committed.has(id));
      },
      60_000,
    );
    for (const { id, payloads } of written) {
      for (const [part, payload] of payloads.entries()) {
        await until(`member ${index} holds the payload`, async () => {
          const held = await it.client(index).payload(id, part);
          return held instanceof Uint8Array && Buffer.compare(held, payload) === 0;
        });
      }
    }
  }
}

describe("two members that nobody can dial", () => {
  test("work through the others: what each publishes is committed and read by all", async () => {
    const it = await Walls.found();
    walls = it;
    await it.start(...everybody);
    await it.untilAll("everybody is ready", ({ state }) => state === "ready");
    for (const member of [walled, proxied]) {
      for (const other of open) {
        expect(await it.reach(member, other)).toBe("direct-out");
        expect(await it.reach(other, member)).toBe("direct-in");
      }
    }
    const targets = new Set(it.proxy.asked.map(({ target }) => target));
    expect(targets.size).toBe(open.length);

    const writers = everybody.map((index) => it.writer(index));
    await expectEverywhere(it, await publish(it, writers));
    for (const [from, to] of [
      [walled, proxied],
      [proxied, walled],
    ] as const) {
      const isHeard = async () => (await it.reach(from, to)) === "through-others";
      await until(`${from} hears ${to} through others`, isHeard);
    }

    // Away for a while, and meanwhile the proxy ends every tunnel there is.
    await it.kill(walled);
    it.proxy.hangUp();
    const others = writers.map((writer, index) => (index === walled ? null : writer));
    const meanwhile: Written[] = [];
    for (const [index, writer] of others.entries()) {
      if (writer === null) continue;
      const created = writer.createStream();
      expect(await it.client(index).submit(created)).toMatchObject({ ok: true });
      meanwhile.push(created);
    }
    await it.start(walled);
    await it.untilAll("everybody is ready again", ({ state }) => state === "ready");
    await expectEverywhere(it, [...meanwhile, ...(await publish(it, writers))]);
  });
});
