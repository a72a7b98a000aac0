import type { BlockId } from "@tegata/ledger/primitives";
import type { Message, PolkaCertificate, Proposal } from "../../src/index.ts";
import { type Deceit, type Liar, offerTo, once, placeOf, voteFor } from "./deceit.ts";

/** The newest polka of another round that the liar knows, this one included. */
function knownPolka({ index, stateOf }: Liar): PolkaCertificate | null {
  const rounds = stateOf(index)?.rounds ?? [];
  return rounds.findLast(({ votes }) => votes.polka !== null)?.votes.polka ?? null;
}

/** Offers that contradict the first: another block, or the same with another history. */
function second(liar: Liar, to: number, proposal: Proposal, blockId: BlockId): Message {
  const polka = knownPolka(liar);
  const kind = (proposal.height + proposal.round) % 4;
  if (kind === 1 && proposal.polka !== null) {
    return liar.proposal({ ...proposal, validRound: -1, polka: null });
  }
  if (kind === 2 && polka !== null) {
    return liar.proposal({ ...proposal, blockId: polka.blockId, validRound: polka.round, polka });
  }
  if (kind === 3 && proposal.round > 0) {
    liar.send(to, { type: "body", blockId });
    const validRound = proposal.round - 1;
    return liar.proposal({ ...proposal, blockId, validRound, polka: null });
  }
  return offerTo(liar, to, proposal, blockId);
}

/** Offers one thing to half of the members and another to the rest, and votes for what each was offered. */
export function equivocatingProposer(liar: Liar): Deceit {
  const blocks = new Map<string, BlockId>();
  const blockOf = (place: string): BlockId => once(() => liar.newBlock(true).id, blocks, place);
  return {
    tell(to, own) {
      if (to % 2 === 0) return [own];
      if (own.kind === "proposal") {
        return [second(liar, to, own.proposal, blockOf(placeOf(own.proposal)))];
      }
      const other = blocks.get(placeOf(own.vote));
      const isSame = other === undefined || own.vote.blockId === null;
      return [isSame ? own : voteFor(liar, own.vote, other)];
    },
  };
}
