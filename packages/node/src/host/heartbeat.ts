import type { Clock } from "../clock.ts";
import type { Timers } from "../timers.ts";

/** Clocks differ a little: another's empty block is taken for due this much earlier. */
const slackMs = 500;

/** Says when an idle network makes an empty block: a while after the last block. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #dueMs = Number.POSITIVE_INFINITY;
  #slackMs = 0;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** A height begins; calls back when its heartbeat is due. */
  begin(lastBlockMs: number, heartbeatMs: number, onDue: () => void): void {
    this.#cancel();
    this.#dueMs = lastBlockMs + heartbeatMs;
    this.#slackMs = Math.min(slackMs, heartbeatMs / 4);
    const wait = (): void => {
      const leftMs = this.#dueMs - this.#clock.nowMs();
      // A clock set back makes the wait longer than a timer may be.
      if (leftMs > 0) this.#cancel = this.#timers.after(Math.min(leftMs, 60_000), wait);
      else onDue();
    };
    const leftMs = Math.min(60_000, Math.max(0, this.#dueMs - this.#clock.nowMs()));
    this.#cancel = this.#timers.after(leftMs, wait);
  }

  /** Whether an own empty block is due. */
  isDue(): boolean {
    return this.#clock.nowMs() >= this.#dueMs;
  }

  /** Whether another's empty block may be due by its clock. */
  isNearlyDue(): boolean {
    return this.#clock.nowMs() >= this.#dueMs - this.#slackMs;
  }
}
