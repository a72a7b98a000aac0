import { idBytes } from "../../primitives/ids.ts";
import { verifySignature } from "../../primitives/signature.ts";
import type { BlockContext } from "../context.ts";
import { standingValidators } from "../electorate.ts";
import { checkAdmission, checkNew } from "../governance/keys.ts";
import { invitationSignBytes } from "../invitation.ts";
import { limits } from "../limits.ts";
import { isName } from "../member-card.ts";
import type { Invitation } from "../membership-tables.ts";
import { readNetwork, readOpenings, writeKeyOwner, writeOpenings } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

function openInvitations(
  reader: StateReader,
  { memberId }: TransactionOf<"invite">,
  timeMs: number,
): readonly Invitation[] {
  const { invitations } = readOpenings(reader, memberId);
  return invitations.filter(({ expiresMs }) => expiresMs > timeMs);
}

/** A validator invites a company for at most a month, with a key that is somebody's and was never seen. */
export function checkInvite(
  view: StateReader,
  transaction: TransactionOf<"invite">,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const { memberId, body } = transaction;
  const { invitationKey, companyName, expiresMs, possession } = body;
  if (!standingValidators(view).includes(memberId)) {
    return refuseTransaction("LEDGER_NO_VOTE", { member: memberId });
  }
  if (!isName(companyName)) return refuseTransaction("LEDGER_INVITATION_NAME", { companyName });
  const expiresMsMax = timeMs + limits.invitationMsMax;
  if (expiresMs <= timeMs || expiresMs > expiresMsMax) {
    return refuseTransaction("LEDGER_INVITATION_EXPIRY", { expiresMs, timeMs, expiresMsMax });
  }
  const open = openInvitations(view, transaction, timeMs).length;
  if (open >= limits.invitationsMax) {
    return refuseTransaction("LEDGER_INVITATIONS_OPEN", { open, max: limits.invitationsMax });
  }
  const key = idBytes(invitationKey);
  const fresh = checkNew(view, key);
  if (!fresh.ok) return fresh;
  const message = invitationSignBytes(readNetwork(view).networkId, memberId, body);
  if (!verifySignature(invitationKey, message, possession)) {
    return refuseTransaction("LEDGER_KEY_SIGNATURE", { who: "invitation" });
  }
  return checkAdmission(key);
}

/** The company that has the seed can apply until then; the sender's expired invitations are forgotten. */
export function applyInvite(
  view: StateView,
  transaction: TransactionOf<"invite">,
  { timeMs }: BlockContext,
): void {
  const { memberId, body } = transaction;
  const { invitationKey, companyName, expiresMs } = body;
  const open = openInvitations(view, transaction, timeMs);
  const invitations = [...open, { invitationKey, companyName, expiresMs }];
  writeOpenings(view, memberId, { ...readOpenings(view, memberId), invitations });
  writeKeyOwner(view, idBytes(invitationKey), memberId, "invitation");
}
