import type { BlockId } from "@tegata/ledger/primitives";
import { type Deceit, type Liar, othersOf } from "./deceit.ts";

/** Votes for everything anybody offers or votes for, at once and in both steps. */
export function supporter(liar: Liar): Deceit {
  const supported = new Set<string>();
  const support = (height: number, round: number, blockId: BlockId | null): void => {
    const voter = liar.self();
    const key = `${height}/${round} ${blockId}`;
    if (voter === null || supported.has(key) || liar.context().height !== height) return;
    supported.add(key);
    for (const type of ["prevote", "precommit"] as const) {
      const vote = liar.vote({ type, height, round, blockId, voter });
      for (const to of othersOf(liar)) liar.say(to, vote);
    }
  };
  return {
    hear(_, packet) {
      if (packet.type !== "message") return;
      const { message } = packet;
      const said =
        message.kind === "proposal"
          ? message.proposal
          : message.kind === "vote"
            ? message.vote
            : null;
      if (said !== null) support(said.height, said.round, said.blockId);
    },
  };
}
