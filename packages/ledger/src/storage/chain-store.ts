import type { Change, StateReader } from "../chain/state-view.ts";
import type { BlockId, Hash, NetworkId, TransactionId } from "../primitives/index.ts";
import type { PayloadName } from "./candidates.ts";
import type { KeyValueEntry } from "./key-value-store.ts";

/** The last committed block. */
export interface Head {
  readonly height: number;
  readonly blockId: BlockId;
  readonly timeMs: number;
}

/** What genesis puts into the state at height 0. */
export interface GenesisCommit {
  readonly timeMs: number;
  readonly changes: readonly Change[];
}

/** A decided block with what its execution wrote; each state key at most once. */
export interface BlockCommit {
  readonly height: number;
  readonly blockId: BlockId;
  readonly timeMs: number;
  readonly blockBytes: Uint8Array;
  readonly certificateBytes: Uint8Array;
  readonly changes: readonly Change[];
  /** In block order. */
  readonly transactionIds: readonly TransactionId[];
}

/** Ciphertext of one part of a transaction. */
export interface StoredPayload extends PayloadName {
  readonly bytes: Uint8Array;
}

/** A committed block; its bytes give its id. */
export interface StoredBlock {
  readonly height: number;
  readonly blockId: BlockId;
  readonly bytes: Uint8Array;
}

/** A committed transaction and its place. */
export interface StoredTransaction {
  readonly height: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * The chain of one network on the disk: blocks, payloads, state. Heights above the head are
 * *candidates*, stored before a vote for them leaves; commit moves the head by one in one atomic step.
 * Reads are synchronous. Every method may throw LEDGER_STORE_FAILED (stop voting, exit) and
 * LEDGER_STORE_CLOSED; reads of committed things throw LEDGER_STORE_DAMAGED with the height when the
 * bytes are missing or not what was committed: fetch them again and call `restoreBlock` or `putPayloads`.
 * Source: docs/PROTOCOL.md section 9.
 */
export interface ChainStore {
  readonly networkId: NetworkId;
  head(): Head;
  /** Values of the head's state by state key; always current, null when there is none. */
  reader(): StateReader;
  /** Entries of the head's state whose key begins with `start`, ascending by state key. */
  stateEntries(start: Uint8Array): AsyncIterable<KeyValueEntry>;
  /** Stores a block of a height above the head, synced. */
  putCandidate(height: number, blockId: BlockId, blockBytes: Uint8Array): Promise<void>;
  hasCandidate(height: number, blockId: BlockId): boolean;
  candidate(height: number, blockId: BlockId): Uint8Array | null;
  /**
   * Stores payloads, synced, in one batch. The caller has verified them against their transactions.
   * A height above the head: possession for a vote there; a committed height: background fetching.
   */
  putPayloads(height: number, payloads: readonly StoredPayload[]): Promise<void>;
  hasPayload(height: number, transactionId: TransactionId, part: number): boolean;
  /**
   * Makes block head + 1 and its state durable. Bodies first, then one batch moves the head; candidates
   * and payloads of earlier heights that were not committed are collected on the way.
   */
  commit(block: BlockCommit): Promise<void>;
  /** A committed payload, verified; null when it is not held or no such transaction is committed. */
  payload(transactionId: TransactionId, part: number): Uint8Array | null;
  /** Payloads of a committed block that are not held. */
  missingPayloads(height: number): readonly PayloadName[];
  /** A committed block, verified; null above the head and for height 0. */
  block(height: number): StoredBlock | null;
  /** A committed block or a candidate by its id, verified. */
  blockById(blockId: BlockId): StoredBlock | null;
  /** Id of the committed block of a height (0: the network id), or null above the head. */
  blockId(height: number): BlockId | null;
  certificate(height: number): Uint8Array | null;
  transaction(id: TransactionId): StoredTransaction | null;
  /** State root of a checkpoint, or null when that height is not committed or none. */
  stateRoot(checkpoint: number): Hash | null;
  /** Committed blocks in order from `heightFirst`, at most `countMax`. */
  blocks(heightFirst: number, countMax: number): Iterable<StoredBlock>;
  /** Replaces a damaged committed block by bytes that give its id. */
  restoreBlock(height: number, blockBytes: Uint8Array, certificateBytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
