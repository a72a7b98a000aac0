import type {
  ConsensusKeyState,
  EvidenceState,
  MemberState,
  Roster,
  Validator,
} from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";

/** What a member does in the network: votes and proposes, only votes, or neither. */
export type StandingName = "voting" | "sidelined" | "suspended" | "following";

/** All standings, the best first. */
export const standingNames: readonly StandingName[] = [
  "voting",
  "sidelined",
  "suspended",
  "following",
];

/** A member's standing at the height after the head. */
export interface Standing {
  readonly standing: StandingName;
  /** Height of the block that made it so, 0 for the genesis. */
  readonly sinceHeight: number;
  /** Height at which a suspended member signed two contradicting messages, null for others. */
  readonly offenceHeight: number | null;
}

/** Evidence that a block carried. */
export interface Accusation extends EvidenceState {
  readonly key: PublicKey;
  readonly offenceHeight: number;
}

/** What standings are read from. */
export interface StandingFacts {
  readonly roster: Roster;
  readonly accusations: readonly Accusation[];
  readonly keyState: (key: PublicKey) => ConsensusKeyState | null;
}

/** A suspended member: its key could vote until the block that took its vote, for an offence or by vote. */
function suspendedStanding(
  { member, key }: Validator,
  { accusations, keyState }: StandingFacts,
): Standing {
  let latest: Accusation | null = null;
  for (const one of accusations) {
    if (one.member === member && one.height >= (latest?.height ?? 0)) latest = one;
  }
  const votedUntil = keyState(key)?.intervals.at(-1)?.lastHeight ?? null;
  // A key that came later has no interval yet; then only the evidence tells.
  const sinceHeight = Math.max(latest?.height ?? 0, votedUntil ?? 0);
  const isOffence = latest !== null && latest.height === sinceHeight;
  const offenceHeight = isOffence ? (latest?.offenceHeight ?? null) : null;
  return { standing: "suspended", sinceHeight, offenceHeight };
}

function validatorStanding(validator: Validator, facts: StandingFacts): Standing {
  const { roster, keyState } = facts;
  if (validator.suspended) return suspendedStanding(validator, facts);
  const term = roster.terms.find(({ member }) => member === validator.member);
  if (term !== undefined) {
    return { standing: "sidelined", sinceHeight: term.sinceHeight, offenceHeight: null };
  }
  const ended = roster.endedTerms.find(({ member }) => member === validator.member);
  const first = keyState(validator.key)?.intervals.at(-1)?.firstHeight ?? 1;
  const sinceHeight = Math.max(first - 1, ended?.endedHeight ?? 0);
  return { standing: "voting", sinceHeight, offenceHeight: null };
}

/** A member without a vote: since its last key lost it, else since it joined. */
function followingStanding(state: MemberState, { keyState }: StandingFacts): Standing {
  const lastHeights = state.keys
    .filter(({ role }) => role === "consensus")
    .flatMap(({ key }) => keyState(toPublicKey(key))?.intervals.at(-1)?.lastHeight ?? []);
  const sinceHeight = Math.max(state.joinedHeight, ...lastHeights);
  return { standing: "following", sinceHeight, offenceHeight: null };
}

function toPublicKey(key: Uint8Array): PublicKey {
  return Buffer.from(key).toString("hex") as PublicKey;
}

/** How every member stands at the height after the head. Source: docs/PROTOCOL.md 5.10. */
export function standingsOf(
  members: readonly { readonly memberId: MemberId; readonly state: MemberState }[],
  facts: StandingFacts,
): ReadonlyMap<MemberId, Standing> {
  const validators = new Map(facts.roster.validators.map((one) => [one.member, one]));
  return new Map(
    members.map(({ memberId, state }) => {
      const validator = validators.get(memberId);
      const standing =
        validator === undefined
          ? followingStanding(state, facts)
          : validatorStanding(validator, facts);
      return [memberId, standing];
    }),
  );
}
