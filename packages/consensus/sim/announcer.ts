import type { Status } from "../src/index.ts";
import type { Clock } from "./clock.ts";

const announceMs = 20;

/** Tells the status now and then: the latest wins, and none follows another too closely. */
export class Announcer {
  readonly #clock: Clock;
  readonly #later: (delayMs: number, run: () => void) => void;
  readonly #tell: (status: Status) => void;
  #status: Status | null = null;
  #toldMs: number;
  #isWaiting = false;

  constructor(
    clock: Clock,
    later: (delayMs: number, run: () => void) => void,
    tell: (status: Status) => void,
  ) {
    this.#clock = clock;
    this.#later = later;
    this.#tell = tell;
    this.#toldMs = clock.nowMs - announceMs;
  }

  /** There is another status. */
  announce(status: Status): void {
    this.#status = status;
    this.again();
  }

  /** Tells the last status once more. */
  again(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const waitMs = Math.max(0, this.#toldMs + announceMs - this.#clock.nowMs);
    this.#later(waitMs, () => {
      this.#isWaiting = false;
      this.#toldMs = this.#clock.nowMs;
      if (this.#status !== null) this.#tell(this.#status);
    });
  }
}
