import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, type StreamId } from "@tegata/ledger/primitives";
import { openMemoryStore } from "@tegata/ledger/storage";
import { generateEntryId } from "@tegata/ledger/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EntryHead } from "../src/outbox/entry.ts";
import { entryIdOf, markOf, spanOf } from "../src/outbox/entry-id.ts";
import { Past } from "../src/outbox/past.ts";
import { deriveLocalKeys } from "../src/store/local-keys.ts";
import { SealedStore } from "../src/store/sealed-store.ts";

const golden = join(import.meta.dirname, "golden", "entry-id.json");
const lane = "a1".repeat(16) as StreamId;
const life = "0123456789abcdef";

function storeOf(localKey: Uint8Array): SealedStore {
  return new SealedStore(openMemoryStore(), deriveLocalKeys(localKey, "outbox"));
}

const store = storeOf(new Uint8Array(32).fill(3));

function headOf(ordinal: number, own: Partial<EntryHead> = {}): EntryHead {
  return {
    ...{ number: ordinal + 1, submission: "00".repeat(16), acknowledgedMs: 0 },
    ...{ kind: "rows", rowCount: 1, sizeBytes: 1, itemCount: 1, epoch: 0, backfill: false },
    ...{ lane, life, ordinal, alone: false, ...own },
  };
}

const runOf = (ordinal: number, count: number, own: Partial<EntryHead> = {}) =>
  Array.from({ length: count }, (_, index) => headOf(ordinal + index, own));

describe("the id of entries that travel together", () => {
  test("has the bytes of the golden vector, and says which entries of which opening they are", () => {
    const { entryId, stream, localKey, life, ordinal, count } = JSON.parse(
      readFileSync(golden, "utf8"),
    );
    const own = storeOf(fromHex(localKey));
    expect(entryIdOf(own, runOf(ordinal, count, { lane: stream, life }))).toBe(entryId);
    const span = { mark: markOf(own, stream, life), ordinal, count };
    expect(spanOf(own, entryId)).toEqual(span);
    expect(spanOf(store, entryId)).not.toEqual(span);
  });

  test("is another one for another stream, opening, ordinal, count or company", () => {
    const others: Partial<EntryHead>[] = [
      { life: "ff".repeat(8) },
      { lane: lane.replace("a", "b") as StreamId },
    ];
    const ids = [
      entryIdOf(store, runOf(7, 1)),
      entryIdOf(store, runOf(7, 2)),
      entryIdOf(store, runOf(8, 1)),
      ...others.map((own) => entryIdOf(store, runOf(7, 1, own))),
      entryIdOf(storeOf(new Uint8Array(32).fill(4)), runOf(7, 1)),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    // What was refused goes out again under it, alone or not, whatever number it has meanwhile.
    expect(entryIdOf(store, runOf(7, 1, { alone: true, number: 99 }))).toBe(ids[0]);
  });

  test("is never given to entries of which one does not follow the other", () => {
    for (const own of [{ ordinal: 9 }, { ordinal: 7 }, { life: "ff".repeat(8) }]) {
      expect(() => entryIdOf(store, [headOf(7), headOf(8, own)])).toThrow("a run of entries");
    }
    expect(() => entryIdOf(store, [])).toThrow("holds its count");
  });
});

describe("a restored outbox", () => {
  test("finds of what an id names exactly what it has, waiting or refused", () => {
    const span = fc.record({ ordinal: fc.nat(20), count: fc.integer({ min: 1, max: 9 }) });
    const has = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(span, has, ({ ordinal, count }, has) => {
        const run = runOf(0, 30, { life: "ee".repeat(8) });
        const alone = run.map((head, index) => ({ ...head, number: 100 + index, alone: true }));
        const kept = alone.filter((_, index) => has[index] === true);
        // Others have the same ordinals.
        const past = new Past(store, [...runOf(0, 30), ...kept]);
        const named = kept.filter((one) => one.ordinal >= ordinal && one.ordinal < ordinal + count);
        const id = entryIdOf(store, run.slice(ordinal, ordinal + count));
        expect(past.namedBy(id)).toEqual(named.map(({ number }) => number));
        expect(past.namedBy(generateEntryId())).toEqual([]);
      }),
    );
  });

  test("with a hundred thousand waiting rows reads two thousand batches of the ledger in a moment", () => {
    const heads = runOf(0, 100_000);
    const ids = Array.from({ length: 2_000 }, (_, index) =>
      entryIdOf(store, heads.slice(50 * index, 50 * index + 50)),
    );
    const startMs = performance.now();
    const past = new Past(store, heads);
    for (const id of ids) expect(past.namedBy(id)).toHaveLength(50);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
