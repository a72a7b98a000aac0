import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import type { MemberId } from "../../primitives/ids.ts";
import type { BlockContext } from "../context.ts";
import { electorateOf } from "../electorate.ts";
import {
  freeNames,
  readCounters,
  readOpenings,
  writeCounters,
  writeOpenings,
} from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { withdrawEntry } from "../roster-state.ts";
import { requestKey } from "../state-keys.ts";
import { readMember, writeMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { addChange, checkChange, seatOf } from "./changes.ts";

/** Whether somebody with a vote stays when this member goes. */
export function checkNotLast(reader: StateReader, member: MemberId): TransactionVerdict {
  if (electorateOf(reader, member).length > 0) return accepted;
  return refuseTransaction("LEDGER_LAST_VALIDATOR", { member });
}

/** Whether a member of the network can go: it is there, and its removal can wait. */
export function checkDeparture(reader: StateReader, member: MemberId): TransactionVerdict {
  const state = readMember(reader, member);
  if (state === null || state.leftHeight !== null) {
    return refuseTransaction("LEDGER_MEMBER_UNKNOWN", { member });
  }
  return checkChange(reader, { type: "remove", member });
}

/**
 * The member is one no more: its names are free, what it had under way is withdrawn, its vote ends. What it
 * wrote and its keys stay.
 */
export function depart(view: StateView, member: MemberId, { height }: BlockContext): void {
  const state = readMember(view, member);
  assert(state !== null, "only a member can go");
  writeMember(view, member, { ...state, leftHeight: height });
  freeNames(view, state);
  for (const request of readOpenings(view, member).requests) view.set(requestKey(request), null);
  writeOpenings(view, member, { invitations: [], requests: [] });
  const counters = readCounters(view);
  writeCounters(view, { ...counters, members: counters.members - 1 });
  withdrawEntry(view, member);
  if (seatOf(view, member).isValidator) addChange(view, { type: "remove", member });
}
