import { assert } from "../../primitives/assert.ts";
import { addChange, checkChange, seatOf } from "../governance/changes.ts";
import { checkNotLast } from "../governance/departure.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { readMember, writeMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** A validator gives its vote back, unless it is the last one. */
export function checkStandDown(
  view: StateReader,
  { memberId: member }: TransactionOf<"stand-down">,
): TransactionVerdict {
  const { isValidator } = seatOf(view, member);
  if (!isValidator) return refuseTransaction("LEDGER_NOT_VALIDATOR", { member });
  const verdict = checkNotLast(view, member);
  return verdict.ok ? checkChange(view, { type: "remove", member }) : verdict;
}

/** It stays a member; what it said of being ready counts no more. */
export function applyStandDown(
  view: StateView,
  { memberId: member }: TransactionOf<"stand-down">,
): void {
  const state = readMember(view, member);
  assert(state !== null, "the sender of a transaction is a member");
  writeMember(view, member, { ...state, admission: state.admission + 1 });
  addChange(view, { type: "remove", member });
}
