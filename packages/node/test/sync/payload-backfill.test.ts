import type { MemberId } from "@tegata/ledger/primitives";
import type { StoredPayload } from "@tegata/ledger/storage";
import { afterEach, expect, test } from "vitest";
import { until } from "../../../../test/helpers/waiting.ts";
import { PurgeChain } from "../../../ledger/test/storage/purge-chain.ts";
import { createLog } from "../../src/log.ts";
import { Signal } from "../../src/signal.ts";
import { PayloadBackfill } from "../../src/sync/payload-backfill.ts";
import { decodeRequest, encodePayloadsAnswer, type PartName } from "../../src/sync/requests.ts";
import { Timers } from "../../src/timers.ts";

const timers = new Timers();
let backfill: PayloadBackfill | null = null;
afterEach(() => backfill?.stop());

const [liar, miser, mute, honest] = ["a", "b", "c", "d"].map(
  (letter) => letter.repeat(64) as MemberId,
) as [MemberId, MemberId, MemberId, MemberId];

/** A chain of three batches at one height, without their payloads. */
interface Chain extends Pick<PurgeChain, "store"> {
  readonly purge: (first: number, last: number) => Promise<void>;
  readonly batches: (readonly StoredPayload[])[];
  readonly height: number;
  /** The bytes of a payload that was asked for. */
  readonly bytesOf: (part: PartName) => Uint8Array | null;
}

async function made(): Promise<Chain> {
  const chain = await PurgeChain.make(null);
  const all = [0, 1, 2].map((at) => chain.batch(`${at}`, at, [300 + at, 400]));
  await chain.put(all.map(({ transaction }) => transaction));
  const batches = all.map(({ payloads }) => payloads);
  return {
    ...{ store: chain.store, batches, height: chain.ledger.head.height },
    purge: (first, last) => chain.put([chain.purging(first, last)]),
    bytesOf: ([id, at]) =>
      batches.flat().find(({ transactionId, part }) => transactionId === id && part === at)
        ?.bytes ?? null,
  };
}

/** Members that answer each in its way; `asked` is who was asked for what. */
function make(chain: Chain, connected: readonly MemberId[], asked: [MemberId, PartName][]) {
  const answers: Record<MemberId, (part: PartName) => Uint8Array | null> = {
    [liar]: (part) => chain.bytesOf(part)?.map((byte) => byte ^ 1) ?? null,
    [miser]: () => null,
    [honest]: (part) => chain.bytesOf(part),
  };
  const filling = new PayloadBackfill({
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
  backfill = filling;
  return filling;
}

test("whatever is missing comes from whoever has it, though others lie, have nothing or talk nonsense", async () => {
  const chain = await made();
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
  const chain = await made();
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
  const chain = await made();
  const { store, height } = chain;
  const missing = store.missingPayloads(height);
  await chain.purge(2, 3);
  const asked: [MemberId, PartName][] = [];
  const filling = make(chain, [liar, honest], asked);
  // As it was noted before the purge.
  filling.add(height, missing);
  await until("all is done", () => filling.missing === 0);
  const [first = [], second = [], third = []] = chain.batches;
  const ids = new Set(asked.map(([, [transactionId]]) => transactionId));
  expect([...ids]).toEqual([third[0]?.transactionId]);
  for (const payload of third) expect(store.payload(payload)).toEqual(payload.bytes);
  await store.putPayloads(height, [...first, ...second]);
  for (const payload of [...first, ...second]) {
    expect(store.payload(payload)).toBeNull();
    expect(store.hasPayload(height, payload)).toBe(false);
  }
});
