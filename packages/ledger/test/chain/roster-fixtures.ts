import {
  eligibleOf,
  genesisRoster,
  type Roster,
  type RosterBlock,
  rosterAfter,
  type Validator,
} from "../../src/chain/index.ts";
import type { MemberId, PublicKey } from "../../src/primitives/index.ts";

/** Members are numbered, and so are sorted by their ids. */
export function memberOf(index: number): MemberId {
  return index.toString(16).padStart(64, "0") as MemberId;
}

/** Keys run the other way, so that the order of members is never that of keys by chance. */
export function keyOf(index: number, version = 0): PublicKey {
  return (0xffff - index * 16 - version).toString(16).padStart(64, "0") as PublicKey;
}

export function validatorAt(index: number, suspended = false): Validator {
  return { member: memberOf(index), key: keyOf(index), suspended };
}

/** Members 0 to count - 1, each with its first key. */
export function rosterOf(count: number): Roster {
  return genesisRoster(Array.from({ length: count }, (_, index) => validatorAt(index)));
}

export function faulty(roster: Roster): number {
  return Math.floor((roster.validators.length - 1) / 3);
}

export function suspended(roster: Roster): number {
  return roster.validators.filter((validator) => validator.suspended).length;
}

/** The member whose turn a round of the next height is. */
export function proposerOf(roster: Roster, height: number, round: number): MemberId {
  const eligible = eligibleOf(roster);
  const index = eligible[(height + round) % eligible.length] ?? -1;
  const proposer = roster.validators[index];
  if (proposer === undefined) throw new Error("nobody is eligible");
  return proposer.member;
}

/** A roster and the height of the block it follows. */
export interface Chain {
  readonly roster: Roster;
  readonly height: number;
  /** Who built the block. */
  readonly builder: MemberId | null;
  /** The roster before the block. */
  readonly before: Roster;
}

export function chainOf(roster: Roster): Chain {
  return { roster, height: 0, builder: null, before: roster };
}

/** What the next block says, where it is not that all went well. */
export type Said = Partial<Omit<RosterBlock, "height" | "certified">> & {
  /** Round in which the height before was decided. */
  readonly round?: number;
  /** Who votes for it: everybody, unless told. */
  readonly voters?: readonly MemberId[];
};

/** The chain with one block more, which the next proposer of round 0 builds. */
export function grow(chain: Chain, said: Said = {}): Chain {
  const { roster } = chain;
  const height = chain.height + 1;
  const everybody = chain.before.validators.map(({ member }) => member);
  const certified = { round: said.round ?? 0, voters: said.voters ?? everybody };
  const block: RosterBlock = {
    height,
    lastProposer: said.lastProposer === undefined ? chain.builder : said.lastProposer,
    certified: height === 1 ? null : certified,
    offenders: said.offenders ?? [],
    requests: said.requests ?? [],
  };
  const builder = proposerOf(roster, height, 0);
  return { roster: rosterAfter(roster, block), height, builder, before: roster };
}

/** The chain at a later height, with the same said at each block on the way. */
export function growTo(chain: Chain, height: number, said: Said = {}): Chain {
  let grown = chain;
  while (grown.height < height) grown = grow(grown, said);
  return grown;
}
