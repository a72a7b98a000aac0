import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { isAddress } from "../member-card.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { readMember, writeMember } from "../state-values.ts";
import type { StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";

/** Each is an address and stands once; a member may have none. */
export function checkAddresses({ body }: TransactionOf<"addresses">): TransactionVerdict {
  const { addresses } = body;
  const wrong = addresses.find(
    (address, index) => !isAddress(address) || addresses.indexOf(address) !== index,
  );
  return wrong === undefined ? accepted : refuseTransaction("LEDGER_ADDRESS", { address: wrong });
}

/** From now on the member is looked for there. */
export function applyAddresses(
  view: StateView,
  { memberId, body }: TransactionOf<"addresses">,
): void {
  const state = readMember(view, memberId);
  assert(state !== null, "the sender of a transaction is a member");
  writeMember(view, memberId, { ...state, addresses: body.addresses });
}
