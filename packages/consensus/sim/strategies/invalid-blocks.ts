import type { BlockId } from "@tegata/ledger/primitives";
import { type Deceit, type Liar, offerTo, once, placeOf, voteFor } from "./deceit.ts";

/** Offers blocks that break the rules of the ledger, and votes for them. */
export function invalidBlocks(liar: Liar): Deceit {
  const bad = new Map<string, BlockId>();
  return {
    tell(to, own) {
      if (own.kind === "proposal") {
        const make = (): BlockId => liar.newBlock(false).id;
        return [offerTo(liar, to, own.proposal, once(make, bad, placeOf(own.proposal)))];
      }
      const blockId = bad.get(placeOf(own.vote));
      return [blockId === undefined ? own : voteFor(liar, own.vote, blockId)];
    },
  };
}
