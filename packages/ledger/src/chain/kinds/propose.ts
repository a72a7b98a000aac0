import { subjectOf } from "../action.ts";
import type { BlockContext } from "../context.ts";
import { electorateOf } from "../electorate.ts";
import { checkAction } from "../governance/actions.ts";
import { checkOpening, openRequest } from "../governance/requests.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** Somebody with a say asks for what could be done now. A company is admitted through its application. */
export function checkPropose(
  view: StateReader,
  transaction: TransactionOf<"propose">,
  context: BlockContext,
): TransactionVerdict {
  const { memberId, body } = transaction;
  const { action } = body;
  if (action.type === "admit") return refuseTransaction("LEDGER_APPLICATION_NEEDED");
  // Whoever lost its root secret may say so itself; it has no say in what follows.
  const subject = action.type === "replace-root" ? null : subjectOf(action);
  if (!electorateOf(view, subject).includes(memberId)) {
    return refuseTransaction("LEDGER_NO_VOTE", { member: memberId });
  }
  const opening = checkOpening(view, memberId, context);
  return opening.ok ? checkAction(view, action, context) : opening;
}

/** The request stands for two weeks; whoever opened it has not voted with that. */
export function applyPropose(
  view: StateView,
  { memberId, body }: TransactionOf<"propose">,
  context: BlockContext,
): void {
  openRequest(view, { action: body.action, proposer: memberId, hash: null }, context);
}
