import type { BlockId } from "@tegata/ledger/primitives";
import { anotherBlock, type Deceit, type Liar, offerTo, once, placeOf, voteFor } from "./deceit.ts";

/** Says to everybody whatever comes to its mind. */
export function erratic(liar: Liar): Deceit {
  const { random } = liar;
  const blocks = new Map<string, BlockId>();
  return {
    tell(to, own) {
      if (own.kind === "proposal") {
        if (random.chance(0.5)) return [own];
        const make = (): BlockId => liar.newBlock(!random.chance(0.3)).id;
        return [offerTo(liar, to, own.proposal, once(make, blocks, placeOf(own.proposal)))];
      }
      const nil = voteFor(liar, own.vote, null);
      const other = voteFor(liar, own.vote, anotherBlock(liar, own.vote.blockId));
      return [[own], [nil], [other], [own, other], [nil, own], []][random.below(6)] ?? [];
    },
  };
}
