import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EntryId, fromHex, type StreamId } from "@tegata/ledger/primitives";
import { openMemoryStore } from "@tegata/ledger/storage";
import { generateEntryId } from "@tegata/ledger/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EntryHead } from "../src/outbox/entry.ts";
import { entryIdOf, spanOf } from "../src/outbox/entry-id.ts";
import { Past } from "../src/outbox/past.ts";
import { deriveLocalKeys } from "../src/store/local-keys.ts";
import { SealedStore } from "../src/store/sealed-store.ts";

const golden = join(import.meta.dirname, "golden", "entry-id.json");
const lane = "a1".repeat(16) as StreamId;

function storeOf(localKey: Uint8Array): SealedStore {
  return new SealedStore(openMemoryStore(), deriveLocalKeys(localKey, "outbox"));
}

const store = storeOf(new Uint8Array(32).fill(3));

function headOf(number: number, alone = false, entryId: EntryId | null = null): EntryHead {
  return {
    ...{ number, submission: number.toString(16).padStart(32, "0"), lane, acknowledgedMs: 0 },
    ...{ kind: "rows", rowCount: 1, sizeBytes: 1, itemCount: 1, epoch: 0, backfill: false },
    ...{ alone, entryId },
  };
}

describe("the id of entries that travel together", () => {
  test("has the bytes of the golden vector, and says where they begin and how many they are", () => {
    const { entryId, stream, localKey, submission, number, count } = JSON.parse(
      readFileSync(golden, "utf8"),
    );
    const own = storeOf(fromHex(localKey));
    expect(entryIdOf(own, stream, { number, submission }, count)).toBe(entryId);
    expect(spanOf(own, entryId)).toEqual({ number, count });
    expect(spanOf(store, entryId)).not.toEqual({ number, count });
  });

  test("is another one for another stream, submission, number, count or company", () => {
    const first = headOf(7);
    const ids = [
      entryIdOf(store, lane, first, 1),
      entryIdOf(store, lane, first, 2),
      entryIdOf(store, lane, headOf(8), 1),
      entryIdOf(store, lane, { ...first, submission: "ff".repeat(16) }, 1),
      entryIdOf(store, "b2".repeat(16) as StreamId, first, 1),
      entryIdOf(storeOf(new Uint8Array(32).fill(4)), lane, first, 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(entryIdOf(store, lane, first, 1)).toBe(ids[0]);
  });
});

describe("a restored outbox", () => {
  /** Entries in the order in which they were acknowledged, of which the copy has the first ones. */
  const life = fc.record({
    alone: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
    counts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 40, maxLength: 40 }),
    copied: fc.nat(40),
    refused: fc.array(fc.nat(39), { maxLength: 6 }),
  });

  test("recognises exactly what of it each id on the ledger stands for, wherever batches begin", () => {
    fc.assert(
      fc.property(life, ({ alone, counts, copied, refused }) => {
        const heads = alone.map((one, index) => headOf(index + 1, one));
        const end = Math.min(copied, heads.length) + 1;
        const past = new Past(end, store);
        const told: number[] = [];
        const refusedNow: EntryHead[] = [];
        const commit = (batch: readonly EntryHead[]) => {
          const [first] = batch as [EntryHead];
          const id = entryIdOf(store, lane, first, batch.length);
          const taken = past.take(lane, id, () => heads);
          expect(taken).toEqual(batch.flatMap(({ number }) => (number < end ? [number] : [])));
          told.push(...taken);
        };
        const waiting = [...heads];
        for (const count of counts) {
          const [first] = waiting;
          if (first === undefined) break;
          const next = waiting.findIndex((head, at) => at > 0 && head.alone);
          const most = first.alone ? 1 : next < 0 ? waiting.length : next;
          const batch = waiting.splice(0, Math.min(count, most));
          // What is refused is sent again alone, behind what waits, or never.
          if (refused.includes(first.number)) refusedNow.push(...batch);
          else commit(batch);
          expect(past.take(lane, generateEntryId(), () => heads)).toEqual([]);
        }
        for (const head of refusedNow.filter(({ number }) => number % 2 === 0)) commit([head]);
        expect(new Set(told).size).toBe(told.length);
      }),
    );
  });

  test("that went on sending and was restored once more knows what both sent", () => {
    const heads = [1, 2, 3, 4, 5, 6].map((number) => headOf(number));
    const past = new Past(7, store);
    const take = (number: number, count: number) =>
      past.take(lane, entryIdOf(store, lane, headOf(number), count), () => heads);
    // The first one had 1, 3 and 6 refused; the second one sent them with one of its own.
    expect([take(2, 1), take(4, 2)]).toEqual([[2], [4, 5]]);
    expect(take(1, 4)).toEqual([1, 3, 6]);
  });

  test("leaves out what the ledger holds under an id it knows", () => {
    const heads = [1, 2, 3, 4, 5].map((number) => headOf(number));
    const past = new Past(6, store);
    const take = (number: number, count: number) =>
      past.take(lane, entryIdOf(store, lane, headOf(number), count), () => heads);
    expect(take(5, 1)).toEqual([5]);
    past.leave(lane, [2, 3, 5]);
    // Sent by one that was restored from another copy, which had not made parcels yet.
    expect(take(1, 2)).toEqual([1, 4]);
  });

  test("finds documents by the id they asked for, and takes nothing that came after the restoring", () => {
    const wanted = generateEntryId();
    const heads = [headOf(1, true, wanted), headOf(2, true), headOf(3)];
    const past = new Past(3, store);
    const idOf = (number: number) => entryIdOf(store, lane, headOf(number), 1);
    expect(past.take(lane, idOf(3), () => heads)).toEqual([]);
    expect(past.take("b2".repeat(16) as StreamId, idOf(2), () => heads)).toEqual([]);
    expect(past.take(lane, wanted, () => heads)).toEqual([1]);
    expect(past.take(lane, idOf(2), () => heads)).toEqual([2]);
  });

  test("gives the id that several documents asked for to the first that still waits, as sending did", () => {
    const wanted = generateEntryId();
    const heads = [1, 2, 3].map((number) => headOf(number, true, wanted));
    const past = new Past(4, store);
    const own = entryIdOf(store, lane, headOf(2), 1);
    expect(past.take(lane, wanted, () => heads)).toEqual([1]);
    expect(past.take(lane, own, () => heads)).toEqual([2]);
    // Free again, since the ledger holds the first.
    expect(past.take(lane, wanted, () => heads)).toEqual([3]);
    expect(past.take(lane, wanted, () => heads)).toEqual([]);
  });

  test("with a hundred thousand waiting rows reads two thousand batches of the ledger in a moment", () => {
    const heads = Array.from({ length: 100_000 }, (_, index) => headOf(index + 1));
    const past = new Past(100_001, store);
    const startMs = performance.now();
    for (let first = 1; first <= 100_000; first += 50) {
      const id = entryIdOf(store, lane, headOf(first), 50);
      expect(past.take(lane, id, () => heads)).toHaveLength(50);
    }
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
