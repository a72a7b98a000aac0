import { assert } from "../../primitives/assert.ts";
import type { BlockContext } from "../context.ts";
import type { membershipShapes } from "../membership-body.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** Kinds that change who the members are and what they may do. */
export type MembershipKind = keyof typeof membershipShapes;

/** A transaction of one of these kinds. */
export type MembershipTransaction = { [K in MembershipKind]: TransactionOf<K> }[MembershipKind];

/** The rules of the kind. */
export function checkMembership(
  _view: StateReader,
  { kind }: MembershipTransaction,
  _context: BlockContext,
): TransactionVerdict {
  return refuseTransaction("LEDGER_TX_LANE", { kind, expected: "no lane yet" });
}

/** What the kind changes. */
export function applyMembership(
  _view: StateView,
  _transaction: MembershipTransaction,
  _context: BlockContext,
): void {
  assert(false, "no transaction of these kinds is accepted yet");
}
