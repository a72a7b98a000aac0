import type { Member } from "@tegata/gateway/client";
import { words } from "../words/catalogue.ts";

/** Where a company stands on the way into the network and out of it, in words. */
export function memberState(member: Member): string {
  const { membership, sharing } = words();
  if (member.leftHeight !== null) return membership.states.left(member.leftHeight);
  if (member.standing === "following") return membership.states.admitted(member.joinedHeight);
  return sharing.standings[member.standing](member.sinceHeight, member.offenceHeight);
}
