import { encode, idBytes, type NetworkId, signBytes, taggedHash } from "@tegata/ledger/primitives";
import type { Draft, Proposal, Vote } from "./messages.ts";

/** What a vote's signature covers: every field but the signature. Source: docs/protocol-consensus.md. */
export function voteSignBytes(
  vote: Omit<Vote, "signature">,
  network: NetworkId,
  era: number,
): Uint8Array {
  const fields = encode([
    vote.type === "prevote" ? 0 : 1,
    vote.height,
    vote.round,
    vote.blockId === null ? null : idBytes(vote.blockId),
    vote.voter,
  ]);
  return signBytes("vote", network, era, taggedHash("vote", fields));
}

/**
 * What a proposal's signature covers: every field but the signature and the polka, which proves itself.
 * Source: docs/protocol-consensus.md.
 */
export function proposalSignBytes(
  proposal: Omit<Proposal, "signature">,
  network: NetworkId,
  era: number,
): Uint8Array {
  const fields = encode([
    proposal.height,
    proposal.round,
    idBytes(proposal.blockId),
    proposal.validRound,
    proposal.proposer,
  ]);
  return signBytes("proposal", network, era, taggedHash("proposal", fields));
}

/** What the signature of an own message covers. */
export function draftSignBytes(draft: Draft, network: NetworkId, era: number): Uint8Array {
  return draft.kind === "vote"
    ? voteSignBytes(draft.vote, network, era)
    : proposalSignBytes(draft.proposal, network, era);
}
