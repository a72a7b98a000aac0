// What is kept of the rounds of a height, and how much of it: nobody can make it grow without bound.
import { assert } from "@tegata/ledger/primitives";
import type { PolkaCertificate, Proposal, Vote } from "./messages.ts";
import {
  addVote,
  dropVoter,
  hasVoted,
  noVotes,
  type RoundVotes,
  type VoteOutcome,
} from "./votes.ts";

/** Rounds below the current one whose votes are kept; a lock brings older blocks back by itself. */
export const roundsBehindMax = 16;

/** Rounds above the current one in which one validator's messages are kept. */
export const roundsAheadMax = 2;

/** One round: its proposal and its votes. */
export interface RoundRecord {
  readonly round: number;
  readonly proposal: Proposal | null;
  /** Whether a second, different proposal was seen and reported. */
  readonly isDoubled: boolean;
  readonly votes: RoundVotes;
  /** What the host said of the fresh proposal: valid, timely and due. */
  readonly opinion: "open" | "asked" | "acceptable" | "refused";
  /** Whether the voters of this round were asked for the block. */
  readonly isFetching: boolean;
}

/** The rounds kept, ascending; at least the current one. */
export type Rounds = readonly RoundRecord[];

/** A round nobody has said anything in. */
export function emptyRound(round: number, validatorCount: number): RoundRecord {
  return {
    round,
    proposal: null,
    isDoubled: false,
    votes: noVotes(validatorCount),
    opinion: "open",
    isFetching: false,
  };
}

/** The record of a round, or null where nothing is kept. */
export function roundAt(rounds: Rounds, round: number): RoundRecord | null {
  for (const record of rounds) if (record.round === round) return record;
  return null;
}

/** Puts a record in its place, over the one of the same round. */
export function putRound(rounds: Rounds, record: RoundRecord): Rounds {
  const at = rounds.findIndex(({ round }) => round >= record.round);
  if (at === -1) return [...rounds, record];
  return rounds[at]?.round === record.round
    ? rounds.with(at, record)
    : rounds.toSpliced(at, 0, record);
}

/** Whether a round is near enough below the current one to be kept. */
export function isKept(round: number, current: number): boolean {
  return round >= current - roundsBehindMax;
}

/** Makes a round the current one: old rounds go, its own record is there. */
export function enterRound(rounds: Rounds, current: number, validatorCount: number): Rounds {
  const kept = rounds.filter(({ round }) => isKept(round, current));
  return roundAt(kept, current) === null
    ? putRound(kept, emptyRound(current, validatorCount))
    : kept;
}

function isEmpty({ proposal, votes }: RoundRecord): boolean {
  return proposal === null && votes.voters === 0 && votes.polka === null;
}

/** Changes a round; a round above the current one that became empty is forgotten. */
function replace(rounds: Rounds, record: RoundRecord, current: number): Rounds {
  return record.round > current && isEmpty(record)
    ? rounds.filter(({ round }) => round !== record.round)
    : putRound(rounds, record);
}

/**
 * Which lower round above the current one a validator's message displaces: `null` none, and `"full"`
 * where it may not come in. Whoever runs ahead is heard at its latest rounds.
 */
function displaced(
  rounds: Rounds,
  current: number,
  round: number,
  isMine: (record: RoundRecord) => boolean,
): RoundRecord | "full" | null {
  if (round <= current) return null;
  const mine = rounds.filter((record) => record.round > current && isMine(record));
  if (mine.length < roundsAheadMax || mine.some((record) => record.round === round)) return null;
  const lowest = mine[0];
  assert(lowest !== undefined, "a full row has a first entry");
  return lowest.round < round ? lowest : "full";
}

/** Adds one verified vote within the bounds of its validator. */
export function withVote(
  rounds: Rounds,
  vote: Vote,
  current: number,
  validatorCount: number,
): readonly [Rounds, VoteOutcome] {
  const out = displaced(rounds, current, vote.round, ({ votes }) => hasVoted(votes, vote.voter));
  if (out === "full" || !isKept(vote.round, current)) return [rounds, { type: "known" }];
  const record = roundAt(rounds, vote.round) ?? emptyRound(vote.round, validatorCount);
  const [votes, outcome] = addVote(record.votes, vote);
  if (outcome.type === "known") return [rounds, outcome];
  const added = putRound(rounds, { ...record, votes });
  if (out === null) return [added, outcome];
  const reduced = { ...out, votes: dropVoter(out.votes, vote.voter) };
  return [replace(added, reduced, current), outcome];
}

/** Adds the votes of a certificate that was verified whole; its quorum bounds it. */
export function withCertifiedVotes(
  rounds: Rounds,
  votes: readonly Vote[],
  validatorCount: number,
): readonly [Rounds, readonly VoteOutcome[]] {
  let next = rounds;
  const outcomes: VoteOutcome[] = [];
  for (const vote of votes) {
    const record = roundAt(next, vote.round) ?? emptyRound(vote.round, validatorCount);
    const [added, outcome] = addVote(record.votes, vote);
    if (outcome.type === "known") continue;
    next = putRound(next, { ...record, votes: added });
    outcomes.push(outcome);
  }
  return [next, outcomes];
}

/** Remembers a polka as a whole, where its round is still kept. */
export function withPolka(
  rounds: Rounds,
  polka: PolkaCertificate,
  current: number,
  validatorCount: number,
): Rounds {
  if (!isKept(polka.round, current)) return rounds;
  const record = roundAt(rounds, polka.round) ?? emptyRound(polka.round, validatorCount);
  if (record.votes.polka !== null) return rounds;
  return putRound(rounds, { ...record, votes: { ...record.votes, polka } });
}

/** The proposal that was there when a different one came, or null. */
export type Doubled = Proposal | null;

/** Keeps the first proposal of a round; a second, different one is only reported. */
export function withProposal(
  rounds: Rounds,
  proposal: Proposal,
  current: number,
  validatorCount: number,
): readonly [Rounds, Doubled] {
  const { round, proposer } = proposal;
  if (round < current) return [rounds, null];
  const out = displaced(rounds, current, round, (record) => record.proposal?.proposer === proposer);
  if (out === "full") return [rounds, null];
  const record = roundAt(rounds, round) ?? emptyRound(round, validatorCount);
  const first = record.proposal;
  if (first !== null) {
    const isSame = first.blockId === proposal.blockId && first.validRound === proposal.validRound;
    if (isSame || record.isDoubled) return [rounds, null];
    return [putRound(rounds, { ...record, isDoubled: true }), first];
  }
  const added = putRound(rounds, { ...record, proposal });
  return [out === null ? added : replace(added, { ...out, proposal: null }, current), null];
}
