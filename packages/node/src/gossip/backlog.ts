import type { MemberId } from "@tegata/ledger/primitives";
import { nextTurn } from "../timers.ts";

/** Bytes of one member that wait to be judged; beyond it nothing more is read from its stream. */
const backlogBytesMax = 4 * 1_048_576;
/** The main thread judges for this long in a row before it lets votes through. */
const sliceMs = 4;

/** Work that somebody brought; each step of the iterator is a small piece of it. */
interface Item {
  readonly steps: Iterator<void>;
  readonly bytes: number;
  readonly done: () => void;
}

interface Line {
  readonly items: Item[];
  bytes: number;
}

/**
 * Transactions that came in and nobody has judged yet. Members take turns, the own gateway among them, so
 * that a flood of one holds up nobody else; and votes never wait behind transactions for long. While
 * there is little to do it is done at once.
 */
export class Backlog {
  readonly #lines = new Map<MemberId, Line>();
  readonly #onFault: (error: unknown) => void;
  #isRunning = false;
  #isStopped = false;
  /** End of the time that may be spent in this turn of the event loop; null: nothing was spent yet. */
  #sliceEndMs: number | null = null;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Takes on work; a promise where its bringer has to wait before it brings more. */
  add(member: MemberId, bytes: number, steps: Iterator<void>): Promise<void> | void {
    const line = this.#lines.get(member) ?? { items: [], bytes: 0 };
    this.#lines.set(member, line);
    line.bytes += bytes;
    const { promise, resolve } = Promise.withResolvers<void>();
    line.items.push({ steps, bytes, done: resolve });
    if (!this.#isRunning) {
      this.#work();
      if (this.#lines.size > 0) void this.#run();
    }
    return line.bytes > backlogBytesMax ? promise : undefined;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#lines.size > 0 && !this.#isStopped) {
      await nextTurn();
      this.#work();
    }
    this.#isRunning = false;
  }

  /** Goes on for as long as this turn of the event loop allows. */
  #work(): void {
    if (this.#sliceEndMs === null) {
      this.#sliceEndMs = performance.now() + sliceMs;
      setImmediate(() => {
        this.#sliceEndMs = null;
      });
    }
    try {
      while (!this.#isStopped && performance.now() < this.#sliceEndMs && this.#turn());
    } catch (error) {
      this.#isStopped = true;
      this.#onFault(error);
    }
  }

  /** One step for everybody; false when there is nothing left. */
  #turn(): boolean {
    for (const [member, line] of this.#lines) {
      const item = line.items[0];
      if (item?.steps.next().done === false) continue;
      line.items.shift();
      line.bytes -= item?.bytes ?? 0;
      item?.done();
      if (line.items.length === 0) this.#lines.delete(member);
    }
    return this.#lines.size > 0;
  }
}
