/** Wall clock of this machine: what rows are judged by when they are acknowledged. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = Object.freeze({ nowMs: () => Date.now() });
