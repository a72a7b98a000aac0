// Who lacks what. Any member may fill the gap of any other, so a broken link between two never matters.
import type { MemberId } from "@tegata/ledger/primitives";
import { currentRound, type HeightState, quorumAt, validityOf } from "./height.ts";
import type { CommitCertificate, Message, Status, Vote } from "./messages.ts";
import { roundAt } from "./rounds.ts";
import { faultyMax, validatorsMax } from "./validator-set.ts";
import { polkaOf, roundCertificateOf, type Tally } from "./votes.ts";

/** What a member last said it has, and whether a look at its gap is due. */
export interface PeerRecord {
  readonly peer: MemberId;
  readonly status: Status;
  readonly isWatched: boolean;
}

/** What is known of the other members, each once; bounded by how many there can be. */
export type Peers = readonly PeerRecord[];

/** Members whose status is kept; more than validate, since joining members follow too. */
export const peersMax = validatorsMax * 2;

/** What a member last said, or null. */
export function peerIn(peers: Peers, peer: MemberId): PeerRecord | null {
  for (const record of peers) if (record.peer === peer) return record;
  return null;
}

/** The peers with another record for one of them; a list, since it is copied with every status. */
export function withPeer(peers: Peers, record: PeerRecord): Peers {
  const at = peers.findIndex(({ peer }) => peer === record.peer);
  if (at !== -1) return peers.with(at, record);
  return peers.length >= peersMax ? peers : [...peers, record];
}

/** The peers without one of them. */
export function withoutPeer(peers: Peers, peer: MemberId): Peers {
  return peerIn(peers, peer) === null ? peers : peers.filter((record) => record.peer !== peer);
}

function bitmap(tally: Tally): Uint8Array {
  const bits = new Uint8Array(Math.ceil(tally.first.length / 8));
  tally.first.forEach((vote, index) => {
    if (vote !== null) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return bits;
}

function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

/** What this node has of its round, to be told to every member. */
export function statusOf(height: HeightState): Status {
  const { proposal, votes } = currentRound(height);
  return {
    height: height.start.height,
    round: height.rules.round,
    step: height.decision === null ? height.rules.step : "decided",
    proposal: proposal !== null,
    prevotes: bitmap(votes.prevotes),
    precommits: bitmap(votes.precommits),
  };
}

/**
 * A number that changes with the status: votes are only ever added within a round. Exact in any round:
 * 31 bits for it, 3 for the step and the proposal, 17 for up to 300 votes of either type.
 */
export function statusMark(height: HeightState): number {
  const { proposal, votes } = currentRound(height);
  const step = height.rules.step === "propose" ? 0 : height.rules.step === "prevote" ? 1 : 2;
  const counted = votes.prevotes.voters * (validatorsMax + 1) + votes.precommits.voters;
  const held = proposal === null ? 0 : 1;
  const state = (height.decision === null ? step : 3) * 2 + held;
  return (height.rules.round * 8 + state) * 2 ** 17 + counted;
}

/** The own precommit for a block leaves again only while the block is held. */
function maySend(height: HeightState, vote: Vote): boolean {
  const isOwn = vote.voter === height.start.self && vote.type === "precommit";
  return !isOwn || vote.blockId === null || validityOf(height, vote.blockId) === "valid";
}

function* missingVotes(height: HeightState, tally: Tally, held: Uint8Array): Generator<Message> {
  for (const vote of tally.first) {
    if (vote === null || hasBit(held, vote.voter) || !maySend(height, vote)) continue;
    yield { kind: "vote", vote };
  }
}

function bitCount(bits: Uint8Array, count: number): number {
  let set = 0;
  for (let index = 0; index < count; index += 1) if (hasBit(bits, index)) set += 1;
  return set;
}

/** A quorum of prevotes without a polka: an equivocator's two votes hide it from this member. */
function hiddenPolka(height: HeightState, status: Status): readonly Message[] {
  const count = height.start.validators.length;
  const quorum = quorumAt(height);
  if (status.step !== "prevote" || bitCount(status.prevotes, count) < quorum) return [];
  const certificate = polkaOf(currentRound(height).votes, quorum);
  return certificate === null ? [] : [{ kind: "polka", certificate }];
}

/** Why this node is in its round: the votes of the round itself if they suffice, else how it got here. */
function whyHere(height: HeightState): readonly Message[] {
  const { votes } = currentRound(height);
  const isSkip = votes.voters > faultyMax(height.start.validators.length);
  const certificate = isSkip ? roundCertificateOf(votes, "skip") : height.entered;
  return certificate === null ? [] : [{ kind: "round", certificate }];
}

/** All that a member at the same height lacks and this node has. */
function* missingAtHeight(height: HeightState, status: Status): Generator<Message> {
  if (status.step === "decided") return;
  if (height.decision !== null) {
    yield { kind: "commit", certificate: height.decision };
    return;
  }
  const { round } = height.rules;
  if (status.round > round) return;
  const there = roundAt(height.rounds, status.round);
  const why = status.round < round ? whyHere(height) : [];
  yield* why;
  if (there === null || why.length > 0) return;
  const { proposal, votes } = there;
  if (proposal !== null && !status.proposal) yield { kind: "proposal", proposal };
  if (status.round === round) yield* hiddenPolka(height, status);
  yield* missingVotes(height, votes.prevotes, status.prevotes);
  yield* missingVotes(height, votes.precommits, status.precommits);
}

/** All that a member lacks and this node has; `last` is the decision before the height. */
export function* missing(
  height: HeightState,
  last: CommitCertificate | null,
  status: Status,
): Generator<Message> {
  if (status.height === height.start.height) yield* missingAtHeight(height, status);
  const isLast = last !== null && status.height === last.height && status.step !== "decided";
  if (isLast) yield { kind: "commit", certificate: last };
}

function ownVotes(height: HeightState, voter: number): readonly Message[] {
  const { prevotes, precommits } = currentRound(height).votes;
  return [prevotes.first[voter], precommits.first[voter]].flatMap((vote): readonly Message[] =>
    vote !== null && vote !== undefined && maySend(height, vote) ? [{ kind: "vote", vote }] : [],
  );
}

/** What is sent to everybody again while nothing moves: own words, and the proofs others may lack. */
export function resent(height: HeightState): readonly Message[] {
  const { decision, entered, polka } = height;
  if (decision !== null) return [{ kind: "commit", certificate: decision }];
  const { self } = height.start;
  const { proposal, votes } = currentRound(height);
  const own = self === null ? [] : ownVotes(height, self);
  const polkaHere = polkaOf(votes, quorumAt(height)) ?? polka;
  const messages: Message[] = [];
  if (entered !== null) messages.push({ kind: "round", certificate: entered });
  if (proposal !== null && proposal.proposer === self)
    messages.push({ kind: "proposal", proposal });
  if (polkaHere !== null) messages.push({ kind: "polka", certificate: polkaHere });
  return [...messages, ...own];
}

/** Everything held that one validator said at this height; of forgotten rounds its last words. */
export function wordsOf(
  height: HeightState,
  voter: number,
): Pick<Extract<Message, { kind: "answer" }>["answer"], "proposals" | "votes"> {
  const proposals = height.rounds.flatMap(({ proposal }) =>
    proposal !== null && proposal.proposer === voter ? [proposal] : [],
  );
  const old = height.words.filter((vote) => vote.voter === voter);
  const votes = height.rounds.flatMap(({ votes: { prevotes, precommits } }) =>
    [prevotes, precommits].flatMap(({ first, second }) =>
      [first[voter], second[voter]].flatMap((vote) => vote ?? []),
    ),
  );
  return { proposals, votes: [...old, ...votes] };
}
