/** Wakes whoever waits for something to change; nothing is remembered between two waits. */
export class Signal {
  readonly #waiting = new Set<() => void>();

  fire(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next fire, when the time is over or when the signal aborts; never rejects. */
  wait(timeoutMs: number, abort: AbortSignal): Promise<void> {
    if (abort.aborted || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        abort.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
      abort.addEventListener("abort", wake, { once: true });
    });
  }
}
