/** A reproducible source of choices; one per subsystem, so that a draw in one does not shift the others. */
export interface Prng {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** An integer from 0 up to, not including, `count`. */
  below(count: number): number;
  /** From `min` up to, not including, `max`. */
  between(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
}

function mix(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The source of a subsystem under a seed. Source: mulberry32. */
export function prng(seed: number, subsystem: string): Prng {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ mix(subsystem)) >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    unit,
    below: (count) => Math.floor(unit() * count),
    between: (min, max) => min + unit() * (max - min),
    chance: (probability) => unit() < probability,
  };
}
