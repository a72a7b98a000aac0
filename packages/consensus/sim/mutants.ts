// Members whose host is broken on purpose, or whose consensus is in more than one place: what no patch of
// the source can say. See patches/ for the rest.
import { type Effect, step } from "../src/index.ts";
import type { Parts } from "./engine.ts";

/** Carries out only some effects. */
function filtered(keep: (effect: Effect) => boolean): Parts["step"] {
  return (state, input) => {
    const [next, effects] = step(state, input);
    return [next, effects.filter(keep)];
  };
}

/** A broken member. */
export interface Mutant {
  readonly name: string;
  readonly parts: Partial<Parts>;
  /** A seed at which it is known to be caught. */
  readonly seed: number;
}

/** Every way of being broken that the checkers must notice. */
export const mutants: readonly Mutant[] = [
  {
    name: "neither-log-nor-guard",
    parts: { isLogKept: false, isGuarded: false, isLogCompared: false },
    seed: 8,
  },
  {
    name: "neither-gaps-nor-resends",
    parts: {
      step: filtered((effect) => {
        if (effect.type === "sendTo") return effect.message.kind === "answer";
        return effect.type !== "schedule" || effect.timeout.kind !== "resend";
      }),
    },
    seed: 1,
  },
];

/** The mutant of a name, or null. */
export function mutantOf(name: string): Mutant | null {
  return mutants.find((mutant) => mutant.name === name) ?? null;
}
