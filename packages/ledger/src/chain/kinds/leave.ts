import type { BlockContext } from "../context.ts";
import { checkDeparture, checkNotLast, depart } from "../governance/departure.ts";
import type { TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** Any member can go, unless nobody with a vote would stay. */
export function checkLeave(
  view: StateReader,
  { memberId }: TransactionOf<"leave">,
): TransactionVerdict {
  const verdict = checkNotLast(view, memberId);
  return verdict.ok ? checkDeparture(view, memberId) : verdict;
}

/** The last transaction of the member. */
export function applyLeave(
  view: StateView,
  { memberId }: TransactionOf<"leave">,
  context: BlockContext,
): void {
  depart(view, memberId, context);
}
