/** Waits of one part of the node, all of which end with it. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();
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

  /** Calls back again and again until the timers stop. */
  every(periodMs: number, callback: () => void): void {
    const again = (): void => {
      this.after(periodMs, again);
      callback();
    };
    this.after(periodMs, again);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}

/** Lets everything else that is due come first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Divides long work, so that everything else gets its turn in between. */
export class Slices {
  readonly #sliceMs: number;
  #endMs: number;

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
    this.#endMs = performance.now() + sliceMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#endMs = performance.now() + this.#sliceMs;
  }
}
