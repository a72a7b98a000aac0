import { type TransactionId, toHex } from "../primitives/index.ts";
import type { Candidates } from "./candidates.ts";
import type { BlockCommit } from "./chain-store.ts";
import { bodyKeys } from "./keyspace.ts";

/**
 * What a run of blocks passes over: stored for its heights but the last, and not of their blocks. The next commit
 * deletes it as all orphans, but a start before that reads candidates from the head on and would not know of it.
 */
export class PassedOver {
  readonly #taken = new Map<number, ReadonlySet<TransactionId>>();

  constructor(commits: readonly BlockCommit[]) {
    for (const { block } of commits.slice(0, -1)) {
      this.#taken.set(block.header.height, new Set(block.transactions.map(({ id }) => id)));
    }
  }

  /** Whether payloads of a transaction that are stored for this height are passed over. */
  has(height: number, id: TransactionId): boolean {
    return this.#taken.get(height)?.has(id) === false;
  }

  /** Keys in *bodies* of what is there, and of what is on its way there. */
  keys(candidates: Candidates, arriving: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#taken.size === 0) return [];
    const stored = candidates.orphans(Math.max(...this.#taken.keys()), {
      block: () => true,
      transaction: (height, id) => !this.has(height, id),
    });
    const strays = arriving.filter((key) => {
      const { height, transactionId } = bodyKeys.readPayload(key);
      return this.has(height, toHex(transactionId) as TransactionId);
    });
    return [...stored, ...strays];
  }
}
