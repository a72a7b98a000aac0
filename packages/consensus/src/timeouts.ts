/** How long a round waits; parameters of the network, in its genesis. */
export interface Timeouts {
  /** Wait for a proposal in round 0. */
  readonly proposeMs: number;
  /** Wait for the other votes in round 0, prevotes and precommits alike. */
  readonly voteMs: number;
  /** What each further round adds. */
  readonly stepMs: number;
  /** No wait is longer, so that after any outage the chain goes on within seconds. */
  readonly capMs: number;
}

/** The defaults of a new network. Source: docs/PROTOCOL.md, Members and genesis. */
export const defaultTimeouts: Timeouts = Object.freeze({
  proposeMs: 500,
  voteMs: 250,
  stepMs: 250,
  capMs: 10_000,
});

/** The three waits of the algorithm. */
export type RoundStep = "propose" | "prevote" | "precommit";

/** Delay of a step's timeout: linear in the round and capped. Source: arXiv 1807.04938, section III. */
export function timeoutMs(timeouts: Timeouts, step: RoundStep, round: number): number {
  const base = step === "propose" ? timeouts.proposeMs : timeouts.voteMs;
  return Math.min(timeouts.capMs, base + timeouts.stepMs * round);
}

/** How long a member's gap must last before somebody fills it. */
export const gapMs = 50;

/** First wait before own votes and known certificates are sent again; doubles up to the cap. */
export const resendMs = 1_000;

/** Delay of the n-th sending in a row without progress, n from 0. */
export function resendDelayMs(timeouts: Timeouts, times: number): number {
  return Math.min(timeouts.capMs, resendMs * 2 ** Math.min(times, 16));
}
