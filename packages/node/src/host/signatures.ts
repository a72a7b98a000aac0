import { type Transaction, verifyTransaction } from "@tegata/ledger/chain";
import type { NetworkId, PublicKey, TransactionId } from "@tegata/ledger/primitives";
import { Slices } from "../timers.ts";

/** Verified ids that are remembered beyond the mempool. */
const verifiedMax = 65_536;
/** Verification goes on for this long before votes are let through. */
const sliceMs = 4;

/** Verifies each transaction's signature once, whoever asks again. */
export class Signatures {
  readonly #network: NetworkId;
  readonly #era: number;
  readonly #verified = new Map<TransactionId, PublicKey>();

  constructor(network: NetworkId, era: number) {
    this.#network = network;
    this.#era = era;
  }

  isSigned(transaction: Transaction, key: PublicKey): boolean {
    if (this.#verified.get(transaction.id) === key) return true;
    if (!verifyTransaction(transaction, key, this.#network, this.#era)) return false;
    this.#verified.set(transaction.id, key);
    if (this.#verified.size > verifiedMax) {
      for (const oldest of this.#verified.keys()) {
        this.#verified.delete(oldest);
        break;
      }
    }
    return true;
  }

  /** Verifies ahead, in slices, so that executing a foreign block does not stop the node for long. */
  async prepare(
    transactions: readonly Transaction[],
    keyOf: (transaction: Transaction) => PublicKey | null,
  ): Promise<void> {
    const slices = new Slices(sliceMs);
    for (const transaction of transactions) {
      const key = keyOf(transaction);
      if (key === null || !this.isSigned(transaction, key)) return;
      if (slices.isOver) await slices.next();
    }
  }
}
