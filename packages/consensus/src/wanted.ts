// What a message is worth to a node, asked at the door before a signature is verified.
import type { ConsensusState } from "./consensus.ts";
import type { HeightContext } from "./context.ts";
import { currentRound, type HeightState, quorumAt } from "./height.ts";
import type { Message, PolkaCertificate, Proposal, RoundCertificate, Vote } from "./messages.ts";
import { isKept, roundAt } from "./rounds.ts";
import { extendCommit, isNews, prevoted } from "./votes.ts";

/** What messages of a height are verified against, or null where no message of it is of use. */
export function contextAt(state: ConsensusState, height: number): HeightContext | null {
  if (state.height?.start.height === height) return state.height.start;
  return state.last?.context.height === height ? state.last.context : null;
}

function wantsVote(height: HeightState, vote: Vote): boolean {
  if (height.decision !== null) return extendCommit(height.decision, vote) !== null;
  if (!isKept(vote.round, height.rules.round)) return false;
  const record = roundAt(height.rounds, vote.round);
  return record === null || isNews(record.votes, vote);
}

function wantsProposal(height: HeightState, proposal: Proposal): boolean {
  if (proposal.round < height.rules.round) return false;
  const record = roundAt(height.rounds, proposal.round);
  if (record === null || record.proposal === null) return true;
  const { blockId, validRound } = record.proposal;
  const isSame = blockId === proposal.blockId && validRound === proposal.validRound;
  return !isSame && !record.isDoubled;
}

function wantsPolka(height: HeightState, { round }: PolkaCertificate): boolean {
  if (!isKept(round, height.rules.round)) return false;
  const record = roundAt(height.rounds, round);
  return record === null || prevoted(record.votes, quorumAt(height)) === null;
}

function wantsRound(height: HeightState, { round, reason }: RoundCertificate): boolean {
  if (round !== height.rules.round) return round > height.rules.round;
  const { precommits } = currentRound(height).votes;
  return reason === "precommits" && precommits.voters < quorumAt(height);
}

/**
 * Whether a message could change anything, asked before a signature is verified: what is known,
 * of another height or too far off costs nobody an operation on curves.
 */
export function wants({ height, last, voice }: ConsensusState, message: Message): boolean {
  if (height === null) return false;
  const isOpen = height.decision === null;
  const isHere = (ofHeight: number): boolean => ofHeight === height.start.height;
  switch (message.kind) {
    case "vote": {
      const { vote } = message;
      if (isHere(vote.height)) return wantsVote(height, vote);
      return last !== null && extendCommit(last.certificate, vote) !== null;
    }
    case "proposal": {
      const { proposal } = message;
      return isOpen && isHere(proposal.height) && wantsProposal(height, proposal);
    }
    case "commit":
      return isOpen && isHere(message.certificate.height);
    case "polka": {
      const { certificate } = message;
      return isOpen && isHere(certificate.height) && wantsPolka(height, certificate);
    }
    case "round": {
      const { certificate } = message;
      return isOpen && isHere(certificate.height) && wantsRound(height, certificate);
    }
    case "answer":
      return voice.type === "asking" && message.answer.voter === height.start.self;
    case "status":
    case "question":
      return true;
  }
}
