import type { BlockId } from "@tegata/ledger/primitives";
import {
  type Deceit,
  honestOf,
  isTalk,
  type Liar,
  offerTo,
  once,
  placeOf,
  voteFor,
} from "./deceit.ts";

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

/**
 * Of the honest members that lack but one vote for a polka, one whose lock is oldest: one more lock there
 * makes the most different ones.
 */
function victim(liar: Liar, round: number, blockId: BlockId): number | null {
  const { height, validators } = liar.context();
  let found: { readonly members: number[]; readonly round: number } | null = null;
  for (const member of honestOf(liar)) {
    const state = liar.stateOf(member);
    if (state === null || state.start.height !== height) continue;
    const tally = state.rounds.find((one) => one.round === round)?.votes.prevotes;
    const votes = tally?.counts.find((count) => count.blockId === blockId)?.votes ?? 0;
    const { locked } = state.rules;
    if (locked?.blockId === blockId || 3 * (votes + 1) <= 2 * validators.length) continue;
    const lockedRound = locked?.round ?? -1;
    if (found === null || lockedRound < found.round) found = { members: [], round: lockedRound };
    if (lockedRound === found.round) found.members.push(member);
  }
  return found?.members[liar.random.below(found.members.length)] ?? null;
}

/**
 * Looks into all memories and completes a polka for one member alone, so that it locks by itself; next time
 * another, on another block. Everybody else it helps to leave the round, and nobody to decide.
 */
export function lockSplitter(liar: Liar): Deceit {
  const blocks = new Map<string, BlockId>();
  /** To whom the polka of a round was shown. */
  const shown = new Map<string, number>();
  const split = (round: number): void => {
    const voter = liar.self();
    const best = leader(liar, round);
    const { height } = liar.context();
    const place = placeOf({ height, round });
    if (voter === null || best === null || shown.has(place)) return;
    const to = victim(liar, round, best.blockId);
    if (to === null) return;
    shown.set(place, to);
    // The others must hear of nil first: then what the victim passes on counts nowhere.
    for (const other of honestOf(liar)) {
      const blockId = other === to ? best.blockId : null;
      liar.say(other, liar.vote({ type: "prevote", height, round, blockId, voter }));
    }
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
      const { vote } = own;
      split(vote.round);
      const isSaid = vote.type === "prevote" && shown.has(placeOf(vote));
      return isSaid ? [] : [voteFor(liar, vote, null)];
    },
    relay: (_, message) => (isTalk(message) ? [message] : []),
  };
}
