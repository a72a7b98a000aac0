import { compareBytes, LedgerError, toHex } from "../primitives/index.ts";
import type {
  KeyRange,
  KeyValueEntry,
  KeyValueSnapshot,
  KeyValueStore,
  KeyValueWrite,
} from "./key-value-store.ts";

/** Index of the first entry whose key is not below `key`. */
function lowerBound(entries: readonly KeyValueEntry[], key: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle] as KeyValueEntry;
    if (compareBytes(entry.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

class MemoryStore implements KeyValueStore {
  readonly #entries: Map<string, KeyValueEntry>;
  /** The entries in key order, made when a range is asked for; null after a write. */
  #sorted: readonly KeyValueEntry[] | null = null;
  #closed = false;

  constructor(entries: Iterable<readonly [string, KeyValueEntry]> = []) {
    this.#entries = new Map(entries);
  }

  get(key: Uint8Array): Uint8Array | null {
    this.#checkOpen();
    return this.#entries.get(toHex(key))?.value ?? null;
  }

  range(range: KeyRange): AsyncIterable<KeyValueEntry> {
    this.#checkOpen();
    return later(this.#within(range));
  }

  snapshot(): KeyValueSnapshot {
    this.#checkOpen();
    const copy = new MemoryStore(this.#entries);
    return {
      getMany: async (keys) => {
        this.#checkOpen();
        return keys.map((key) => copy.get(key));
      },
      range: (range) => {
        this.#checkOpen();
        return copy.range(range);
      },
      close: () => copy.close(),
    };
  }

  async write(batch: readonly KeyValueWrite[]): Promise<void> {
    this.#checkOpen();
    this.#sorted = null;
    for (const change of batch) {
      const name = toHex(change.key);
      if (change.type === "delete") this.#entries.delete(name);
      else {
        this.#entries.set(name, { key: change.key.slice(), value: change.value.slice() });
      }
    }
  }

  async compact(): Promise<void> {
    this.#checkOpen();
  }

  async sizeOf(range: KeyRange): Promise<number> {
    this.#checkOpen();
    return this.#within(range).reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #within({ first, end }: KeyRange): readonly KeyValueEntry[] {
    this.#sorted ??= [...this.#entries.values()].sort((a, b) => compareBytes(a.key, b.key));
    return this.#sorted.slice(lowerBound(this.#sorted, first), lowerBound(this.#sorted, end));
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new LedgerError("LEDGER_STORE_CLOSED", "the store in memory is closed", {
      folder: "memory",
    });
  }
}

async function* later(entries: readonly KeyValueEntry[]): AsyncGenerator<KeyValueEntry> {
  yield* entries;
}

/** An empty store without a disk, for simulations and tests; keeps the contract of the real one. */
export function openMemoryStore(): KeyValueStore {
  return new MemoryStore();
}
