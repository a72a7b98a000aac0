import type { BlockId } from "@tegata/ledger/primitives";
import type { Message, PolkaCertificate, Proposal } from "../../src/index.ts";
import { type Deceit, type Liar, offerTo, once, othersOf, placeOf, voteFor } from "./deceit.ts";

/** The offer that names the polka it got itself, for one that has not heard of the offer yet. */
function circular(liar: Liar, { height, round, proposer, blockId }: Proposal): readonly Message[] {
  const record = liar.stateOf(liar.index)?.rounds.find((one) => one.round === round);
  const signatures = (record?.votes.prevotes.first ?? []).flatMap((vote) =>
    vote !== null && vote.blockId === blockId ? [[vote.voter, vote.signature] as const] : [],
  );
  const polka: PolkaCertificate = { type: "prevote", height, round, blockId, signatures };
  return [liar.proposal({ height, round, blockId, validRound: round, proposer, polka })];
}

/** Offers that contradict the first: another block, or the same with another history. */
function second(liar: Liar, to: number, proposal: Proposal, blockId: BlockId): Message {
  const isClaim = (proposal.height + proposal.round) % 3 === 1;
  if (isClaim && proposal.polka !== null) {
    return liar.proposal({ ...proposal, validRound: -1, polka: null });
  }
  if (isClaim && proposal.round > 0) {
    liar.send(to, { type: "body", blockId });
    const validRound = proposal.round - 1;
    return liar.proposal({ ...proposal, blockId, validRound, polka: null });
  }
  return offerTo(liar, to, proposal, blockId);
}

/**
 * Offers one thing to half of the members and another to the rest, and votes for what each was offered. At
 * times it leaves one member out, to offer it something impossible later.
 */
export function equivocatingProposer(liar: Liar): Deceit {
  const blocks = new Map<string, BlockId>();
  const offered = new Map<string, Proposal>();
  const isLeftOut = (to: number, height: number): boolean =>
    height % 2 === 0 && to === othersOf(liar)[0];
  return {
    tell(to, own) {
      if (own.kind === "proposal") {
        const { proposal } = own;
        const place = placeOf(proposal);
        offered.set(place, proposal);
        if (isLeftOut(to, proposal.height)) return [];
        if (to % 2 === 0 || proposal.height % 2 === 0) return [own];
        const blockId = once(() => liar.newBlock(true).id, blocks, place);
        return [second(liar, to, proposal, blockId)];
      }
      const { vote } = own;
      const proposal = offered.get(placeOf(vote));
      const isLate = proposal !== undefined && vote.type === "precommit";
      if (isLate && isLeftOut(to, vote.height)) return [...circular(liar, proposal), own];
      const other = blocks.get(placeOf(vote));
      const isSame = to % 2 === 0 || other === undefined || vote.blockId === null;
      return [isSame ? own : voteFor(liar, vote, other)];
    },
  };
}
