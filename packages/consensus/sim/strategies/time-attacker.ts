import type { BlockId } from "@tegata/ledger/primitives";
import { type Deceit, type Liar, offerTo, once, placeOf, voteFor } from "./deceit.ts";

/** How late and how early a block of round 0 may be. */
const lateMs = 1_000;
const earlyMs = 500;

/** Offers blocks whose time some members find just right and others just wrong, and votes for them. */
export function timeAttacker(liar: Liar): Deceit {
  const { random, world } = liar;
  const blocks = new Map<string, BlockId>();
  const make = (round: number): BlockId => {
    const { nowMs } = world.clock;
    const edgeMs = random.chance(0.5) ? earlyMs : -lateMs;
    const timeMs = nowMs + edgeMs * 2 ** Math.min(round, 6) + random.between(-30, 60);
    return liar.blockAt(timeMs).id;
  };
  return {
    tell(to, own) {
      if (own.kind === "proposal") {
        const { proposal } = own;
        const blockId = once(() => make(proposal.round), blocks, placeOf(proposal));
        return [offerTo(liar, to, proposal, blockId)];
      }
      const blockId = blocks.get(placeOf(own.vote));
      return [blockId === undefined ? own : voteFor(liar, own.vote, blockId)];
    },
  };
}
