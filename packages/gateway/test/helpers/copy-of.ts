import { type KeyValueStore, openMemoryStore } from "@tegata/ledger/storage";

/** A disk as it is now. */
export async function copyOf(store: KeyValueStore): Promise<KeyValueStore> {
  const copy = openMemoryStore();
  const range = { first: Uint8Array.of(0), end: new Uint8Array(64).fill(255) };
  for await (const { key, value } of store.range(range)) {
    await copy.write([{ type: "put", key: Uint8Array.from(key), value: Uint8Array.from(value) }]);
  }
  return copy;
}
