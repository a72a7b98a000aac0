/** One change of a batch. Both byte strings belong to the caller again once the write has returned. */
export type KeyValueWrite =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: Uint8Array };

/** A key and its value; the reader must not change the bytes. */
export interface KeyValueEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The keys from `first` (included) to `end` (excluded), in the order of `compareBytes`. */
export interface KeyRange {
  readonly first: Uint8Array;
  readonly end: Uint8Array;
}

/** A store as it was at one moment, whatever is written to it meanwhile; close it soon. */
export interface KeyValueSnapshot {
  /**
   * The values of keys in their order, null where there was none.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]>;
  /** As {@link KeyValueStore.range}. */
  range(range: KeyRange): AsyncIterable<KeyValueEntry>;
  /** Ends it; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * A sorted map of byte strings on a disk, or one that behaves like it; no key is empty. The contract is a test:
 * key-value-store.contract.ts. After the first failed write every further call but `close` refuses,
 * because nobody knows what the disk still keeps.
 */
export interface KeyValueStore {
  /**
   * The value of a key, or null. The reader must not change the bytes.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  get(key: Uint8Array): Uint8Array | null;
  /**
   * The entries of a range in ascending order, as they are at the time of the call.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  range(range: KeyRange): AsyncIterable<KeyValueEntry>;
  /**
   * Everything as it is now.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  snapshot(): KeyValueSnapshot;
  /**
   * Applies all changes of the batch or none, in order; they are on the disk when it resolves.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  write(batch: readonly KeyValueWrite[]): Promise<void>;
  /**
   * Has the files of a range written anew, so that none of them holds a deleted value any more; takes as
   * long as it takes to copy what the range holds. It counts as a write: when it resolves, this has come about, and
   * one that failed leaves a store that refuses every further call but `close`.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_DAMAGED, LEDGER_STORE_CLOSED
   */
  compact(range: KeyRange): Promise<void>;
  /**
   * About how many bytes a range takes in the files; what is still in memory need not be counted.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_CLOSED
   */
  sizeOf(range: KeyRange): Promise<number>;
  /** Waits for running writes and ends; a second call does nothing. */
  close(): Promise<void>;
}
