import { accepted, refuse, type Verdict } from "@tegata/ledger/primitives";
import type { VerifySignature, VotingContext } from "./context.ts";
import type { ConsensusRefusal } from "./errors.ts";
import type { Certificate, Vote } from "./messages.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import { faultyMax, quorumOf } from "./validator-set.ts";

/** The votes a certificate is made of, in the order of their validators. */
export function votesOf(certificate: Certificate): readonly Vote[] {
  const { height, round } = certificate;
  if (certificate.type === "round") {
    return certificate.votes.map(([voter, type, blockId, signature]) => ({
      type,
      height,
      round,
      blockId,
      voter,
      signature,
    }));
  }
  const { type, blockId } = certificate;
  return certificate.signatures.map(([voter, signature]) => ({
    type,
    height,
    round,
    blockId,
    voter,
    signature,
  }));
}

/** How many distinct validators a certificate needs to mean something. */
function votesMin(certificate: Certificate, count: number): number {
  const isSkip = certificate.type === "round" && certificate.reason === "skip";
  return isSkip ? faultyMax(count) + 1 : quorumOf(count);
}

/** Everything about a vote that needs no arithmetic on curves. */
export function checkVoter(vote: Vote, context: VotingContext): Verdict<ConsensusRefusal> {
  if (vote.height !== context.height) return refuse("CONSENSUS_OTHER_HEIGHT");
  const validator = context.validators[vote.voter];
  if (validator === undefined) return refuse("CONSENSUS_UNKNOWN_VALIDATOR");
  return validator.suspended ? refuse("CONSENSUS_SUSPENDED") : accepted;
}

/** Whether a vote is its voter's; the voter was checked before. */
export function isSigned(vote: Vote, context: VotingContext, verify: VerifySignature): boolean {
  const validator = context.validators[vote.voter];
  if (validator === undefined) return false;
  const message = voteSignBytes(vote, context.network, context.era);
  return verify(validator.key, message, vote.signature);
}

/**
 * Verifies a certificate against the validators of its height, whole or not at all: one vote that is
 * foreign, suspended, repeated, out of order or badly signed makes all of it worthless, so that nobody
 * can pass on certificates padded with garbage. Cheap checks come before the first signature.
 * Source: arXiv 1807.04938 lines 28, 36, 44-49, 55; docs/protocol-consensus.md.
 */
export function verifyCertificate(
  certificate: Certificate,
  context: VotingContext,
  verify: VerifySignature,
): Verdict<ConsensusRefusal> {
  if (certificate.height !== context.height) return refuse("CONSENSUS_OTHER_HEIGHT");
  const votes = votesOf(certificate);
  let previous = -1;
  for (const vote of votes) {
    if (vote.voter <= previous) return refuse("CONSENSUS_NOT_SORTED", { index: vote.voter });
    previous = vote.voter;
    const voter = checkVoter(vote, context);
    if (!voter.ok) return voter;
    const isMixed = certificate.type === "round" && certificate.reason === "precommits";
    if (isMixed && vote.type !== "precommit") return refuse("CONSENSUS_MIXED_VOTES");
  }
  if (votes.length < votesMin(certificate, context.validators.length)) {
    return refuse("CONSENSUS_NO_QUORUM", { votes: votes.length });
  }
  for (const vote of votes) {
    if (!isSigned(vote, context, verify)) {
      return refuse("CONSENSUS_BAD_SIGNATURE", { index: vote.voter });
    }
  }
  return accepted;
}
