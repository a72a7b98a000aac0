import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GatewayError } from "../src/errors.ts";
import { deriveLocalKeys } from "../src/store/local-keys.ts";
import { keyRange, readU32, readU64, sealedKey, u32, u64 } from "../src/store/sealed-key.ts";
import { SealedStore } from "../src/store/sealed-store.ts";

const localKey = new Uint8Array(32).fill(7);
const keys = deriveLocalKeys(localKey, "index");

async function all(store: KeyValueStore): Promise<readonly Uint8Array[]> {
  const values: Uint8Array[] = [];
  const range = { first: new Uint8Array(0), end: Uint8Array.of(255) };
  for await (const { value } of store.range(range)) values.push(value);
  return values;
}

test("what is put comes back, whatever it is, and after the store was opened again", async () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
    fc.array(fc.oneof(fc.maxSafeInteger(), fc.string())),
    fc.record({ a: fc.maxSafeInteger(), b: fc.array(fc.boolean()) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 8 }), async (values) => {
      const memory = openMemoryStore();
      const store = new SealedStore(memory, keys);
      const name = (index: number): Uint8Array => sealedKey(1, u64(index));
      await store.write(
        values.map((one, index) => ({ type: "put", key: name(index), value: one })),
      );
      const again = new SealedStore(memory, keys);
      for (const [index, one] of values.entries()) expect(again.get(name(index))).toEqual(one);
    }),
    { numRuns: 50 },
  );
});

test("a value that was changed, moved or written under another key is told, not read", async () => {
  const memory = openMemoryStore();
  const store = new SealedStore(memory, keys);
  const [one, two] = [sealedKey(1, Uint8Array.of(1)), sealedKey(1, Uint8Array.of(2))];
  await store.write([
    { type: "put", key: one, value: { rows: [1, "a"] } },
    { type: "put", key: two, value: null },
  ]);
  const sealed = memory.get(one) as Uint8Array;
  await memory.write([{ type: "put", key: two, value: sealed }]);
  expect(() => store.get(two)).toThrow(GatewayError);
  for (let at = 0; at < sealed.length; at += 1) {
    await memory.write([{ type: "put", key: one, value: sealed.with(at, (sealed[at] ?? 0) ^ 1) }]);
    expect(() => store.get(one)).toThrow("GATEWAY_STORE_DAMAGED");
  }
  for (const length of [0, 15, 27, 28, sealed.length - 1]) {
    await memory.write([{ type: "put", key: one, value: sealed.slice(0, length) }]);
    expect(() => store.get(one)).toThrow("GATEWAY_STORE_DAMAGED");
  }
  await memory.write([{ type: "put", key: one, value: sealed }]);
  const others = [
    deriveLocalKeys(localKey, "outbox"),
    deriveLocalKeys(new Uint8Array(32), "index"),
  ];
  for (const other of others) {
    expect(() => new SealedStore(memory, other).get(one)).toThrow("GATEWAY_STORE_DAMAGED");
  }
});

test("no two values share salt and nonce, also after an old copy was opened again", async () => {
  const seen = new Set<string>();
  const key = sealedKey(1, Uint8Array.of(1));
  let count = 0;
  for (let opening = 0; opening < 20; opening += 1) {
    const memory = openMemoryStore();
    const store = new SealedStore(memory, keys);
    for (let write = 0; write < 10; write += 1) {
      await store.write([{ type: "put", key, value: write }]);
      const sealed = memory.get(key) as Uint8Array;
      seen.add(Buffer.from(sealed.subarray(0, 28)).toString("hex"));
      count += 1;
    }
  }
  expect(seen.size).toBe(count);
});

test("names are hidden and numbers keep their order", async () => {
  const memory = openMemoryStore();
  const store = new SealedStore(memory, keys);
  expect(store.hide("press")).toEqual(store.hide("press"));
  expect(store.hide("ab", "c")).not.toEqual(store.hide("a", "bc"));
  expect(store.hide("press")).not.toEqual(
    new SealedStore(memory, deriveLocalKeys(localKey, "outbox")).hide("press"),
  );
  const numbers = [0, 1, 255, 256, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const writes = numbers
    .toReversed()
    .map((number) => ({ type: "put" as const, key: sealedKey(9, u64(number)), value: number }));
  await store.write(writes);
  const found: unknown[] = [];
  for await (const { key, value } of store.prefix(sealedKey(9))) {
    expect(readU64(key, 1)).toBe(value);
    found.push(value);
  }
  expect(found).toEqual(numbers);
  expect(readU32(u32(77), 0)).toBe(77);
  expect(keyRange(Uint8Array.of(3, 255)).end).toEqual(Uint8Array.of(4));
});

test("writes of one moment share one batch, and later ones come after", async () => {
  const memory = openMemoryStore();
  const batches: number[] = [];
  const counting: KeyValueStore = {
    get: (key) => memory.get(key),
    range: (range) => memory.range(range),
    snapshot: () => memory.snapshot(),
    write: async (batch) => {
      batches.push(batch.length);
      await new Promise(setImmediate);
      await memory.write(batch);
    },
    compact: (range) => memory.compact(range),
    sizeOf: (range) => memory.sizeOf(range),
    close: () => memory.close(),
  };
  const store = new SealedStore(counting, keys);
  const key = sealedKey(1);
  const put = (value: number): Promise<void> => store.write([{ type: "put", key, value }]);
  const first = [put(1), put(2)];
  await Promise.all([
    ...first,
    Promise.resolve().then(() => Promise.all([put(3), put(4), put(5)])),
  ]);
  expect(batches).toEqual([2, 3]);
  expect(store.get(key)).toBe(5);
  expect((await all(memory)).length).toBe(1);
});

test("a write that failed is heard by everybody who waited for it", async () => {
  const failing: KeyValueStore = {
    ...{ get: () => null, range: () => openMemoryStore().range({ first: u32(0), end: u32(1) }) },
    snapshot: () => openMemoryStore().snapshot(),
    write: () => Promise.reject(new Error("disk full")),
    compact: async () => undefined,
    sizeOf: async () => 0,
    close: async () => undefined,
  };
  const store = new SealedStore(failing, keys);
  const key = sealedKey(1);
  const both = [1, 2].map((value) => store.write([{ type: "put", key, value }]));
  for (const write of both) await expect(write).rejects.toThrow("disk full");
});
