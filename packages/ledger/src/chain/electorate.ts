import type { MemberId } from "../primitives/ids.ts";
import type { RequestState } from "./membership-tables.ts";
import type { AdmissionRule } from "./network-parameters.ts";
import { readRoster } from "./roster-state.ts";
import { readParameters } from "./state-values.ts";
import type { StateReader } from "./state-view.ts";

/**
 * Members that have a say: validators that are neither suspended nor on their way out of the set, as whoever
 * leaves the network is until it is out. Ascending by consensus key. Source: docs/PROTOCOL.md, Requests.
 */
export function standingValidators(reader: StateReader): readonly MemberId[] {
  const { validators, changes } = readRoster(reader);
  const going = new Set(changes.flatMap(({ type, member }) => (type === "remove" ? member : [])));
  return validators.flatMap(({ member, suspended }) => {
    return suspended || going.has(member) ? [] : member;
  });
}

/** Who decides on a request about this member, or about none: everybody with a say but the member itself. */
export function electorateOf(reader: StateReader, subject: MemberId | null): readonly MemberId[] {
  return standingValidators(reader).filter((member) => member !== subject);
}

/** How many of so many votes have to agree. */
export function votesNeeded(rule: AdmissionRule, count: number): number {
  if (rule === "all") return count;
  const [part, parts] = rule === "majority" ? [1, 2] : [2, 3];
  return Math.floor((part * count) / parts) + 1;
}

/** How a vote stands. */
export interface Tally {
  readonly yes: number;
  readonly no: number;
  readonly needed: number;
  /** How many have a say now. */
  readonly electorate: number;
  readonly outcome: "open" | "approved" | "rejected";
}

/** Counts the votes of those who have a say now; the rule is the one in force now. */
export function tallyOf(
  reader: StateReader,
  { subject, votes }: Pick<RequestState, "subject" | "votes">,
): Tally {
  const electorate = new Set(electorateOf(reader, subject));
  const counted = votes.filter(({ member }) => electorate.has(member));
  const yes = counted.filter(({ approve }) => approve).length;
  const no = counted.length - yes;
  const count = electorate.size;
  const needed = votesNeeded(readParameters(reader).admission, count);
  const rejected = no > count - needed ? "rejected" : "open";
  const outcome = count > 0 && yes >= needed ? "approved" : rejected;
  return { yes, no, needed, electorate: count, outcome };
}
