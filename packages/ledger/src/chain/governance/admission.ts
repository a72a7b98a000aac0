import { assert } from "../../primitives/assert.ts";
import { accepted } from "../../primitives/errors.ts";
import { fromHex } from "../../primitives/ids.ts";
import { cardIn, decodeApplication } from "../application.ts";
import type { BlockContext } from "../context.ts";
import { limits } from "../limits.ts";
import { cardKeys, type MemberCard } from "../member-card.ts";
import { memberOfCard } from "../member-of-card.ts";
import {
  confusableWith,
  readCounters,
  takeCardKeys,
  takeNames,
  writeCounters,
} from "../membership-values.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import { writeMember } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import { checkNew } from "./keys.ts";

/** Whether there is a place for one more member. */
export function checkPlace(reader: StateReader): TransactionVerdict {
  const { members } = readCounters(reader);
  if (members < limits.membersMax) return accepted;
  return refuseTransaction("LEDGER_MEMBERS_FULL", { members, max: limits.membersMax });
}

/** Whether nobody has a key of the card, or is called so that the two could be confused. */
export function checkNewcomer(reader: StateReader, card: MemberCard): TransactionVerdict {
  for (const key of cardKeys(card)) {
    const verdict = checkNew(reader, fromHex(key));
    if (!verdict.ok) return verdict;
  }
  const member = confusableWith(reader, card);
  return member === null ? accepted : refuseTransaction("LEDGER_NAME_TAKEN", { member });
}

/** The card in an application that a block has accepted. */
function acceptedCard(application: Uint8Array): MemberCard {
  const card = cardIn(decodeApplication(application));
  assert(card !== null, "an application in the state has a card");
  return card;
}

/** Whether the company of an application can still be admitted. */
export function checkAdmit(reader: StateReader, application: Uint8Array): TransactionVerdict {
  const place = checkPlace(reader);
  return place.ok ? checkNewcomer(reader, acceptedCard(application)) : place;
}

/** The company of an application is a member from this block on. */
export function admit(view: StateView, application: Uint8Array, { height }: BlockContext): void {
  const card = acceptedCard(application);
  writeMember(view, card.memberId, memberOfCard(card, height));
  takeCardKeys(view, card.memberId, card);
  takeNames(view, card.memberId, card);
  const counters = readCounters(view);
  writeCounters(view, { ...counters, members: counters.members + 1 });
}
