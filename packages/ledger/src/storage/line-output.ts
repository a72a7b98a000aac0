import { write, writeSync } from "node:fs";

/** What waits beyond this is left out: a log is not worth the memory of the program that writes it. */
const waitingBytesMax = 1_048_576;
const retryMs = 1_000;

/**
 * Lines to an open file, such as standard output. When it takes nothing, because the disk is full or fails,
 * lines wait, then get lost; the program goes on, and ends when it is told to.
 */
export class LineOutput {
  readonly #file: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes at the beginning of what waits that the system is writing now; null: none. */
  #underWay: number | null = null;
  #retry: NodeJS.Timeout | null = null;

  constructor(file: number) {
    this.#file = file;
    process.once("exit", () => this.flush());
  }

  /** Never waits and never throws. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > waitingBytesMax) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#begin();
  }

  /** Writes what waits, as far as it is taken now. */
  flush(done?: () => void): void {
    try {
      let rest = this.#take().subarray(this.#underWay ?? 0);
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#file, rest));
      this.#waiting = this.#waiting.map((all) => all.subarray(0, this.#underWay ?? 0));
      this.#waitingBytes = this.#underWay ?? 0;
    } catch {
      // Full or gone: the lines are lost.
    }
    done?.();
  }

  #begin(): void {
    if (this.#underWay !== null || this.#retry !== null || this.#waitingBytes === 0) return;
    const bytes = this.#take();
    this.#underWay = bytes.length;
    write(this.#file, bytes, (error, count) => {
      this.#underWay = null;
      if (error === null) this.#took(count);
      else this.#retryLater();
      this.#begin();
    });
  }

  /** All that waits, in one piece. */
  #take(): Buffer {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [all];
    return all;
  }

  #took(count: number): void {
    const all = Buffer.concat(this.#waiting);
    const rest = all.subarray(count);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#waitingBytes = rest.length;
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#begin();
    }, retryMs);
    this.#retry.unref();
  }
}
