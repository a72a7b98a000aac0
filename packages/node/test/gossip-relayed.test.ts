import type { SidecarBytes, TransactionVerdict } from "@tegata/ledger/chain";
import { verifyTransaction } from "@tegata/ledger/chain";
import {
  createSigner,
  type MemberId,
  type NetworkId,
  type TransactionId,
} from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { TransactionGossip } from "../src/gossip/transaction-gossip.ts";
import { AdmissionDoor } from "../src/mempool/admission.ts";
import { Mempool } from "../src/mempool/mempool.ts";
import { frameTypes, type MessageType } from "../src/network/limits.ts";
import { Writer } from "./helpers/writer.ts";

const networkId = "11".repeat(32) as NetworkId;

/** A frame on its way; `false` loses it. */
type Passes = (from: number, to: number, type: MessageType) => boolean;

/** Members that gossip over links which the test makes and breaks. */
class Web {
  readonly #nodes: Node[];
  readonly #links = new Set<string>();
  readonly sent: { readonly from: number; readonly to: number; readonly type: MessageType }[] = [];
  passes: Passes = () => true;

  constructor(count: number) {
    this.#nodes = Array.from({ length: count }, (_, index) => new Node(this, index));
  }

  node(index: number): Node {
    return this.#nodes[index] as Node;
  }

  link(one: number, other: number): void {
    this.#links.add(`${one} ${other}`).add(`${other} ${one}`);
    this.node(one).gossip.onConnected(this.node(other).member);
    this.node(other).gossip.onConnected(this.node(one).member);
  }

  cut(one: number, other: number): void {
    this.#links.delete(`${one} ${other}`);
    this.#links.delete(`${other} ${one}`);
    this.node(one).gossip.onDisconnected(this.node(other).member);
    this.node(other).gossip.onDisconnected(this.node(one).member);
  }

  connected(index: number): readonly MemberId[] {
    return this.#nodes
      .filter((_, other) => this.#links.has(`${index} ${other}`))
      .map(({ member }) => member);
  }

  send(from: number, member: MemberId, type: MessageType, body: Uint8Array): boolean {
    const to = this.#nodes.findIndex((node) => node.member === member);
    if (!this.#links.has(`${from} ${to}`)) return false;
    this.sent.push({ from, to, type });
    if (this.passes(from, to, type)) {
      setImmediate(() => this.node(to).receive(this.node(from).member, type, body));
    }
    return true;
  }

  stop(): void {
    for (const { gossip } of this.#nodes) gossip.stop();
  }
}

class Node {
  readonly member: MemberId;
  readonly gossip: TransactionGossip;
  readonly faults: unknown[] = [];
  readonly #pool: Mempool;
  readonly #writer: Writer;

  constructor(web: Web, index: number) {
    this.member = `${index + 1}${index + 1}`.repeat(32) as MemberId;
    const key = createSigner(new Uint8Array(32).fill(index + 1));
    this.#writer = new Writer(this.member, key, networkId);
    const check = (): TransactionVerdict => ({ ok: true });
    const pool = new Mempool({ nextSequence: () => 1, check, memberCount: () => 4 });
    this.#pool = pool;
    const door = new AdmissionDoor(pool, {
      steadyMs: () => performance.now(),
      isCommitted: () => false,
      transactionKey: ({ memberId }) =>
        createSigner(new Uint8Array(32).fill(Number(memberId[0]))).publicKey,
      isSigned: (transaction, publicKey) => verifyTransaction(transaction, publicKey, networkId, 0),
      check,
    });
    this.gossip = new TransactionGossip({
      member: this.member,
      network: {
        connected: () => web.connected(index),
        send: (member, type, body) => web.send(index, member, type, body),
        broadcast: (type, body) =>
          web.connected(index).filter((member) => web.send(index, member, type, body)).length,
      },
      pool,
      door,
      onAdded: () => undefined,
      onRefused: (code) => this.faults.push(code),
      onFault: (error) => this.faults.push(error),
    });
  }

  /** Hands in a transaction of its own. */
  async write(): Promise<TransactionId> {
    const written: SidecarBytes & { readonly id: string } = this.#writer.void();
    const admission = await this.gossip.submit(written);
    expect(admission).toMatchObject({ ok: true });
    return written.id as TransactionId;
  }

  holds(...ids: readonly TransactionId[]): boolean {
    return ids.every((id) => this.#pool.get(id) !== null);
  }

  receive(from: MemberId, type: MessageType, body: Uint8Array): void {
    if (type === frameTypes.transactions) void this.gossip.onTransactions(from, body);
    if (type === frameTypes.announce) this.gossip.onAnnounce(from, body);
    if (type === frameTypes.want) this.gossip.onWant(from, body);
  }
}

let web: Web | null = null;

afterEach(() => {
  web?.stop();
  web = null;
});

/** Members in a row, of whom only neighbours are connected. */
function row(count: number): Web {
  const made = new Web(count);
  for (let index = 1; index < count; index += 1) made.link(index - 1, index);
  web = made;
  return made;
}

async function writeMany(node: Node, count: number): Promise<readonly TransactionId[]> {
  const ids: TransactionId[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await node.write());
  return ids;
}

describe("a transaction reaches members that have no connection with its author", () => {
  test("over as many others as lie between", async () => {
    const it = row(5);
    const ids = await writeMany(it.node(0), 20);
    await until("the last has all", () => it.node(4).holds(...ids));
    expect(it.node(4).faults).toEqual([]);
  });

  test("although the first word of it is lost", async () => {
    const it = row(3);
    it.passes = (from, to, type) => !(from === 1 && to === 2 && type === frameTypes.announce);
    const ids = await writeMany(it.node(0), 20);
    await until("the second has all", () => it.node(1).holds(...ids));
    await until("it was told", () => it.sent.some(({ from, to }) => from === 1 && to === 2));
    it.passes = () => true;
    await until("the last has all", () => it.node(2).holds(...ids));
  });

  test("although they come later, and come back with an empty memory", async () => {
    const it = new Web(3);
    web = it;
    it.link(0, 1);
    const ids = await writeMany(it.node(0), 20);
    await until("the second has all", () => it.node(1).holds(...ids));
    it.link(1, 2);
    await until("who comes later has all", () => it.node(2).holds(...ids));
    const empty = new Node(it, 2);
    it.cut(1, 2);
    Reflect.set(it.node(2), "gossip", empty.gossip);
    it.node(2).receive = (...words) => empty.receive(...words);
    it.link(1, 2);
    await until("who comes back has all", () => empty.holds(...ids));
  });
});

describe("gossip keeps quiet", () => {
  test("once everybody holds everything, and nobody is told twice", async () => {
    const it = new Web(4);
    web = it;
    for (let one = 0; one < 4; one += 1) {
      for (let other = one + 1; other < 4; other += 1) it.link(one, other);
    }
    const ids = await writeMany(it.node(0), 50);
    await until("everybody has all", () =>
      [1, 2, 3].every((index) => it.node(index).holds(...ids)),
    );
    const enough = it.sent.length;
    // Longer than the first time at which anything is told again.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    const receipts = it.sent.slice(enough).filter(({ type }) => type !== frameTypes.announce);
    expect(receipts).toEqual([]);
    expect(it.sent.length - enough).toBeLessThanOrEqual(12);
  }, 20_000);

  test("towards a member that never says to hold anything: ever more rarely", async () => {
    const it = row(3);
    it.passes = (from, _, type) => !(from === 2 && type === frameTypes.announce);
    const ids = await writeMany(it.node(0), 20);
    await until("the last has all", () => it.node(2).holds(...ids));
    const before = it.sent.length;
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    const told = it.sent.slice(before).filter(({ from, to, type }) => {
      return from === 1 && to === 2 && type === frameTypes.announce;
    });
    // At the age of two and of four seconds, each time at two ticks at most; the receipt may be among them.
    expect(told.length).toBeLessThanOrEqual(5);
    expect(told.length).toBeGreaterThanOrEqual(2);
  }, 20_000);
});
