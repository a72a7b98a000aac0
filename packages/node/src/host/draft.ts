import type { Draft } from "@tegata/consensus";
import type { BlockId } from "@tegata/ledger/primitives";

/** The block that must be on the disk before the signature of a message leaves. */
export function blockToPossess(draft: Draft): BlockId | null {
  if (draft.kind === "proposal") return draft.proposal.blockId;
  return draft.vote.type === "precommit" ? draft.vote.blockId : null;
}

/** Height of an own message. */
export function heightOfDraft(draft: Draft): number {
  return draft.kind === "vote" ? draft.vote.height : draft.proposal.height;
}
