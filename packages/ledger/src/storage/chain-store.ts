import type { Block } from "../chain/block.ts";
import type { Head } from "../chain/build.ts";
import type { Change, StateReader } from "../chain/state-view.ts";
import type { Transaction } from "../chain/transaction.ts";
import type { BlockId, Hash, NetworkId, TransactionId } from "../primitives/index.ts";
import type { PayloadName } from "./candidates.ts";
import type { FrozenState } from "./frozen-state.ts";
import type { KeyValueEntry } from "./key-value-store.ts";
import type { PurgeOutcome } from "./purging.ts";
import type { CommittedSetChange } from "./set-changes.ts";

/** What genesis puts into the state at height 0. */
export interface GenesisCommit {
  readonly timeMs: number;
  readonly changes: readonly Change[];
}

/** A decided block with what its execution wrote. */
export interface BlockCommit {
  readonly block: Block;
  /** Commit certificate that decides this block, as received or assembled. */
  readonly certificate: Uint8Array;
  /** Each state key at most once. */
  readonly changes: readonly Change[];
}

/** Ciphertext of one part of a transaction. */
export interface StoredPayload extends PayloadName {
  readonly bytes: Uint8Array;
}

/** A committed transaction and its place. */
export interface CommittedTransaction {
  readonly height: number;
  /** Position in the block, from 0. */
  readonly index: number;
  readonly transaction: Transaction;
}

/** A committed block that is not here, below all that are. */
export interface MissingBlock {
  readonly height: number;
  readonly blockId: BlockId;
}

/**
 * The chain of one network on the disk: blocks, payloads, state. Blocks and payloads above the head are
 * *candidates*, stored before a vote for them leaves; a commit moves the head in one atomic step.
 *
 * Every method may throw LEDGER_STORE_FAILED (stop voting and exit) and LEDGER_STORE_CLOSED. Reading what
 * is committed throws LEDGER_STORE_DAMAGED with its height when the bytes are lost or altered: fetch them
 * from another node and give them to `restoreBlock` or `putPayloads`.
 * Source: docs/PROTOCOL.md section 9.
 */
export interface ChainStore {
  readonly networkId: NetworkId;
  /** The last committed block; at height 0 the genesis. */
  head(): Head;
  /**
   * 0 where no block is missing. A chain made from a snapshot begins with its first block above it: below
   * there are no blocks, transactions and payloads, and only some block ids and certificates.
   */
  readonly baseHeight: number;
  /** The state after the head, which is a checkpoint, to be read while the chain goes on. */
  freeze(): FrozenState;
  /** The highest block that is missing below all others, or null. */
  missingBlock(): MissingBlock | null;
  /**
   * Adds blocks below the first, downwards: the first one given is {@link missingBlock}, each further one
   * the block before. The caller has compared their bodies with their headers.
   */
  prepend(blocks: readonly Block[]): Promise<void>;
  /** Values of the state after the head, always the current one. */
  reader(): StateReader;
  /** Entries of that state whose key begins with `start`, ascending by key. */
  stateEntries(start: Uint8Array): AsyncIterable<KeyValueEntry>;
  /** Stores a block above the head, synced. */
  putCandidate(block: Block): Promise<void>;
  hasCandidate(height: number, blockId: BlockId): boolean;
  /** A stored block above the head, verified; one that was altered on the disk is held no more. */
  candidate(height: number, blockId: BlockId): Block | null;
  /**
   * Stores payloads in one synced batch; the caller has verified them against their transactions. At a
   * height above the head they are the possession a vote needs, at a committed one they fill its gaps. What
   * the head's state calls purged is left out.
   */
  putPayloads(height: number, payloads: readonly StoredPayload[]): Promise<void>;
  hasPayload(height: number, name: PayloadName): boolean;
  /**
   * Makes the block after the head, or several in a row, and their state durable: bodies first, then one
   * batch moves the head. A checkpoint is the last of them. What earlier heights stored and the chain did
   * not take is collected on the way.
   */
  commit(...commits: readonly BlockCommit[]): Promise<void>;
  /** Whether the owner of a committed transaction purged its payloads; of no other it is known. */
  isPurged(id: TransactionId): boolean;
  /**
   * Deletes the payloads that committed purges left on the disk, and has the files that held them written
   * anew, some neighbouring heights after others. One call is under way at a time; what one does not come to
   * before the signal, the next does, also after a start.
   */
  purge(signal?: AbortSignal): Promise<PurgeOutcome>;
  /** A payload of a committed transaction, verified, or one of a candidate; null when it is not held. */
  payload(name: PayloadName): Uint8Array | null;
  /** Payloads of a committed block that are not held, and not purged. */
  missingPayloads(height: number): readonly PayloadName[];
  /** A committed block, verified; null for height 0 and above the head. */
  block(height: number): Block | null;
  /** A committed block or a candidate, verified. */
  blockById(blockId: BlockId): Block | null;
  /** Id of a committed block (height 0: the network id), or null above the head and where it is not known. */
  blockId(height: number): BlockId | null;
  /** The own copy of a committed block's certificate, verified; null for height 0 and above the head. */
  certificate(height: number): Uint8Array | null;
  /** A committed transaction, verified. */
  transaction(id: TransactionId): CommittedTransaction | null;
  /** Root of the state after a checkpoint, or null when that height is none or not committed. */
  stateRoot(checkpoint: number): Hash | null;
  /**
   * Committed blocks in order from `heightFirst`, at most `countMax`, each verified as it is reached; none
   * where that lies below the base.
   */
  blocks(heightFirst: number, countMax: number): Iterable<Block>;
  /**
   * Committed heights from `heightFirst` to `heightEnd` (excluded) whose blocks changed the set of
   * validators, ascending, each verified as it is reached.
   */
  setChanges(heightFirst: number, heightEnd: number): AsyncIterable<CommittedSetChange>;
  /** Replaces a committed block and its certificate; the caller has verified the certificate. */
  restoreBlock(block: Block, certificate: Uint8Array): Promise<void>;
  /**
   * Compares the whole state with its tree, in the background of everything else, and tells how much is
   * done; throws LEDGER_STORE_DAMAGED with height null at the first value that is not what was written.
   */
  checkState(): AsyncIterable<number>;
  /** Waits for running writes, closes the databases and gives the lock back. */
  close(): Promise<void>;
}
