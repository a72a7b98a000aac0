import type { NetworkLog } from "./network.ts";

/** Events counted apart; far above members times codes, so that only an attack meets it. */
const keysMax = 4_096;

/** Lets each kind of event into the log once in a while, so that nobody outside can fill the disk. */
export class LogThrottle {
  readonly #log: NetworkLog;
  readonly #pauseMs: number;
  readonly #nextMs: Map<string, number> = new Map();

  constructor(log: NetworkLog, pauseMs: number) {
    this.#log = log;
    this.#pauseMs = pauseMs;
  }

  /** Whether it came into the log. */
  info(key: string, fields: object, message: string): boolean {
    const isDue = this.#due(key);
    if (isDue) this.#log.info(fields, message);
    return isDue;
  }

  /** The next event of this kind is told, however soon it comes. */
  forget(key: string): void {
    this.#nextMs.delete(key);
  }

  warn(key: string, fields: object, message: string): void {
    if (this.#due(key)) this.#log.warn(fields, message);
  }

  #due(key: string): boolean {
    const nowMs = performance.now();
    if (nowMs < (this.#nextMs.get(key) ?? 0)) return false;
    if (this.#nextMs.size >= keysMax) this.#nextMs.clear();
    this.#nextMs.set(key, nowMs + this.#pauseMs);
    return true;
  }
}
