import { limits } from "./limits.ts";

/** What a validator knows when it judges the time of a fresh proposal. */
export interface TimelinessContext {
  /** Own clock when the proposal came. */
  readonly nowMs: number;
  /** Time of the block before. */
  readonly previousMs: number;
  readonly round: number;
}

/**
 * Whether a fresh block's time is near one's own clock. Both bounds widen with the rounds, so that clocks
 * that are apart delay a height and never halt it; a clock set back still accepts `previousMs + 1`.
 * A condition of the own prevote, never of a block's validity. Source: docs/PROTOCOL.md, Blocks.
 */
export function isTimely(timeMs: number, { nowMs, previousMs, round }: TimelinessContext): boolean {
  const delayMs = limits.timelyDelayMs * 2 ** round;
  const skewMs = Math.min(limits.timelySkewMs * 2 ** round, limits.timelySkewMsMax);
  return timeMs >= nowMs - delayMs && timeMs <= Math.max(nowMs + skewMs, previousMs + 1);
}

/** Time that a proposer gives to its block: its clock, but always after the block before. */
export function proposalTimeMs(nowMs: number, previousMs: number): number {
  return Math.max(nowMs, previousMs + 1);
}
