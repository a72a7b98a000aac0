import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { decodeAction } from "../action.ts";
import type { BlockContext } from "../context.ts";
import { electorateOf, tallyOf } from "../electorate.ts";
import { carryOut, checkAction } from "../governance/actions.ts";
import { closeRequest } from "../governance/requests.ts";
import { readRequest, writeRequest } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** The request is open, is the one that the voter saw, and the voter has a say in it. */
export function checkVote(
  view: StateReader,
  transaction: TransactionOf<"vote">,
  { timeMs }: BlockContext,
): TransactionVerdict {
  const { memberId, body } = transaction;
  const { request, requestHash } = body;
  const state = readRequest(view, request);
  if (state === null) return refuseTransaction("LEDGER_REQUEST_UNKNOWN", { request });
  const { expiresMs, subject } = state;
  if (expiresMs <= timeMs) {
    return refuseTransaction("LEDGER_REQUEST_EXPIRED", { request, expiresMs, timeMs });
  }
  if (state.hash !== requestHash) return refuseTransaction("LEDGER_REQUEST_OTHER", { request });
  if (electorateOf(view, subject).includes(memberId)) return accepted;
  return refuseTransaction("LEDGER_NO_VOTE", { member: memberId, request });
}

/** Takes the place of the voter's earlier vote. What that decides is done at once, or is void. */
export function applyVote(
  view: StateView,
  transaction: TransactionOf<"vote">,
  context: BlockContext,
): void {
  const { memberId: voter, body } = transaction;
  const { request, approve } = body;
  const before = readRequest(view, request);
  assert(before !== null, "a checked vote has its request");
  const electorate = new Set(electorateOf(view, before.subject));
  const others = before.votes.filter(({ member }) => member !== voter && electorate.has(member));
  const votes = [...others, { member: voter, approve }].sort((a, b) =>
    a.member < b.member ? -1 : 1,
  );
  const state = { ...before, votes };
  const { outcome } = tallyOf(view, state);
  if (outcome === "open") {
    writeRequest(view, request, state);
    return;
  }
  closeRequest(view, request, state);
  if (outcome === "rejected") return;
  const action = decodeAction(state.actionBytes);
  if (checkAction(view, action, context).ok) carryOut(view, action, context);
}
