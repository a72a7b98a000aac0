import { accepted } from "../../primitives/errors.ts";
import type { MemberId } from "../../primitives/ids.ts";
import type { BlockContext } from "../context.ts";
import { isBarred, liftBar, writeBar } from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { faultyMax, suspendedCount } from "../roster/validators.ts";
import { readRoster } from "../roster-state.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { addChange, checkChange, seatOf } from "./changes.ts";

/** Whether the members can suspend one of them: it votes, and f are not suspended yet. */
export function checkSuspend(reader: StateReader, member: MemberId): TransactionVerdict {
  const { isValidator, isSuspended } = seatOf(reader, member);
  if (!isValidator) return refuseTransaction("LEDGER_NOT_VALIDATOR", { member });
  if (isSuspended) return refuseTransaction("LEDGER_SUSPENDED", { member });
  const { validators, changes } = readRoster(reader);
  const waiting = changes.filter((each) => each.type === "suspend" && each.member !== member);
  const max = faultyMax(validators.length);
  const suspended = suspendedCount(validators) + waiting.length;
  if (suspended < max) return checkChange(reader, { type: "suspend", member });
  return refuseTransaction("LEDGER_SUSPENSIONS_FULL", { suspended, max });
}

/** The member's vote counts no more from the next height on, until the members lift it. */
export function suspendByVote(view: StateView, member: MemberId, { height }: BlockContext): void {
  addChange(view, { type: "suspend", member });
  writeBar(view, member, height);
}

/** Whether there is anything to lift. */
export function checkReadmit(reader: StateReader, member: MemberId): TransactionVerdict {
  const { isSuspended } = seatOf(reader, member);
  if (isSuspended) return checkChange(reader, { type: "restore", member });
  if (isBarred(reader, member)) return accepted;
  return refuseTransaction("LEDGER_NOT_SUSPENDED", { member });
}

/** The member may vote again, or say that it is ready to. */
export function readmit(view: StateView, member: MemberId): void {
  if (seatOf(view, member).isSuspended) addChange(view, { type: "restore", member });
  liftBar(view, member);
}
