import type { BlockId } from "@tegata/ledger/primitives";
import { type Deceit, honestOf, isTalk, type Liar, offerTo, once, placeOf } from "./deceit.ts";

interface Leader {
  readonly blockId: BlockId;
  readonly votes: number;
}

/** The block that honest members prevoted most in a round, as far as any of them knows. */
function leader(liar: Liar, round: number): Leader | null {
  let best: Leader | null = null;
  for (const member of honestOf(liar)) {
    const tally = liar.stateOf(member)?.rounds.find((one) => one.round === round)?.votes.prevotes;
    for (const { blockId, votes } of tally?.counts ?? []) {
      if (blockId !== null && votes > (best?.votes ?? 0)) best = { blockId, votes };
    }
  }
  return best;
}

/** The honest member whose lock is oldest: one more lock there makes the most different ones. */
function victim(liar: Liar, blockId: BlockId): number | null {
  const { height } = liar.context();
  let found: { readonly member: number; readonly round: number } | null = null;
  for (const member of honestOf(liar)) {
    const state = liar.stateOf(member);
    if (state === null || state.start.height !== height) continue;
    const { locked } = state.rules;
    const round = locked?.round ?? -1;
    if (locked?.blockId === blockId) continue;
    if (found === null || round < found.round) found = { member, round };
  }
  return found?.member ?? null;
}

/**
 * Looks into all memories and completes a polka for one member alone, so that it locks by itself; next time
 * another, on another block. Never helps anybody to decide.
 */
export function lockSplitter(liar: Liar): Deceit {
  const blocks = new Map<string, BlockId>();
  const shown = new Set<string>();
  const split = (round: number): void => {
    const voter = liar.self();
    const best = leader(liar, round);
    const { height } = liar.context();
    const place = placeOf({ height, round });
    if (voter === null || best === null || shown.has(place)) return;
    const to = victim(liar, best.blockId);
    const isShort = best.votes + 1 > (2 * liar.context().validators.length) / 3;
    if (to === null || !isShort) return;
    shown.add(place);
    liar.say(to, liar.vote({ type: "prevote", height, round, blockId: best.blockId, voter }));
  };
  return {
    hear(_, packet) {
      if (packet.type !== "message" || packet.message.kind !== "vote") return;
      const { vote } = packet.message;
      if (vote.type === "prevote" && vote.height === liar.context().height) split(vote.round);
    },
    tell(to, own) {
      if (own.kind === "proposal") {
        const { proposal } = own;
        const make = (): BlockId => liar.newBlock(true).id;
        return [offerTo(liar, to, proposal, once(make, blocks, placeOf(proposal)))];
      }
      split(own.vote.round);
      return [];
    },
    relay: (_, message) => (isTalk(message) ? [message] : []),
  };
}
