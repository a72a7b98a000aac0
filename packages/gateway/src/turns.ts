/** Lets one thing at a time happen to each key, in the order of the calls. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs when every earlier call with this key has ended, however it ended. */
  async take<T>(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const done = before.then(run);
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, ended);
    try {
      return await done;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
