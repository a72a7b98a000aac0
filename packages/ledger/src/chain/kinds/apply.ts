import { assert } from "../../primitives/assert.ts";
import { accepted, LedgerError } from "../../primitives/errors.ts";
import { type Application, decodeApplication, verifyApplication } from "../application.ts";
import type { BlockContext } from "../context.ts";
import { checkNewcomer, checkPlace } from "../governance/admission.ts";
import { checkOpening, openRequest } from "../governance/requests.ts";
import { type CardRefusalCode, checkCard, type MemberCard } from "../member-card.ts";
import { readNetwork, readOpenings, writeOpenings } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** Verified cards of applications by their bytes: a waiting one is judged again after every block. */
const verified = new WeakMap<Uint8Array, MemberCard | null>();

function cardOf(application: Application): MemberCard | null {
  const known = verified.get(application.bytes);
  if (known !== undefined) return known;
  const card = verifyApplication(application);
  verified.set(application.bytes, card);
  return card;
}

/** Verdicts about keys, names and addresses, which do not depend on the time. */
const judged = new WeakMap<Uint8Array, CardRefusalCode | "accepted">();

function cardRefusal(
  application: Application,
  card: MemberCard,
  networkName: string,
  timeMs: number,
): CardRefusalCode | null {
  if (card.expiresMs <= timeMs) return "LEDGER_CARD_EXPIRED";
  let verdict = judged.get(application.bytes);
  if (verdict === undefined) {
    const checked = checkCard(card, { networkName, timeMs: 0 });
    verdict = checked.ok ? "accepted" : checked.code;
    judged.set(application.bytes, verdict);
  }
  return verdict === "accepted" ? null : verdict;
}

function read(bytes: Uint8Array): Application | null {
  try {
    return decodeApplication(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** The sender's open invitation that an application uses up. */
function checkInvitation(
  view: StateReader,
  { memberId }: TransactionOf<"apply">,
  { invitationKey }: Application,
  timeMs: number,
): TransactionVerdict {
  const { invitations } = readOpenings(view, memberId);
  const invitation = invitations.find((each) => each.invitationKey === invitationKey);
  if (invitation === undefined) return refuseTransaction("LEDGER_INVITATION_UNKNOWN");
  const { expiresMs } = invitation;
  if (expiresMs > timeMs) return accepted;
  return refuseTransaction("LEDGER_INVITATION_EXPIRED", { expiresMs, timeMs });
}

/** What is cheap to refuse comes first: others can send what they want. */
export function checkApply(
  view: StateReader,
  transaction: TransactionOf<"apply">,
  context: BlockContext,
): TransactionVerdict {
  const { timeMs } = context;
  const application = read(transaction.body.application);
  if (application === null) return refuseTransaction("LEDGER_APPLICATION_FORMAT");
  const { networkId, networkName } = readNetwork(view);
  if (application.networkId !== networkId) return refuseTransaction("LEDGER_APPLICATION_NETWORK");
  const early = [
    () => checkInvitation(view, transaction, application, timeMs),
    () => checkOpening(view, transaction.memberId, context),
    () => checkPlace(view),
  ];
  for (const check of early) {
    const verdict = check();
    if (!verdict.ok) return verdict;
  }
  const card = cardOf(application);
  if (card === null) return refuseTransaction("LEDGER_APPLICATION_SIGNATURE");
  // Whoever is refused here took part in the network's own invitation.
  const fresh = checkNewcomer(view, card);
  if (!fresh.ok) return fresh;
  const reason = cardRefusal(application, card, networkName, timeMs);
  return reason === null ? accepted : refuseTransaction("LEDGER_APPLICATION_CARD", { reason });
}

/** The invitation is used up, and the members have a request to decide on. */
export function applyApply(
  view: StateView,
  transaction: TransactionOf<"apply">,
  context: BlockContext,
): void {
  const { memberId: proposer, body } = transaction;
  const application = read(body.application);
  assert(application !== null, "a checked application can be read");
  const openings = readOpenings(view, proposer);
  const invitations = openings.invitations.filter(
    ({ invitationKey }) => invitationKey !== application.invitationKey,
  );
  writeOpenings(view, proposer, { ...openings, invitations });
  const action = { type: "admit", application: body.application } as const;
  openRequest(view, { action, proposer, hash: application.hash }, context);
}
