import { unreachable } from "../../primitives/assert.ts";
import type { BlockContext } from "../context.ts";
import type { membershipShapes } from "../membership-body.ts";
import type { TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";
import { applyAddresses, checkAddresses } from "./addresses.ts";
import { applyApply, checkApply } from "./apply.ts";
import { applyInvite, checkInvite } from "./invite.ts";
import { applyLeave, checkLeave } from "./leave.ts";
import { applyPropose, checkPropose } from "./propose.ts";
import { applyReady, checkReady } from "./ready.ts";
import { applyRotateKey, checkRotateKey } from "./rotate-key.ts";
import { applyStandDown, checkStandDown } from "./stand-down.ts";
import { applyVote, checkVote } from "./vote.ts";

/** Kinds that change who the members are and what they may do. */
export type MembershipKind = keyof typeof membershipShapes;

/** A transaction of one of these kinds. */
export type MembershipTransaction = { [K in MembershipKind]: TransactionOf<K> }[MembershipKind];

/** The rules of the kind. Source: docs/PROTOCOL.md 5.12. */
export function checkMembership(
  view: StateReader,
  transaction: MembershipTransaction,
  context: BlockContext,
): TransactionVerdict {
  switch (transaction.kind) {
    case "invite":
      return checkInvite(view, transaction, context);
    case "apply":
      return checkApply(view, transaction, context);
    case "propose":
      return checkPropose(view, transaction, context);
    case "vote":
      return checkVote(view, transaction, context);
    case "ready":
      return checkReady(view, transaction, context);
    case "leave":
      return checkLeave(view, transaction);
    case "rotate-key":
      return checkRotateKey(view, transaction, context);
    case "addresses":
      return checkAddresses(transaction);
    case "stand-down":
      return checkStandDown(view, transaction);
    default:
      return unreachable(transaction);
  }
}

/** What the kind changes. */
export function applyMembership(
  view: StateView,
  transaction: MembershipTransaction,
  context: BlockContext,
): void {
  switch (transaction.kind) {
    case "invite":
      applyInvite(view, transaction, context);
      break;
    case "apply":
      applyApply(view, transaction, context);
      break;
    case "propose":
      applyPropose(view, transaction, context);
      break;
    case "vote":
      applyVote(view, transaction, context);
      break;
    case "ready":
      applyReady(view, transaction);
      break;
    case "leave":
      applyLeave(view, transaction, context);
      break;
    case "rotate-key":
      applyRotateKey(view, transaction, context);
      break;
    case "addresses":
      applyAddresses(view, transaction);
      break;
    case "stand-down":
      applyStandDown(view, transaction);
      break;
    default:
      unreachable(transaction);
  }
}
