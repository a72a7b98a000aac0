/**
 * Wall clock of this machine; block times and heartbeats are judged by it. Waits are not: it may be set by a
 * day while the node runs, and `performance.now()` goes on as before.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = Object.freeze({ nowMs: () => Date.now() });
