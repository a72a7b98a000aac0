import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, LedgerError, toHex } from "../../src/primitives/index.ts";
import type { KeyRange, KeyValueStore, KeyValueWrite } from "../../src/storage/index.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const put = (key: Uint8Array, value: Uint8Array): KeyValueWrite => ({ type: "put", key, value });
const remove = (key: Uint8Array): KeyValueWrite => ({ type: "delete", key });
const everything: KeyRange = { first: bytes(), end: bytes(255, 255, 255, 255, 255) };

async function dump(store: KeyValueStore, range: KeyRange = everything): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, value } of store.range(range))
    found.push(`${toHex(key)}=${toHex(value)}`);
  return found;
}

async function codeOf(action: () => unknown): Promise<string | null> {
  try {
    await action();
    return null;
  } catch (error) {
    return error instanceof LedgerError ? error.code : String(error);
  }
}

/** What every key-value store promises; `open` gives a new, empty one and the test closes it. */
export function keyValueStoreContract(name: string, open: () => Promise<KeyValueStore>): void {
  async function withStore(use: (store: KeyValueStore) => Promise<void>): Promise<void> {
    const store = await open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }

  describe(`${name} keeps the contract of a key-value store`, () => {
    test("a value is found under its key only, and an empty value is a value", () =>
      withStore(async (store) => {
        await store.write([put(bytes(1), bytes(7)), put(bytes(1, 0), bytes())]);
        expect(store.get(bytes(1))).toEqual(bytes(7));
        expect(store.get(bytes(1, 0))).toEqual(bytes());
        expect(store.get(bytes())).toBeNull();
        expect(store.get(bytes(1, 0, 0))).toBeNull();
      }));

    test("the later change of one batch wins", () =>
      withStore(async (store) => {
        await store.write([put(bytes(1), bytes(1)), remove(bytes(1))]);
        expect(store.get(bytes(1))).toBeNull();
        await store.write([remove(bytes(1)), put(bytes(1), bytes(2))]);
        expect(store.get(bytes(1))).toEqual(bytes(2));
      }));

    test("what was written does not change with the caller's arrays", () =>
      withStore(async (store) => {
        const key = bytes(1);
        const value = bytes(2);
        const written = store.write([put(key, value)]);
        key[0] = 9;
        value[0] = 9;
        await written;
        expect(await dump(store)).toEqual(["01=02"]);
      }));

    test("a range has its first key, not its end, and follows the order of bytes", () =>
      withStore(async (store) => {
        const keys = [bytes(2), bytes(1, 255), bytes(1), bytes(255), bytes(1, 0), bytes(128)];
        await store.write(keys.map((key) => put(key, bytes())));
        expect(await dump(store)).toEqual(["01=", "0100=", "01ff=", "02=", "80=", "ff="]);
        expect(await dump(store, { first: bytes(1, 0), end: bytes(128) })).toEqual([
          "0100=",
          "01ff=",
          "02=",
        ]);
        expect(await dump(store, { first: bytes(2), end: bytes(1) })).toEqual([]);
      }));

    test("a range shows the content of its call, whatever is written while it is read", () =>
      withStore(async (store) => {
        await store.write([put(bytes(1), bytes(1)), put(bytes(2), bytes(2))]);
        const range = store.range(everything);
        await store.write([remove(bytes(1)), put(bytes(2), bytes(9)), put(bytes(3), bytes(3))]);
        const seen: string[] = [];
        for await (const { key, value } of range) seen.push(`${toHex(key)}=${toHex(value)}`);
        expect(seen).toEqual(["01=01", "02=02"]);
      }));

    test("a range can be left early", () =>
      withStore(async (store) => {
        await store.write([put(bytes(1), bytes()), put(bytes(2), bytes())]);
        for await (const { key } of store.range(everything)) {
          expect(key).toEqual(bytes(1));
          break;
        }
        await store.write([remove(bytes(1))]);
        expect(await dump(store)).toEqual(["02="]);
      }));

    test("a snapshot stays what it was while everything around it changes", () =>
      withStore(async (store) => {
        await store.write([put(bytes(1), bytes(1)), put(bytes(2), bytes(2))]);
        const snapshot = store.snapshot();
        await store.write([remove(bytes(1)), put(bytes(2), bytes(9)), put(bytes(3), bytes(3))]);
        const found: string[] = [];
        for await (const { key, value } of snapshot.range(everything)) {
          found.push(`${toHex(key)}=${toHex(value)}`);
        }
        expect(found).toEqual(["01=01", "02=02"]);
        const asked = [bytes(2), bytes(3), bytes(1)];
        expect(await snapshot.getMany(asked)).toEqual([bytes(2), null, bytes(1)]);
        await snapshot.close();
        await snapshot.close();
        expect(await dump(store)).toEqual(["02=09", "03=03"]);
      }));

    test("a snapshot of a closed store refuses to be read", async () => {
      const store = await open();
      await store.write([put(bytes(1), bytes(1))]);
      const snapshot = store.snapshot();
      await store.close();
      expect(await codeOf(() => snapshot.getMany([bytes(1)]))).toBe("LEDGER_STORE_CLOSED");
      expect(await codeOf(() => store.snapshot())).toBe("LEDGER_STORE_CLOSED");
      await snapshot.close();
    });

    test("a large value comes back whole", () =>
      withStore(async (store) => {
        const value = new Uint8Array(3_000_000).map((_, index) => (index * 31) & 0xff);
        await store.write([put(bytes(1), value)]);
        expect(compareBytes(store.get(bytes(1)) ?? bytes(), value)).toBe(0);
      }));

    test("the size of a range is about that of what it holds in the files", () =>
      withStore(async (store) => {
        const value = new Uint8Array(100_000);
        await store.write([1, 2, 3].map((at) => put(bytes(at), value)));
        await store.compact({ first: bytes(0), end: bytes(9) });
        const sizes = [0, 1, 2, 3].map((end) => store.sizeOf({ first: bytes(0), end: bytes(end) }));
        const [before, , one, two] = await Promise.all(sizes);
        expect(before).toBe(0);
        expect(one).toBeGreaterThan(90_000);
        expect(two).toBeGreaterThan(190_000);
        expect(two).toBeLessThan(250_000);
      }));

    test("a closed store refuses every call, and closing again does nothing", async () => {
      const store = await open();
      await store.write([put(bytes(1), bytes(1))]);
      await store.close();
      await store.close();
      expect(await codeOf(() => store.get(bytes(1)))).toBe("LEDGER_STORE_CLOSED");
      expect(await codeOf(() => store.write([]))).toBe("LEDGER_STORE_CLOSED");
      const all = { first: bytes(0), end: bytes(9) };
      expect(await codeOf(() => store.sizeOf(all))).toBe("LEDGER_STORE_CLOSED");
      expect(await codeOf(() => store.compact(all))).toBe("LEDGER_STORE_CLOSED");
      expect(await codeOf(() => dump(store))).toBe("LEDGER_STORE_CLOSED");
    });

    test("any sequence of batches leaves what a map would hold", async () => {
      const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 });
      const change = fc.oneof(
        fc.record({
          type: fc.constant("put" as const),
          key,
          value: fc.uint8Array({ maxLength: 4 }),
        }),
        fc.record({ type: fc.constant("delete" as const), key }),
      );
      const batches = fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(batches, (writes) =>
          withStore(async (store) => {
            const model = new Map<string, string>();
            for (const batch of writes) {
              await store.write(batch);
              for (const one of batch) {
                if (one.type === "put") model.set(toHex(one.key), toHex(one.value));
                else model.delete(toHex(one.key));
              }
            }
            const expected = [...model].map(([name, value]) => `${name}=${value}`).sort();
            expect((await dump(store)).sort()).toEqual(expected);
            for (const [name, value] of model) {
              expect(toHex(store.get(Buffer.from(name, "hex")) ?? bytes(0))).toBe(value);
            }
          }),
        ),
        { numRuns: 25 },
      );
    });
  });
}
