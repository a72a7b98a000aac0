import { compareBytes, type Hex, toHex } from "../primitives/ids.ts";

/** Reads the state of one height; the answer's bytes are never changed by either side. */
export interface StateReader {
  /** Canonical value of a key, or null where there is none. */
  get(key: Uint8Array): Uint8Array | null;
}

/** A write of the state: a new value, or null for a deletion. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null];

/** Writes over a reader that stays as it is; what is read from it is remembered. */
export class StateView implements StateReader {
  readonly #reader: StateReader;
  readonly #read: Map<Hex, Uint8Array | null> = new Map();
  readonly #written: Map<Hex, Change> = new Map();

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  get(key: Uint8Array): Uint8Array | null {
    const name = toHex(key);
    const written = this.#written.get(name);
    if (written !== undefined) return written[1];
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const value = this.#reader.get(key);
    this.#read.set(name, value);
    return value;
  }

  /** Writes a value, or null to delete. The view keeps both arrays. */
  set(key: Uint8Array, value: Uint8Array | null): void {
    this.#written.set(toHex(key), [key, value]);
  }

  /** The last write of every key, sorted by key. */
  changes(): readonly Change[] {
    return [...this.#written.values()].sort(([a], [b]) => compareBytes(a, b));
  }
}

/** A state that lies in memory as a whole: a genesis, a test, a rebuild. */
export function memoryState(entries: Iterable<Change>): StateReader & {
  readonly entries: () => readonly (readonly [Uint8Array, Uint8Array])[];
  readonly write: (changes: Iterable<Change>) => void;
} {
  const values = new Map<Hex, readonly [Uint8Array, Uint8Array]>();
  function write(changes: Iterable<Change>): void {
    for (const [key, value] of changes) {
      if (value === null) values.delete(toHex(key));
      else values.set(toHex(key), [key, value]);
    }
  }
  write(entries);
  return {
    get: (key) => values.get(toHex(key))?.[1] ?? null,
    entries: () => [...values.values()].sort(([a], [b]) => compareBytes(a, b)),
    write,
  };
}
