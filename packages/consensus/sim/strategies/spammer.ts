import type { Message } from "../../src/index.ts";
import { type Deceit, type Liar, type OwnMessage, othersOf } from "./deceit.ts";

/** More than anybody may have waiting. */
const floodCount = 80;
const keptMax = 40;

/** Votes for rounds far ahead and long gone, floods the next height, and says again what it said before. */
export function spammer(liar: Liar): Deceit {
  const { random } = liar;
  const said: OwnMessage[] = [];
  let flooded = 0;
  const flood = (height: number): void => {
    const voter = liar.self();
    const others = othersOf(liar);
    const to = others[random.below(others.length)];
    if (height <= flooded || voter === null || to === undefined) return;
    flooded = height;
    for (let round = 0; round < floodCount; round += 1) {
      const type = round % 2 === 0 ? "prevote" : "precommit";
      liar.say(to, liar.vote({ type, height: height + 1, round, blockId: null, voter }));
    }
  };
  return {
    tell(_, own) {
      const past: readonly Message[] = said.filter(() => random.chance(0.1));
      said.push(own);
      if (said.length > keptMax) said.shift();
      if (own.kind === "proposal") return [...past, own];
      const { vote } = own;
      flood(vote.height);
      const round = vote.round + 1 + random.below(50);
      const before = Math.max(0, vote.round - random.below(30));
      return [
        ...past,
        own,
        liar.vote({ ...vote, round }),
        liar.vote({ ...vote, round: round + 1, blockId: null }),
        liar.vote({ ...vote, round: before, blockId: null }),
      ];
    },
  };
}
