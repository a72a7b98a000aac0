import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { idBytes } from "../../primitives/ids.ts";
import { verifySignature } from "../../primitives/signature.ts";
import type { Action } from "../action.ts";
import { readNetwork, writeKeyOwner } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { replacementSignBytes } from "../rotation.ts";
import { readMember, writeMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { checkAdmission, checkNew } from "./keys.ts";

/** A new root and recovery key for a member that lost its root secret. */
export type RootReplacement = Extract<Action, { type: "replace-root" }>;

/** Whether the new keys are new, can be used and are somebody's; the member id stays that of the first root. */
export function checkReplaceRoot(reader: StateReader, action: RootReplacement): TransactionVerdict {
  const { member, recoveryKey, possession } = action;
  const state = readMember(reader, member);
  if (state === null || state.leftHeight !== null) {
    return refuseTransaction("LEDGER_MEMBER_UNKNOWN", { member });
  }
  const rootKey = idBytes(action.rootKey);
  const message = replacementSignBytes(readNetwork(reader).networkId, action);
  const verdicts = [
    () => checkNew(reader, rootKey),
    () => checkNew(reader, recoveryKey),
    () =>
      verifySignature(action.rootKey, message, possession)
        ? accepted
        : refuseTransaction("LEDGER_KEY_SIGNATURE", { who: "root" }),
    () => checkAdmission(rootKey),
    () => checkAdmission(recoveryKey),
  ];
  for (const check of verdicts) {
    const verdict = check();
    if (!verdict.ok) return verdict;
  }
  return accepted;
}

/** From now on the new root certifies the member's keys. */
export function replaceRoot(view: StateView, action: RootReplacement): void {
  const { member, rootKey, recoveryKey } = action;
  const state = readMember(view, member);
  assert(state !== null, "a replaced root is a member's");
  writeMember(view, member, { ...state, rootKey, recoveryKey });
  writeKeyOwner(view, idBytes(rootKey), member, "root");
  writeKeyOwner(view, recoveryKey, member, "recovery");
}
