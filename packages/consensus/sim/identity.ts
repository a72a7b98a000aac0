import type { MemberId, NetworkId } from "@tegata/ledger/primitives";

/** The one network that is simulated. */
export const network = "5e".repeat(32) as NetworkId;

const known: MemberId[] = [];

/** Identity of the i-th member. */
export function memberOf(index: number): MemberId {
  known[index] ??= `3e3b${index.toString(16).padStart(60, "0")}` as MemberId;
  return known[index];
}

/** The member with this identity. */
export function indexOf(member: MemberId): number {
  return Number.parseInt(member.slice(-8), 16);
}
