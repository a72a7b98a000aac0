/** Wall clock of this machine; block times and heartbeats are judged by it, waits are not. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = Object.freeze({ nowMs: () => Date.now() });
