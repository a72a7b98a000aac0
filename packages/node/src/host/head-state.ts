import type { Change, StateReader } from "@tegata/ledger/chain";
import { type Hex, toHex } from "@tegata/ledger/primitives";

/** Values kept in memory; a busy network touches far fewer keys in a minute. */
const valuesMax = 65_536;

/**
 * The head's state with the values in memory that were read lately: each transaction is checked several
 * times and reads the same few keys.
 */
export class HeadState implements StateReader {
  readonly #reader: StateReader;
  readonly #values = new Map<Hex, Uint8Array | null>();

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  get(key: Uint8Array): Uint8Array | null {
    const name = toHex(key);
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const value = this.#reader.get(key);
    this.#keep(name, value);
    return value;
  }

  /** The head moved by these writes. */
  commit(changes: readonly Change[]): void {
    for (const [key, value] of changes) this.#keep(toHex(key), value);
  }

  /** While a commit is under way what is read may be old or new; nothing of it is kept. */
  forget(changes: readonly Change[]): void {
    for (const [key] of changes) this.#values.delete(toHex(key));
  }

  #keep(name: Hex, value: Uint8Array | null): void {
    this.#values.set(name, value);
    if (this.#values.size <= valuesMax) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      if (this.#values.size <= valuesMax / 2) break;
    }
  }
}
