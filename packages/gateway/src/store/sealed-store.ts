import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import { compareBytes, concat, LedgerError } from "@tegata/ledger/primitives";
import type {
  KeyRange,
  KeyValueEntry,
  KeyValueSnapshot,
  KeyValueStore,
  KeyValueWrite,
} from "@tegata/ledger/storage";
import { drawBytes, nonceBytes, openAead, sealAead } from "@tegata/ledger/vault";
import { Encoder } from "cbor-x";
import { GatewayError } from "../errors.ts";
import type { LocalKeys, LocalStore } from "./local-keys.ts";
import { keyRange } from "./sealed-key.ts";
import type { Trail } from "./trail.ts";

/** One change of a batch; keys come from sealed-key.ts, values are what CBOR can say. */
export type SealedWrite =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: unknown }
  | { readonly type: "delete"; readonly key: Uint8Array };

/** A key with its opened value. */
export interface SealedEntry {
  readonly key: Uint8Array;
  readonly value: unknown;
}

const saltBytes = 16;
/** For a single block, where it is a permutation: without a chain there is nothing for an iv to begin. */
const blockCipher = "aes-256-ecb";
const sessionsKept = 64;
const cbor = new Encoder({ useRecords: false, tagUint8Array: false, copyBuffers: true });

interface Group {
  readonly writes: KeyValueWrite[];
  readonly written: Promise<void>;
  readonly settle: (error: unknown) => void;
}

/** A local database of which something is not as it was written. */
export function storeDamaged(store: LocalStore, what: string, cause?: unknown): GatewayError {
  return new GatewayError("GATEWAY_STORE_DAMAGED", { store, what }, cause);
}

/** An error of the database below, as that of the store where bytes are not as they were written. */
export function asDamage(store: LocalStore, error: unknown): unknown {
  if (!(error instanceof LedgerError) || error.code !== "LEDGER_STORE_DAMAGED") return error;
  return storeDamaged(store, error.message, error);
}

/**
 * A key-value store that holds ciphertext only. Each opening draws a salt; its values are encrypted under
 * a key of this salt with a counter as nonce, so that no key and nonce ever meet twice, not even after an
 * old copy of the folder was put back. A value is bound to its key. Writes that come while another is under
 * way share the next sync.
 */
export class SealedStore {
  readonly #store: KeyValueStore;
  readonly #keys: LocalKeys;
  readonly #salt = drawBytes(saltBytes);
  readonly #sessions = new Map<string, KeyObject>();
  #counter = 0;
  readonly #failed = Promise.withResolvers<unknown>();
  #trail: Trail | null = null;
  /** Steps of the trail that are on the disk. */
  #stepsKept = 0;
  #beside: SealedStore | null = null;
  #gathering: Group | null = null;
  #running = false;
  /** Null once nothing is waited for before a write. */
  #check: (() => Promise<void>) | null = null;

  constructor(store: KeyValueStore, keys: LocalKeys) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Resolves with the error of the first write that failed: nothing is written after it. */
  get failed(): Promise<unknown> {
    return this.#failed.promise;
  }

  /** 16 bytes that stand for a name in a key; without the local key they tell nothing. */
  hide(...parts: readonly (Uint8Array | string)[]): Uint8Array {
    const mac = createHmac("sha256", this.#keys.nameKey);
    for (const part of parts) {
      const bytes = typeof part === "string" ? Buffer.from(part, "utf8") : part;
      mac.update(Uint8Array.of(bytes.length >>> 8, bytes.length & 255)).update(bytes);
    }
    return Uint8Array.from(mac.digest().subarray(0, 16));
  }

  /**
   * 16 bytes that stand for 16 others, each for one; without the local key they cannot be told from random ones.
   * Equal blocks give equal ones, so a caller never veils the same twice for different things.
   */
  veil(block: Uint8Array): Uint8Array {
    const cipher = createCipheriv(blockCipher, this.#keys.blockKey, null).setAutoPadding(false);
    return Uint8Array.from(cipher.update(block));
  }

  /** What {@link veil} was given; of bytes that it never gave, bytes without meaning. */
  unveil(block: Uint8Array): Uint8Array {
    const cipher = createDecipheriv(blockCipher, this.#keys.blockKey, null).setAutoPadding(false);
    return Uint8Array.from(cipher.update(block));
  }

  /** The value of a key, or null. @throws GATEWAY_STORE_DAMAGED */
  get<T>(key: Uint8Array): T | null {
    const sealed = this.#attempt(() => this.#store.get(key));
    return sealed === null ? null : (this.#open(key, sealed) as T);
  }

  /** Entries whose key begins with `prefix`, ascending. @throws GATEWAY_STORE_DAMAGED */
  async *prefix(prefix: Uint8Array): AsyncGenerator<SealedEntry> {
    yield* this.range(keyRange(prefix));
  }

  /** Entries of a range, ascending. @throws GATEWAY_STORE_DAMAGED */
  async *range(range: {
    readonly first: Uint8Array;
    readonly end: Uint8Array;
  }): AsyncGenerator<SealedEntry> {
    if (compareBytes(range.first, range.end) >= 0) return;
    for await (const { key, value } of this.#entries(range)) {
      yield { key, value: this.#open(key, value) };
    }
  }

  /** Keys of a range, ascending, without opening the values. */
  async *keys(range: {
    readonly first: Uint8Array;
    readonly end: Uint8Array;
  }): AsyncGenerator<Uint8Array> {
    if (compareBytes(range.first, range.end) >= 0) return;
    for await (const { key } of this.#entries(range)) yield key;
  }

  /** Applies all changes or none, after those of earlier calls; they are on the disk when it resolves. */
  write(changes: readonly SealedWrite[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve();
    const group = this.#group();
    for (const change of changes) group.writes.push(this.#sealed(change));
    return group.written;
  }

  /** From now on each write leaves a step of a trail, with how far that of the store beside has come, if any is. */
  keepTrail(trail: Trail, beside: SealedStore | null): void {
    this.#trail = trail;
    this.#stepsKept = trail.count;
    this.#beside = beside;
  }

  /** Nothing is written before this has resolved; where it rejects, every write fails with its error. */
  holdUntil(check: () => Promise<void>): void {
    this.#check = check;
  }

  /** Everything as it is now, sealed as it lies on the disk; close it soon. */
  freeze(): KeyValueSnapshot {
    return this.#store.snapshot();
  }

  async close(): Promise<void> {
    await this.#gathering?.written.catch(() => undefined);
    await this.#store.close();
  }

  async *#entries(range: KeyRange): AsyncGenerator<KeyValueEntry> {
    try {
      yield* this.#store.range(range);
    } catch (error) {
      throw asDamage(this.#keys.store, error);
    }
  }

  #attempt<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw asDamage(this.#keys.store, error);
    }
  }

  #group(): Group {
    if (this.#gathering !== null) return this.#gathering;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A write nobody waits for must not end the process: the next call hears of the failure.
    promise.catch(() => undefined);
    const settle = (error: unknown): void => (error === null ? resolve() : reject(error));
    const group: Group = { writes: [], written: promise, settle };
    this.#gathering = group;
    if (!this.#running) queueMicrotask(() => void this.#run());
    return group;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const group: Group | null = this.#gathering;
      this.#gathering = null;
      if (group === null) break;
      try {
        if (this.#check !== null) await this.#check();
        this.#check = null;
        const steps = this.#trail?.next(this.#beside === null ? 0 : this.#beside.#stepsKept) ?? [];
        await this.#store.write([...group.writes, ...steps.map((step) => this.#sealed(step))]);
        this.#stepsKept = this.#trail?.count ?? 0;
        group.settle(null);
      } catch (error) {
        group.settle(error);
        this.#failed.resolve(error);
      }
    }
    this.#running = false;
  }

  #session(salt: Uint8Array): KeyObject {
    const name = Buffer.from(salt).toString("latin1");
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const key = createSecretKey(
      createHmac("sha256", this.#keys.valueKey).update("session").update(salt).digest(),
    );
    if (this.#sessions.size >= sessionsKept) this.#sessions.clear();
    this.#sessions.set(name, key);
    return key;
  }

  #sealed(change: SealedWrite): KeyValueWrite {
    if (change.type === "delete") return change;
    return { type: "put", key: change.key, value: this.#seal(change.key, change.value) };
  }

  /** Salt (16), nonce (12), ciphertext and tag. */
  #seal(key: Uint8Array, value: unknown): Uint8Array {
    this.#counter += 1;
    const nonce = new Uint8Array(nonceBytes);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#counter));
    const plaintext = cbor.encode(value);
    const sealed = sealAead(this.#session(this.#salt), nonce, key, plaintext);
    plaintext.fill(0);
    return concat(this.#salt, nonce, sealed);
  }

  #open(key: Uint8Array, stored: Uint8Array): unknown {
    const nonce = stored.subarray(saltBytes, saltBytes + nonceBytes);
    if (nonce.length === nonceBytes) {
      const session = this.#session(stored.subarray(0, saltBytes));
      const plaintext = openAead(session, nonce, key, stored.subarray(saltBytes + nonceBytes));
      if (plaintext !== null) return cbor.decode(plaintext);
    }
    throw storeDamaged(this.#keys.store, "a value does not open");
  }
}
