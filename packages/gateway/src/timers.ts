/** Waits of one gateway, all of which end with it. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();
  readonly #ends = new Set<() => void>();
  #stopped = false;

  /** Calls back once after the delay; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void {
    if (this.#stopped) return () => undefined;
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      callback();
    }, delayMs);
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  /** Calls back again and again. */
  every(periodMs: number, callback: () => void): void {
    const again = (): void => {
      this.after(periodMs, again);
      callback();
    };
    this.after(periodMs, again);
  }

  /** Resolves after the delay, or when all timers stop. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#ends.delete(end);
        resolve();
      };
      if (this.#stopped) resolve();
      else {
        this.#ends.add(end);
        this.after(delayMs, end);
      }
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
    for (const end of [...this.#ends]) end();
  }
}

/** Lets everything else that is due come first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
