/**
 * Wall clock of this machine: what rows are judged by when they are acknowledged. Waits are not judged by
 * it: it may be set by a day while the gateway runs, and `performance.now()` goes on as before.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = Object.freeze({ nowMs: () => Date.now() });
