import { anotherBlock, type Deceit, type Liar, voteFor } from "./deceit.ts";

/** Votes one thing to half of the members and another to the rest; sometimes to one member both. */
export function equivocatingVoter(liar: Liar): Deceit {
  return {
    tell(to, own) {
      if (own.kind === "proposal" || to % 2 === 0) return [own];
      const other = voteFor(liar, own.vote, anotherBlock(liar, own.vote.blockId));
      return liar.random.chance(0.2) ? [own, other] : [other];
    },
  };
}
