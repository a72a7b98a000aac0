import type { Message } from "../../src/index.ts";
import { type Deceit, type Liar, once, othersOf } from "./deceit.ts";

/** Says things to some members only, to others late or never, and passes nothing on. */
export function withholding(liar: Liar): Deceit {
  const { random, world } = liar;
  const favoured = new Map<string, readonly number[]>();
  const late = (to: number, message: Message): void => {
    if (random.chance(0.5)) return;
    world.clock.after(random.between(200, 3_000), () => liar.say(to, message));
  };
  return {
    tell(to, own) {
      const { height } = own.kind === "vote" ? own.vote : own.proposal;
      const draw = (): readonly number[] => othersOf(liar).filter(() => random.chance(0.4));
      if (once(draw, favoured, `${height}`).includes(to)) return [own];
      late(to, own);
      return [];
    },
    relay: () => [],
  };
}
