import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { publicKey } from "../../primitives/ids.ts";
import { verifySignature } from "../../primitives/signature.ts";
import type { BlockContext } from "../context.ts";
import { addChange, checkChange, seatOf } from "../governance/changes.ts";
import { isBarred, readMilestone, readNetwork } from "../membership-values.ts";
import { isRecent } from "../milestones.ts";
import { readySignBytes } from "../readiness.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { currentKey, readMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** A member that has no vote, was admitted so often, and has lately seen a block of this chain. */
export function checkReady(
  view: StateReader,
  transaction: TransactionOf<"ready">,
  context: BlockContext,
): TransactionVerdict {
  const { memberId: member, body } = transaction;
  const { admission, height, blockId, signature } = body;
  const state = readMember(view, member);
  assert(state !== null, "the sender of a transaction is a member");
  const { isValidator, isEntering } = seatOf(view, member);
  if (isValidator || isEntering) return refuseTransaction("LEDGER_READY_VALIDATOR");
  if (isBarred(view, member)) return refuseTransaction("LEDGER_SUSPENDED", { member });
  if (admission !== state.admission) {
    const detail = { expected: state.admission, actual: admission };
    return refuseTransaction("LEDGER_READY_ADMISSION", detail);
  }
  const milestone = readMilestone(view, height);
  const isNamed = milestone?.blockId === blockId && isRecent(height, milestone, context);
  if (!isNamed) return refuseTransaction("LEDGER_READY_BLOCK", { height });
  const key = publicKey(currentKey(state, "consensus").key);
  const asked = checkChange(view, { type: "add", member, key });
  if (!asked.ok) return asked;
  const said = { member, admission, height, blockId };
  const message = readySignBytes(readNetwork(view).networkId, said);
  if (verifySignature(key, message, signature)) return accepted;
  return refuseTransaction("LEDGER_KEY_SIGNATURE", { who: "consensus" });
}

/** The member votes from the height after the one that takes the change. */
export function applyReady(view: StateView, { memberId: member }: TransactionOf<"ready">): void {
  const state = readMember(view, member);
  assert(state !== null, "the sender of a transaction is a member");
  const key = publicKey(currentKey(state, "consensus").key);
  addChange(view, { type: "add", member, key });
}
