import { assert } from "../primitives/assert.ts";
import type { Hash, PublicKey } from "../primitives/ids.ts";
import { validatorsHashOf } from "./block.ts";
import { applyTransaction, checkTransaction, transactionKey } from "./check.ts";
import type { BlockContext } from "./context.ts";
import type { TransactionRefusal } from "./refusal.ts";
import { changesRootOf } from "./state-root.ts";
import { readValidators, writeClock } from "./state-values.ts";
import { type Change, type StateReader, StateView } from "./state-view.ts";
import type { Transaction } from "./transaction.ts";

/** Answers whether this key signed a transaction, from a cache or by verifying; the caller knows network and era. */
export type SignatureCheck = (transaction: Transaction, key: PublicKey) => boolean;

/** What is executed. */
export interface Execution {
  readonly height: number;
  readonly timeMs: number;
  readonly transactions: readonly Transaction[];
  readonly isSigned: SignatureCheck;
}

/** What a block does to the state. */
export interface BlockEffect {
  /** All writes, sorted by key; null deletes. */
  readonly changes: readonly Change[];
  readonly changesRoot: Hash;
  readonly validatorsHash: Hash;
  readonly nextValidatorsHash: Hash;
}

/** Why a block cannot be executed: its first refused or wrongly signed transaction. */
export type ExecutionRefusal =
  | { readonly ok: false; readonly code: "LEDGER_BLOCK_SIGNATURE"; readonly index: number }
  | {
      readonly ok: false;
      readonly code: "LEDGER_BLOCK_TRANSACTION";
      readonly index: number;
      readonly refusal: TransactionRefusal;
    };

/**
 * Checks and applies transactions in order on the state that `reader` shows, which stays as it is.
 * The first transaction that is refused or not signed ends it: there are no failed transactions.
 */
export function executeBlock(
  reader: StateReader,
  { height, timeMs, transactions, isSigned }: Execution,
): ({ readonly ok: true } & BlockEffect) | ExecutionRefusal {
  const view = new StateView(reader);
  const context: BlockContext = { height, timeMs, startOfBlock: reader };
  for (const [index, transaction] of transactions.entries()) {
    const verdict = checkTransaction(view, transaction, context);
    if (!verdict.ok) {
      return { ok: false, code: "LEDGER_BLOCK_TRANSACTION", index, refusal: verdict };
    }
    const key = transactionKey(view, transaction.memberId);
    assert(key !== null, "the sender of a checked transaction is known");
    if (!isSigned(transaction, key)) return { ok: false, code: "LEDGER_BLOCK_SIGNATURE", index };
    applyTransaction(view, transaction, context);
  }
  return { ok: true, ...closeBlock(reader, view, height, timeMs) };
}

/** Writes what every block writes, and sums the block up. */
export function closeBlock(
  reader: StateReader,
  view: StateView,
  height: number,
  timeMs: number,
): BlockEffect {
  writeClock(view, { height, timeMs });
  const changes = view.changes();
  return {
    changes,
    changesRoot: changesRootOf(changes),
    validatorsHash: validatorsHashOf(readValidators(reader)),
    nextValidatorsHash: validatorsHashOf(readValidators(view)),
  };
}
