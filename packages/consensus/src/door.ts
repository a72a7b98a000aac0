// The door of consensus: what enters `step` was judged here. Cheap checks first, signatures last.
import { accepted, type PublicKey, refuse, type Verdict } from "@tegata/ledger/primitives";
import { checkVoter, isSigned, verifyCertificate } from "./certificate.ts";
import type { HeightContext, VerifySignature, VotingContext } from "./context.ts";
import type { ConsensusRefusal } from "./errors.ts";
import type { Evidence, Message, Proposal, Vote } from "./messages.ts";
import { proposalSignBytes, voteSignBytes } from "./sign-bytes.ts";
import { proposerOf } from "./validator-set.ts";

/** Verifies a vote of the context's height. */
export function verifyVote(
  vote: Vote,
  context: VotingContext,
  verify: VerifySignature,
): Verdict<ConsensusRefusal> {
  const voter = checkVoter(vote, context);
  if (!voter.ok) return voter;
  return isSigned(vote, context, verify) ? accepted : refuse("CONSENSUS_BAD_SIGNATURE");
}

/** The polka of an earlier round comes with the proposal, or the proposal claims none. */
function checkValidRound(proposal: Proposal): Verdict<ConsensusRefusal> {
  const { polka, validRound } = proposal;
  if (validRound === -1) return polka === null ? accepted : refuse("CONSENSUS_BAD_VALID_ROUND");
  const fits =
    polka !== null &&
    validRound < proposal.round &&
    polka.round === validRound &&
    polka.blockId === proposal.blockId;
  return fits ? accepted : refuse("CONSENSUS_BAD_VALID_ROUND");
}

/** Verifies that a proposal is of the round's proposer and brings the polka it claims (L22, L28). */
export function verifyProposal(
  proposal: Proposal,
  context: HeightContext,
  verify: VerifySignature,
): Verdict<ConsensusRefusal> {
  if (proposal.height !== context.height) return refuse("CONSENSUS_OTHER_HEIGHT");
  const proposer = proposerOf(context.eligible, proposal.height, proposal.round);
  const validator = context.validators[proposer];
  if (proposal.proposer !== proposer || validator === undefined) {
    return refuse("CONSENSUS_WRONG_PROPOSER");
  }
  const valid = checkValidRound(proposal);
  if (!valid.ok) return valid;
  const message = proposalSignBytes(proposal, context.network, context.era);
  if (!verify(validator.key, message, proposal.signature)) {
    return refuse("CONSENSUS_BAD_SIGNATURE");
  }
  return proposal.polka === null ? accepted : verifyCertificate(proposal.polka, context, verify);
}

function verifyAll(verdicts: Iterable<Verdict<ConsensusRefusal>>): Verdict<ConsensusRefusal> {
  for (const verdict of verdicts) if (!verdict.ok) return verdict;
  return accepted;
}

/** An answer brings messages of the one who asked; all of them verify or none counts. */
function* verdictsOfAnswer(
  answer: Extract<Message, { kind: "answer" }>["answer"],
  context: HeightContext,
  verify: VerifySignature,
): Generator<Verdict<ConsensusRefusal>> {
  for (const vote of answer.votes) {
    if (vote.voter !== answer.voter) yield refuse("CONSENSUS_UNKNOWN_VALIDATOR");
    yield verifyVote(vote, context, verify);
  }
  for (const proposal of answer.proposals) {
    if (proposal.proposer !== answer.voter) yield refuse("CONSENSUS_WRONG_PROPOSER");
    yield verifyProposal(proposal, context, verify);
  }
}

/**
 * Verifies any message of the context's height. A status and a question carry no signature: the
 * connection says who sent them.
 */
export function verifyMessage(
  message: Message,
  context: HeightContext,
  verify: VerifySignature,
): Verdict<ConsensusRefusal> {
  switch (message.kind) {
    case "proposal":
      return verifyProposal(message.proposal, context, verify);
    case "vote":
      return verifyVote(message.vote, context, verify);
    case "commit":
    case "polka":
    case "round":
      return verifyCertificate(message.certificate, context, verify);
    case "answer":
      return verifyAll(verdictsOfAnswer(message.answer, context, verify));
    case "status":
    case "question":
      return accepted;
  }
}

/** What makes two votes or two proposals contradict each other. */
function isPair(evidence: Evidence): boolean {
  const { first, second } = evidence;
  if (first.height !== second.height || first.round !== second.round) return false;
  if (evidence.type === "votes") {
    const { first: one, second: other } = evidence;
    const sameVoter = one.voter === other.voter && one.type === other.type;
    return sameVoter && (one.blockId ?? "") < (other.blockId ?? "");
  }
  const { first: one, second: other } = evidence;
  if (one.proposer !== other.proposer) return false;
  // No signature covers the polka: with one, the same offence would have any number of forms.
  if (one.polka !== null || other.polka !== null) return false;
  if (one.blockId !== other.blockId) return one.blockId < other.blockId;
  return one.validRound < other.validRound;
}

/**
 * Verifies that one key signed both messages of a pair that contradicts itself, in canonical order.
 * Whether the key could vote then is for the ledger to say.
 */
export function verifyEvidence(
  evidence: Evidence,
  context: Pick<VotingContext, "network" | "era">,
  verify: VerifySignature,
): Verdict<ConsensusRefusal> {
  if (!isPair(evidence)) return refuse("CONSENSUS_NOT_A_PAIR");
  const { network, era } = context;
  const signed = (key: PublicKey): boolean =>
    evidence.type === "votes"
      ? [evidence.first, evidence.second].every((vote) =>
          verify(key, voteSignBytes(vote, network, era), vote.signature),
        )
      : [evidence.first, evidence.second].every((proposal) =>
          verify(key, proposalSignBytes(proposal, network, era), proposal.signature),
        );
  return signed(evidence.key) ? accepted : refuse("CONSENSUS_BAD_SIGNATURE");
}
