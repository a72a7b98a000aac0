// Whether this node may sign. The rules go on without it: what may not be signed yet waits as a draft.
import { quorumOf } from "./validator-set.ts";

/** A node that just started asks first; one that lost its memory is silent for a while. */
export type Voice =
  /** Indexes of the validators that answered what they hold of ours, the own one included. */
  | { readonly type: "asking"; readonly answered: readonly number[] }
  | { readonly type: "free" }
  /** Until a height above this one is decided. */
  | { readonly type: "silent"; readonly height: number };

/** A node that has just started. */
export const unasked: Voice = Object.freeze({ type: "asking", answered: [] });

/** The voice after the answer of a validator. */
export function withAnswer(
  voice: Voice,
  height: number,
  validator: number,
  beyondGuard: boolean,
  validatorCount: number,
): Voice {
  if (beyondGuard) return withSilence(voice, height);
  if (voice.type !== "asking" || voice.answered.includes(validator)) return voice;
  const answered = [...voice.answered, validator];
  return answered.length >= quorumOf(validatorCount)
    ? { type: "free" }
    : { type: "asking", answered };
}

/** Silence until a height above this one is decided. */
export function withSilence(voice: Voice, height: number): Voice {
  const until = voice.type === "silent" ? Math.max(voice.height, height) : height;
  return { type: "silent", height: until };
}

/**
 * The voice at the start of a height: answers count for the height they were given at. Who was silent asks
 * again, because whatever else speaks with its key may still do so.
 */
export function atHeight(voice: Voice, height: number): Voice {
  if (voice.type === "free") return voice;
  return voice.type === "silent" && height <= voice.height + 1 ? voice : unasked;
}
