import { buildBlock, initialState, type Transaction } from "@tegata/ledger/chain";
import { hashId, type MemberId, sha256 } from "@tegata/ledger/primitives";
import { type ChainStore, openMemoryChainStore, type StoredPayload } from "@tegata/ledger/storage";
import { afterEach, expect, test } from "vitest";
import {
  certificateOf,
  filler,
  type Ledger,
  member,
  newLedger,
  plan,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
} from "../../../ledger/test/chain/fixtures.ts";
import { createLog } from "../../src/log.ts";
import { Signal } from "../../src/signal.ts";
import { PayloadBackfill } from "../../src/sync/payload-backfill.ts";
import { decodeRequest, encodePayloadsAnswer, type PartName } from "../../src/sync/requests.ts";
import { Timers } from "../../src/timers.ts";
import { until } from "../helpers/waiting.ts";

const timers = new Timers();
let backfill: PayloadBackfill | null = null;
afterEach(() => backfill?.stop());

const [liar, miser, mute, honest] = ["a", "b", "c", "d"].map(
  (letter) => letter.repeat(64) as MemberId,
) as [MemberId, MemberId, MemberId, MemberId];

const stream = streamOf("backfill");

/** A chain of three batches at one height, without their payloads. */
class Chain {
  readonly ledger: Ledger = newLedger(3);
  readonly owner = member(this.ledger, 0);
  readonly batches: StoredPayload[][] = [];
  store!: ChainStore;
  height = 0;

  async make(): Promise<this> {
    const { ledger, owner } = this;
    const { networkId, timeMs } = ledger.genesis;
    const genesis = { timeMs, changes: initialState(ledger.genesis) };
    this.store = await openMemoryChainStore({ networkId, genesis });
    await this.put([sign(ledger, owner, streamCreate(ledger, owner, stream))]);
    const made = [0, 1, 2].map((at) => {
      const bytes = [filler(`first ${at}`, 300 + at), filler(`second ${at}`, 400)];
      const content = records(ledger, owner, stream);
      const payloads = bytes.map((one) => ({ hash: hashId(sha256(one)), size: one.length }));
      const sequence = content.sequence + at;
      const transaction = sign(ledger, owner, { ...content, sequence, payloads });
      this.batches.push(
        bytes.map((one, part) => ({ transactionId: transaction.id, part, bytes: one })),
      );
      return transaction;
    });
    await this.put(made);
    this.height = ledger.head.height;
    return this;
  }

  async put(transactions: readonly Transaction[]): Promise<void> {
    const { ledger, store } = this;
    const { block, changes } = buildBlock(plan(ledger, transactions));
    ledger.state.write(changes);
    const { height, timeMs } = block.header;
    ledger.head = { height, blockId: block.id, timeMs };
    await store.commit({ block, changes, certificate: certificateOf(ledger.head) });
  }

  /** The bytes of a payload that was asked for. */
  bytesOf([transactionId, part]: PartName): Uint8Array | null {
    const all = this.batches.flat();
    const held = all.find((one) => one.transactionId === transactionId && one.part === part);
    return held?.bytes ?? null;
  }
}

/** Members that answer each in its way; `asked` is who was asked for what. */
function make(chain: Chain, connected: readonly MemberId[], asked: [MemberId, PartName][]) {
  const answers: Record<MemberId, (part: PartName) => Uint8Array | null> = {
    [liar]: (part) => chain.bytesOf(part)?.map((byte) => byte ^ 1) ?? null,
    [miser]: () => null,
    [honest]: (part) => chain.bytesOf(part),
  };
  const made = new PayloadBackfill({
    store: chain.store,
    network: {
      connected: () => connected,
      request: async (to, body) => {
        const request = decodeRequest(body);
        if (request.kind !== "payloads") throw new Error("only payloads are asked for");
        for (const part of request.parts) asked.push([to, part]);
        const answer = answers[to];
        // Nonsense in place of an answer.
        if (answer === undefined) return Uint8Array.of(0xff, 1, 2);
        return encodePayloadsAnswer(request.parts.map(answer));
      },
    },
    log: createLog("error", null),
    connected: new Signal(timers),
    votersOf: () => [liar, miser],
    onFault: (error) => {
      throw error;
    },
  });
  backfill = made;
  return made;
}

test("whatever is missing comes from whoever has it, though others lie, have nothing or talk nonsense", async () => {
  const chain = await new Chain().make();
  const { store, height } = chain;
  const missing = store.missingPayloads(height);
  expect(missing).toHaveLength(6);
  const asked: [MemberId, PartName][] = [];
  const filling = make(chain, [liar, miser, mute, honest], asked);
  filling.add(height, missing);
  await until("all is there", () => store.missingPayloads(height).length === 0);
  for (const payload of chain.batches.flat()) expect(store.payload(payload)).toEqual(payload.bytes);
  await until("nothing is asked for", () => filling.missing === 0);
  expect(new Set(asked.map(([to]) => to))).toEqual(new Set([liar, miser, mute, honest]));
});

test("what one member alone has is taken from it, and the rest from another", async () => {
  const chain = await new Chain().make();
  const { store, height } = chain;
  const half = chain.batches.slice(0, 1);
  const asked: [MemberId, PartName][] = [];
  const filling = make(chain, [miser, honest], asked);
  const whole = [...chain.batches];
  chain.batches.splice(0, 3, ...half);
  filling.add(height, store.missingPayloads(height));
  await until("the half is there", () => store.missingPayloads(height).length === 4);
  chain.batches.splice(0, 1, ...whole);
  await until("all is there", () => store.missingPayloads(height).length === 0);
});

test("what was purged meanwhile is asked of nobody any more, and not stored if somebody sends it", async () => {
  const chain = await new Chain().make();
  const { store, height, ledger, owner } = chain;
  const missing = store.missingPayloads(height);
  await chain.put([sign(ledger, owner, purge(ledger, owner, stream, [2, 3]))]);
  const asked: [MemberId, PartName][] = [];
  const filling = make(chain, [liar, honest], asked);
  // As it was noted before the purge.
  filling.add(height, missing);
  await until("all is done", () => filling.missing === 0);
  const [first, second, third] = chain.batches as [
    StoredPayload[],
    StoredPayload[],
    StoredPayload[],
  ];
  const ids = new Set(asked.map(([, [transactionId]]) => transactionId));
  expect([...ids]).toEqual([third[0]?.transactionId]);
  for (const payload of third) expect(store.payload(payload)).toEqual(payload.bytes);
  await store.putPayloads(height, [...first, ...second]);
  for (const payload of [...first, ...second]) {
    expect(store.payload(payload)).toBeNull();
    expect(store.hasPayload(height, payload)).toBe(false);
  }
});
