import { accepted } from "../../primitives/errors.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { writeWriter } from "../state-values.ts";
import type { StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** That the number is the next one is a rule of all transactions; the body must only repeat it. */
export function checkClaimWriter(transaction: TransactionOf<"claim-writer">): TransactionVerdict {
  if (transaction.body.writer === transaction.writer) return accepted;
  return refuseTransaction("LEDGER_TX_CLAIM", {
    writer: transaction.writer,
    claimed: transaction.body.writer,
  });
}

/** From now on only the gateway with this number writes for the member. */
export function applyClaimWriter(
  view: StateView,
  transaction: TransactionOf<"claim-writer">,
): void {
  writeWriter(view, transaction.memberId, transaction.writer);
}
