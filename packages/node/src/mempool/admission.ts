import {
  type Cure,
  checkPayloads,
  decodeTransaction,
  isCostly,
  type SidecarBytes,
  type Transaction,
  type TransactionRefusal,
  type TransactionVerdict,
} from "@tegata/ledger/chain";
import {
  LedgerError,
  type MemberId,
  type PublicKey,
  type Refusal,
  type TransactionId,
} from "@tegata/ledger/primitives";
import type { PooledTransaction } from "./lane.ts";
import type { Mempool } from "./mempool.ts";

/** Why a transaction is turned away at the door, beside the rules of the ledger. */
export type DoorRefusalCode =
  | "NODE_TX_MALFORMED"
  | "NODE_TX_SIGNATURE"
  | "NODE_TX_PAYLOADS"
  | "NODE_TX_AHEAD"
  | "NODE_TX_POOL_FULL";

/** A transaction that was turned away, and what would cure it. */
export type DoorRefusal = TransactionRefusal | (Refusal<DoorRefusalCode> & { readonly cure: Cure });

/** What became of a transaction at the door. `evicted` had to leave for it. */
export type Admission =
  | { readonly ok: true; readonly id: TransactionId; readonly news: "known" | "committed" }
  | {
      readonly ok: true;
      readonly id: TransactionId;
      readonly news: "added";
      readonly pooled: PooledTransaction;
      readonly evicted: readonly PooledTransaction[];
    }
  | DoorRefusal;

/** What the door asks the ledger. */
export interface AdmissionRules {
  /** Milliseconds of a clock that nobody can set. */
  steadyMs(): number;
  /** Looks a transaction up on the disk; asked only for sequences that are used already. */
  isCommitted(id: TransactionId): boolean;
  /** The key of the version that a transaction names, null where its member has none such. */
  transactionKey(transaction: Transaction): PublicKey | null;
  isSigned(transaction: Transaction, key: PublicKey): boolean;
  /** Whether the next block could take this transaction. */
  check(transaction: Transaction): TransactionVerdict;
}

/** Objects around a waiting transaction's bytes, charged like bytes. Measured, rounded up. */
const overheadBytes = 3_072;

/** Ids of committed transactions that are remembered. */
const committedIdsMax = 65_536;

/** What only waits for transactions on their way, and therefore may stay in the pool. */
const parkedCodes: ReadonlySet<string> = new Set([
  "LEDGER_TX_SEQUENCE_GAP",
  "LEDGER_TX_WRITER_AHEAD",
]);

function turnAway(code: DoorRefusalCode, cure: Cure): DoorRefusal {
  return { ok: false, code, cure };
}

/** Whether the payloads are those the transaction names, in number, size and hash. */
export function holdsItsPayloads(
  transaction: Transaction,
  payloads: readonly Uint8Array[],
): boolean {
  try {
    checkPayloads(transaction, payloads);
    return true;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

/** Reads a transaction, or null for what is none. */
export function readTransaction(bytes: Uint8Array): Transaction | null {
  try {
    return decodeTransaction(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** Memory that a transaction is charged for. */
function chargeOf(sidecar: SidecarBytes): number {
  const payloadBytes = sidecar.payloads.reduce((sum, payload) => sum + payload.length, 0);
  return payloadBytes + 2 * sidecar.transaction.length + overheadBytes;
}

/**
 * The one door to the mempool, for one's own gateway and for every other member. What is cheap to refuse
 * is refused before the signature is verified, and a signature is verified once.
 */
export class AdmissionDoor {
  readonly #pool: Mempool;
  readonly #rules: AdmissionRules;
  /** Lately committed, the oldest first: late pushes and announcements are common. */
  readonly #committed = new Set<TransactionId>();

  constructor(pool: Mempool, rules: AdmissionRules) {
    this.#pool = pool;
    this.#rules = rules;
  }

  /** Whether a transaction was committed lately. */
  wasCommitted(id: TransactionId): boolean {
    return this.#committed.has(id);
  }

  /** A block was committed: its transactions are no news any more. */
  commit(transactions: readonly Transaction[]): void {
    for (const { id } of transactions) this.#committed.add(id);
    for (const oldest of this.#committed) {
      if (this.#committed.size <= committedIdsMax) break;
      this.#committed.delete(oldest);
    }
  }

  /** Judges a sidecar whose bytes nobody changes any more; `origin` is known to hold it, null for our own. */
  admit(sidecar: SidecarBytes, origin: MemberId | null): Admission {
    const transaction = readTransaction(sidecar.transaction);
    if (transaction === null) return turnAway("NODE_TX_MALFORMED", "never");
    const { id } = transaction;
    const known = this.#pool.get(id);
    if (known !== null) {
      if (origin !== null) known.holders.add(origin);
      return { ok: true, id, news: "known" };
    }
    if (this.#committed.has(id)) return { ok: true, id, news: "committed" };
    const chargedBytes = chargeOf(sidecar);
    const key = this.#rules.transactionKey(transaction);
    const isSigned = () => key !== null && this.#rules.isSigned(transaction, key);
    const isVerified = isCostly(transaction.kind);
    if (isVerified && !isSigned()) return turnAway("NODE_TX_SIGNATURE", "never");
    const refused = this.#refusalBeforeSignature(transaction, chargedBytes);
    if (refused?.code === "LEDGER_TX_SEQUENCE_USED" && this.#rules.isCommitted(id)) {
      return { ok: true, id, news: "committed" };
    }
    if (refused !== null) return refused;
    if (!holdsItsPayloads(transaction, sidecar.payloads)) {
      return turnAway("NODE_TX_PAYLOADS", "never");
    }
    if (key === null || !(isVerified || isSigned())) {
      return turnAway("NODE_TX_SIGNATURE", "never");
    }
    const pooled: PooledTransaction = {
      transaction,
      payloads: sidecar.payloads,
      signedBy: key,
      own: origin === null,
      chargedBytes,
      holders: new Set(origin === null ? [] : [origin]),
      addedAtMs: this.#rules.steadyMs(),
      repeats: 0,
    };
    const evicted = this.#pool.add(pooled);
    if (evicted === null) return turnAway("NODE_TX_POOL_FULL", "wait");
    return { ok: true, id, news: "added", pooled, evicted };
  }

  #refusalBeforeSignature(transaction: Transaction, chargedBytes: number): DoorRefusal | null {
    const verdict = this.#rules.check(transaction);
    if (!verdict.ok && !parkedCodes.has(verdict.code)) return verdict;
    const room = this.#pool.checkRoom(transaction, chargedBytes);
    return room.ok ? null : { ...room, cure: "wait" };
  }
}
