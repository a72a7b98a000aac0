import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import type { MemberId } from "../../primitives/ids.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { ValidatorChange } from "../roster/shapes.ts";
import { changeRefusal, readRoster, requestChange } from "../roster-state.ts";
import type { StateReader, StateView } from "../state-view.ts";

/** Whether the member is in the set, and whether it waits to be. */
export function seatOf(
  reader: StateReader,
  member: MemberId,
): { readonly isValidator: boolean; readonly isSuspended: boolean; readonly isEntering: boolean } {
  const { validators, changes } = readRoster(reader);
  const validator = validators.find((each) => each.member === member) ?? null;
  return {
    isValidator: validator !== null,
    isSuspended: validator?.suspended === true,
    isEntering: changes.some((each) => each.type === "add" && each.member === member),
  };
}

/** Whether a change of the set may wait. */
export function checkChange(reader: StateReader, change: ValidatorChange): TransactionVerdict {
  const reason = changeRefusal(reader, change);
  if (reason === null) return accepted;
  const code = reason === "key-used" ? "LEDGER_READY_KEY" : "LEDGER_CHANGES_WAITING";
  return refuseTransaction(code, { member: change.member });
}

/** Makes a change wait that the rules have found possible. */
export function addChange(view: StateView, change: ValidatorChange): void {
  const asked = requestChange(view, change);
  assert(asked.ok, "a checked change can be asked for");
}
