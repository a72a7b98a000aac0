import { unreachable } from "../../primitives/assert.ts";
import type { BlockContext } from "../context.ts";
import type { TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { Transaction } from "../transaction.ts";
import type { Kind } from "../transaction-body.ts";
import { applyClaimWriter, checkClaimWriter } from "./claim-writer.ts";
import { applyGrant, checkGrant } from "./grant.ts";
import { applyMembership, checkMembership } from "./membership.ts";
import { applyPurge, checkPurge } from "./purge.ts";
import { applyRecords, checkRecords } from "./records.ts";
import { applyStreamCreate, checkStreamCreate } from "./stream-create.ts";
import { applyStreamRoll, checkStreamRoll } from "./stream-roll.ts";
import { checkVoid } from "./void.ts";

/** Lane in which a kind may stand. */
export type KindLane = "control" | "stream" | "any";

/** Lanes by kind. Source: docs/PROTOCOL.md, Kinds. */
export const kindLanes: Readonly<Record<Kind, KindLane>> = Object.freeze({
  "claim-writer": "control",
  void: "any",
  invite: "control",
  apply: "control",
  propose: "control",
  vote: "control",
  ready: "control",
  leave: "control",
  "rotate-key": "control",
  addresses: "control",
  "stand-down": "control",
  "stream-create": "stream",
  "stream-roll": "stream",
  purge: "stream",
  records: "stream",
  grant: "stream",
});

const costlyKinds: ReadonlySet<Kind> = new Set([
  "invite",
  "apply",
  "propose",
  "ready",
  "rotate-key",
]);

/** Whether the rules of a kind verify signatures themselves: its own is better verified before them. */
export function isCostly(kind: Kind): boolean {
  return costlyKinds.has(kind);
}

/** Payloads that a transaction has to name by its kind and body. */
export function payloadCount(transaction: Transaction): number {
  switch (transaction.kind) {
    case "records":
      return transaction.body.facets.length;
    case "stream-create":
      return 1;
    case "claim-writer":
    case "void":
    case "stream-roll":
    case "purge":
    case "grant":
    case "invite":
    case "apply":
    case "propose":
    case "vote":
    case "ready":
    case "leave":
    case "rotate-key":
    case "addresses":
    case "stand-down":
      return 0;
    default:
      return unreachable(transaction);
  }
}

/** The rules of the kind, after those of all transactions. */
export function checkKind(
  view: StateReader,
  transaction: Transaction,
  context: BlockContext,
): TransactionVerdict {
  switch (transaction.kind) {
    case "claim-writer":
      return checkClaimWriter(transaction);
    case "void":
      return checkVoid();
    case "stream-create":
      return checkStreamCreate(view, transaction);
    case "stream-roll":
      return checkStreamRoll(view, transaction);
    case "purge":
      return checkPurge(view, transaction);
    case "records":
      return checkRecords(view, transaction, context);
    case "grant":
      return checkGrant(view, transaction, context);
    case "invite":
    case "apply":
    case "propose":
    case "vote":
    case "ready":
    case "leave":
    case "rotate-key":
    case "addresses":
    case "stand-down":
      return checkMembership(view, transaction, context);
    default:
      return unreachable(transaction);
  }
}

/** What the kind changes, beside lane and quota. */
export function applyKind(view: StateView, transaction: Transaction, context: BlockContext): void {
  switch (transaction.kind) {
    case "claim-writer":
      applyClaimWriter(view, transaction);
      break;
    case "stream-create":
      applyStreamCreate(view, transaction, context);
      break;
    case "stream-roll":
      applyStreamRoll(view, transaction, context);
      break;
    case "purge":
      applyPurge(view, transaction);
      break;
    case "records":
      applyRecords(view, transaction, context);
      break;
    case "grant":
      applyGrant(view, transaction, context);
      break;
    case "invite":
    case "apply":
    case "propose":
    case "vote":
    case "ready":
    case "leave":
    case "rotate-key":
    case "addresses":
    case "stand-down":
      applyMembership(view, transaction, context);
      break;
    case "void":
      // Its lane is all it changes.
      break;
    default:
      unreachable(transaction);
  }
}
