import type { Timers } from "./timers.ts";

/** Wakes whoever waits for something to change; nothing is remembered between two waits. */
export class Signal {
  readonly #timers: Timers;
  readonly #waiting = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  fire(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next fire, when the time is over or when the signal aborts; never rejects. */
  wait(timeoutMs: number, abort: AbortSignal | null): Promise<void> {
    if (abort?.aborted === true || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        abort?.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.#timers.after(timeoutMs, wake);
      this.#waiting.add(wake);
      abort?.addEventListener("abort", wake, { once: true });
    });
  }
}
