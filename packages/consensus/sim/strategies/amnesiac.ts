import { step } from "../../src/index.ts";
import type { Parts } from "../engine.ts";

/** Forgets its lock whenever something comes in, and everything else when it starts. */
export const amnesiac: Partial<Parts> = {
  isLogKept: false,
  isLogCompared: false,
  step(state, input) {
    const { height } = state;
    if (height === null) return step(state, input);
    const rules = { ...height.rules, locked: null };
    return step({ ...state, height: { ...height, lockPolka: null, rules } }, input);
  },
};
