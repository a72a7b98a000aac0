// The vote keeper: what the validators said in one round, counted once each.
import type { BlockId } from "@tegata/ledger/primitives";
import type { CommitCertificate, PolkaCertificate, RoundCertificate, Vote } from "./messages.ts";

/** A quorum for one value: a block, or null for nil. */
export interface Majority {
  readonly blockId: BlockId | null;
}

interface Count {
  readonly blockId: BlockId | null;
  readonly votes: number;
}

/** The votes of one type in one round. */
export interface Tally {
  /** By validator index: the vote that counts. */
  readonly first: readonly (Vote | null)[];
  /** A different second vote: evidence, counted nowhere. */
  readonly second: readonly (Vote | null)[];
  /** Counted votes by value. */
  readonly counts: readonly Count[];
  /** Validators with a vote. */
  readonly voters: number;
}

/** All votes of a round and the polka received whole for it. */
export interface RoundVotes {
  readonly prevotes: Tally;
  readonly precommits: Tally;
  /** Validators with either vote. */
  readonly voters: number;
  readonly polka: PolkaCertificate | null;
}

/** What adding a vote did; a pair is given once, when its second vote is kept. */
export type VoteOutcome =
  | { readonly type: "added" }
  | { readonly type: "known" }
  | { readonly type: "pair"; readonly first: Vote; readonly second: Vote };

const added: VoteOutcome = { type: "added" };
const known: VoteOutcome = { type: "known" };

const noSecond: readonly null[] = [];

/** No votes yet among this many validators. */
export function noVotes(validatorCount: number): RoundVotes {
  const first: readonly null[] = new Array<null>(validatorCount).fill(null);
  const tally: Tally = { first, second: noSecond, counts: [], voters: 0 };
  return { prevotes: tally, precommits: tally, voters: 0, polka: null };
}

function counted(counts: readonly Count[], blockId: BlockId | null): readonly Count[] {
  const index = counts.findIndex((count) => count.blockId === blockId);
  const before = counts[index];
  return before === undefined
    ? [...counts, { blockId, votes: 1 }]
    : counts.with(index, { blockId, votes: before.votes + 1 });
}

function addToTally(tally: Tally, vote: Vote): readonly [Tally, VoteOutcome] {
  const { voter, blockId } = vote;
  const first = tally.first[voter];
  if (first === null || first === undefined) {
    const next: Tally = {
      first: tally.first.with(voter, vote),
      second: tally.second,
      counts: counted(tally.counts, blockId),
      voters: tally.voters + 1,
    };
    return [next, added];
  }
  if (first.blockId === blockId) return [tally, known];
  if (tally.second.length > 0 && tally.second[voter] !== null) return [tally, known];
  const seconds =
    tally.second.length > 0 ? tally.second : new Array<null>(tally.first.length).fill(null);
  return [
    { ...tally, second: seconds.with(voter, vote) },
    { type: "pair", first, second: vote },
  ];
}

/** Adds a verified vote: the first of a validator counts, a different second one makes a pair. */
export function addVote(votes: RoundVotes, vote: Vote): readonly [RoundVotes, VoteOutcome] {
  const isNew =
    votes.prevotes.first[vote.voter] === null && votes.precommits.first[vote.voter] === null;
  const voters = isNew ? votes.voters + 1 : votes.voters;
  if (vote.type === "prevote") {
    const [prevotes, outcome] = addToTally(votes.prevotes, vote);
    return outcome === known ? [votes, known] : [{ ...votes, prevotes, voters }, outcome];
  }
  const [precommits, outcome] = addToTally(votes.precommits, vote);
  return outcome === known ? [votes, known] : [{ ...votes, precommits, voters }, outcome];
}

/** Forgets what one validator said. */
export function dropVoter(votes: RoundVotes, voter: number): RoundVotes {
  const without = (tally: Tally): Tally => {
    const vote = tally.first[voter];
    if (vote === null || vote === undefined) return tally;
    return {
      first: tally.first.with(voter, null),
      second: tally.second.length > 0 ? tally.second.with(voter, null) : tally.second,
      counts: tally.counts.flatMap((count) => {
        if (count.blockId !== vote.blockId) return [count];
        return count.votes > 1 ? [{ ...count, votes: count.votes - 1 }] : [];
      }),
      voters: tally.voters - 1,
    };
  };
  if (!hasVoted(votes, voter)) return votes;
  return {
    ...votes,
    prevotes: without(votes.prevotes),
    precommits: without(votes.precommits),
    voters: votes.voters - 1,
  };
}

/** Whether a validator has any vote in the round. */
export function hasVoted(votes: RoundVotes, voter: number): boolean {
  return votes.prevotes.first[voter] !== null || votes.precommits.first[voter] !== null;
}

/** Whether a vote could still add something: the first or a different second of its validator. */
export function isNews(votes: RoundVotes, vote: Vote): boolean {
  const tally = vote.type === "prevote" ? votes.prevotes : votes.precommits;
  const first = tally.first[vote.voter];
  if (first === null || first === undefined) return true;
  if (first.blockId === vote.blockId) return false;
  return tally.second.length === 0 || tally.second[vote.voter] === null;
}

function leading(tally: Tally, quorum: number): Majority | null {
  return tally.counts.find((count) => count.votes >= quorum) ?? null;
}

/** What a quorum prevoted, by the counted votes or by a certificate. */
export function prevoted(votes: RoundVotes, quorum: number): Majority | null {
  return votes.polka ?? leading(votes.prevotes, quorum);
}

function signaturesFor(tally: Tally, blockId: BlockId): (readonly [number, Uint8Array])[] {
  return tally.first.flatMap((vote) =>
    vote !== null && vote.blockId === blockId ? [[vote.voter, vote.signature] as const] : [],
  );
}

/** Any counted vote of the tally, for height and round. */
function anyOf(tally: Tally): Vote | undefined {
  return tally.first.find((vote) => vote !== null) ?? undefined;
}

/** The polka of the round for a block, or null where no quorum prevoted it. */
export function polkaOf(votes: RoundVotes, quorum: number): PolkaCertificate | null {
  if (votes.polka !== null) return votes.polka;
  const blockId = leading(votes.prevotes, quorum)?.blockId ?? null;
  const any = anyOf(votes.prevotes);
  if (blockId === null || any === undefined) return null;
  const { height, round } = any;
  const signatures = signaturesFor(votes.prevotes, blockId);
  return { type: "prevote", height, round, blockId, signatures };
}

/** The decision of the round, or null where no quorum precommitted a block. */
export function commitOf(votes: RoundVotes, quorum: number): CommitCertificate | null {
  const blockId = leading(votes.precommits, quorum)?.blockId ?? null;
  const any = anyOf(votes.precommits);
  if (blockId === null || any === undefined) return null;
  const { height, round } = any;
  const signatures = signaturesFor(votes.precommits, blockId);
  return { type: "precommit", height, round, blockId, signatures };
}

/** The precommit of each validator that has one, else its prevote: why others may skip or leave. */
export function roundCertificateOf(
  votes: RoundVotes,
  reason: RoundCertificate["reason"],
): RoundCertificate | null {
  const any = anyOf(votes.precommits) ?? anyOf(votes.prevotes);
  if (any === undefined) return null;
  const { height, round } = any;
  const rows = votes.precommits.first.flatMap((precommit, voter) => {
    const vote = precommit ?? (reason === "skip" ? (votes.prevotes.first[voter] ?? null) : null);
    return vote === null ? [] : [[voter, vote.type, vote.blockId, vote.signature] as const];
  });
  return { type: "round", reason, height, round, votes: rows };
}

/** The certificate with one more precommit, or null if it is not for it or already in it. */
export function extendCommit(certificate: CommitCertificate, vote: Vote): CommitCertificate | null {
  const { height, round, blockId, signatures } = certificate;
  const fits =
    vote.type === "precommit" &&
    vote.height === height &&
    vote.round === round &&
    vote.blockId === blockId &&
    signatures.every(([voter]) => voter !== vote.voter);
  if (!fits) return null;
  const extended = [...signatures, [vote.voter, vote.signature] as const];
  return { ...certificate, signatures: extended.sort(([a], [b]) => a - b) };
}
