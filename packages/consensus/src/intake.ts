// What comes in at a height, and what is kept of it.
import { assert } from "@tegata/ledger/primitives";
import { votesOf } from "./certificate.ts";
import {
  applyRule,
  currentRound,
  decideBy,
  hasProposed,
  isProposer,
  propose,
  type Turn,
  validityOf,
  withRound,
  withValidity,
} from "./height.ts";
import type { BlockVerdict, Input, RoundTimeout, SignedMessage } from "./inputs.ts";
import type { Certificate, Evidence, Proposal, Vote } from "./messages.ts";
import { type Rounds, withCertifiedVotes, withPolka, withProposal, withVote } from "./rounds.ts";
import { extendCommit, type VoteOutcome } from "./votes.ts";

/** A pair in its canonical order: nil before any block, the smaller id before the larger. */
function votePair(turn: Turn, one: Vote, other: Vote): void {
  const key = turn.height.start.validators[one.voter]?.key;
  assert(key !== undefined, "a kept vote is a validator's");
  const inOrder = (one.blockId ?? "") < (other.blockId ?? "");
  const [first, second] = inOrder ? [one, other] : [other, one];
  turn.effects.push({ type: "evidence", evidence: { type: "votes", key, first, second } });
}

function proposalPair(turn: Turn, one: Proposal, other: Proposal): void {
  const key = turn.height.start.validators[one.proposer]?.key;
  assert(key !== undefined, "a kept proposal is a validator's");
  const inOrder =
    one.blockId === other.blockId ? one.validRound < other.validRound : one.blockId < other.blockId;
  const [first, second] = (inOrder ? [one, other] : [other, one]).map((proposal) => ({
    ...proposal,
    polka: null,
  })) as [Proposal, Proposal];
  const evidence: Evidence = { type: "proposals", key, first, second };
  turn.effects.push({ type: "evidence", evidence });
}

function report(turn: Turn, outcome: VoteOutcome): void {
  if (outcome.type === "pair") votePair(turn, outcome.first, outcome.second);
}

/** Pairs that are kept, once more: whoever was told of them may have lost them. */
export function reportAgain(turn: Turn): void {
  for (const { votes } of turn.height.rounds) {
    for (const { first, second } of [votes.prevotes, votes.precommits]) {
      second.forEach((other, voter) => {
        const one = first[voter];
        if (other !== null && one !== null && one !== undefined) votePair(turn, one, other);
      });
    }
  }
}

/** A late precommit for the decided block makes the own copy of the certificate larger. */
function extendDecision(turn: Turn, vote: Vote): boolean {
  const { decision } = turn.height;
  const certificate = decision === null ? null : extendCommit(decision, vote);
  if (certificate === null) return false;
  turn.height = { ...turn.height, decision: certificate };
  turn.effects.push({ type: "extend", certificate });
  return true;
}

/** A vote of anybody, the own ones included. */
export function onVote(turn: Turn, vote: Vote): void {
  const { start, rules, rounds, decision } = turn.height;
  if (vote.height !== start.height) return;
  if (decision !== null) {
    extendDecision(turn, vote);
    return;
  }
  const [next, outcome] = withVote(rounds, vote, rules.round, start.validators.length);
  if (outcome.type === "known") return;
  turn.height = { ...turn.height, rounds: next };
  report(turn, outcome);
}

/** A proposal of anybody, the own ones included. */
export function onProposal(turn: Turn, proposal: Proposal): void {
  const { start, rules, rounds, decision } = turn.height;
  if (proposal.height !== start.height || decision !== null) return;
  const count = start.validators.length;
  const [next, first] = withProposal(rounds, proposal, rules.round, count);
  if (next === rounds) return;
  if (first !== null) proposalPair(turn, first, proposal);
  const { polka } = proposal;
  turn.height = {
    ...turn.height,
    rounds: polka === null ? next : withPolka(next, polka, rules.round, count),
  };
}

/** Keeps the votes of a certificate; whoever said something else before has contradicted itself. */
function keepCertified(turn: Turn, rounds: Rounds, certificate: Certificate): void {
  const count = turn.height.start.validators.length;
  const [next, outcomes] = withCertifiedVotes(rounds, votesOf(certificate), count);
  if (next === turn.height.rounds) return;
  turn.height = { ...turn.height, rounds: next };
  for (const outcome of outcomes) report(turn, outcome);
}

/** A certificate, applied whole: what it proves counts even where first votes said otherwise. */
export function onCertificate(turn: Turn, certificate: Certificate): void {
  const { start, rules, rounds, decision } = turn.height;
  if (certificate.height !== start.height) return;
  if (decision !== null) {
    for (const vote of votesOf(certificate)) extendDecision(turn, vote);
    return;
  }
  if (certificate.type === "precommit") {
    keepCertified(turn, rounds, certificate);
    decideBy(turn, certificate);
    return;
  }
  if (certificate.type === "round") {
    if (certificate.round >= rules.round) keepCertified(turn, rounds, certificate);
    return;
  }
  const marked = withPolka(rounds, certificate, rules.round, start.validators.length);
  if (marked !== rounds) keepCertified(turn, marked, certificate);
}

/** A wait of the current round ended (L57, L61, L65); any other came too late. */
export function onTimeout(turn: Turn, timeout: RoundTimeout): void {
  const { start, rules, decision } = turn.height;
  const isCurrent = timeout.height === start.height && timeout.round === rules.round;
  if (!isCurrent || decision !== null) return;
  applyRule(turn, { type: "timeout", step: timeout.kind });
}

/** L18-19: the block is there; too late if the step is over. */
export function onBuilt(turn: Turn, input: Extract<Input, { type: "built" }>): void {
  const { start, rules, decision } = turn.height;
  const isCurrent = input.height === start.height && input.round === rules.round;
  const isDue = isCurrent && decision === null && rules.step === "propose";
  if (!isDue || !isProposer(turn.height, rules.round) || hasProposed(turn.height)) return;
  const opinion = { ...currentRound(turn.height), opinion: "acceptable" as const };
  turn.height = withRound(withValidity(turn.height, input.blockId, "valid"), opinion);
  propose(turn, input.blockId, -1);
}

/** What the host found out about a block; of the freshness only the round that asked learns. */
export function onVerdict(turn: Turn, verdict: BlockVerdict): void {
  const { start, rules, decision } = turn.height;
  const { height, round, blockId, valid, timely, due } = verdict;
  if (height !== start.height || decision !== null) return;
  if (validityOf(turn.height, blockId) === null) return;
  turn.height = withValidity(turn.height, blockId, valid ? "valid" : "invalid");
  const record = currentRound(turn.height);
  const isOpen = record.opinion === "asked" && record.proposal?.blockId === blockId;
  if (round !== rules.round || !isOpen) return;
  const opinion = valid && timely && due ? "acceptable" : "refused";
  turn.height = withRound(turn.height, { ...record, opinion });
}

/** An own message with its signature: it counts like anybody's and may now leave. */
export function onSigned(turn: Turn, message: SignedMessage): void {
  const { start, rules, drafts, decision } = turn.height;
  const said = message.kind === "vote" ? message.vote : message.proposal;
  if (said.height !== start.height) return;
  if (decision !== null) {
    const isLate = message.kind === "vote" && extendDecision(turn, message.vote);
    if (isLate) turn.effects.push({ type: "broadcast", message });
    return;
  }
  const rest = drafts.filter((draft) => !isDraftOf(draft, message));
  turn.height = { ...turn.height, drafts: rest };
  if (message.kind === "vote") onVote(turn, message.vote);
  else onProposal(turn, message.proposal);
  if (message.kind === "vote" || said.round === rules.round) {
    turn.effects.push({ type: "broadcast", message });
  }
}

function isDraftOf(draft: Turn["height"]["drafts"][number], message: SignedMessage): boolean {
  if (draft.kind === "vote") {
    if (message.kind !== "vote") return false;
    return draft.vote.round === message.vote.round && draft.vote.type === message.vote.type;
  }
  return message.kind === "proposal" && draft.proposal.round === message.proposal.round;
}

/** There is something to put into a block of this height. */
export function onProposable(turn: Turn, height: number): void {
  if (height !== turn.height.start.height || turn.height.isProposable) return;
  turn.height = { ...turn.height, isProposable: true };
}
