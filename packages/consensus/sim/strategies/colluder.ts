import type { BlockId } from "@tegata/ledger/primitives";
import type { Proposal } from "../../src/index.ts";
import {
  type Deceit,
  honestOf,
  isTalk,
  type Liar,
  offerTo,
  once,
  othersOf,
  placeOf,
} from "./deceit.ts";

/** What those who work together agreed on: a block for either side, at each height and round. */
type Plot = Map<string, readonly [BlockId, BlockId]>;

const plots = new WeakMap<Liar["world"], Plot>();

/** Half of the honest members are to believe one thing, the rest another. */
function sideOf(liar: Liar, member: number): 0 | 1 {
  const honest = honestOf(liar);
  return honest.indexOf(member) < honest.length / 2 ? 0 : 1;
}

/**
 * All of them tell either side of the honest members that everybody is for its block. With more than f of
 * them both sides decide.
 */
export function colluder(liar: Liar): Deceit {
  const { world } = liar;
  const plot: Plot = plots.get(world) ?? new Map();
  plots.set(world, plot);
  const voted = new Set<string>();

  const vote = (height: number, round: number): void => {
    const voter = liar.self();
    const blocks = plot.get(placeOf({ height, round }));
    const place = placeOf({ height, round });
    if (voter === null || blocks === undefined || voted.has(place)) return;
    voted.add(place);
    for (const to of othersOf(liar)) {
      if (world.isLiar(to)) continue;
      const blockId = blocks[sideOf(liar, to)];
      for (const type of ["prevote", "precommit"] as const) {
        liar.say(to, liar.vote({ type, height, round, blockId, voter }));
      }
    }
  };
  const split = (proposal: Proposal): readonly [BlockId, BlockId] =>
    once(() => [liar.newBlock(true).id, liar.newBlock(true).id], plot, placeOf(proposal));

  return {
    hear(_, packet) {
      if (packet.type !== "message") return;
      const { message } = packet;
      if (message.kind === "proposal") vote(message.proposal.height, message.proposal.round);
      if (message.kind === "vote") vote(message.vote.height, message.vote.round);
    },
    tell(to, own) {
      if (own.kind === "vote") {
        const { height, round } = own.vote;
        vote(height, round);
        return plot.has(placeOf(own.vote)) ? [] : [own];
      }
      const blocks = split(own.proposal);
      return [offerTo(liar, to, own.proposal, blocks[sideOf(liar, to)])];
    },
    relay: (_, message) => (isTalk(message) ? [message] : []),
  };
}
