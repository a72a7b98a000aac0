import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** How a log is played. */
export interface Replay {
  readonly speed: number;
  /** Longest silence of the log that is played; a longer one is left out. */
  readonly silenceMsMax?: number;
}

/** An adapter that plays a recorded log again, line by line, to whoever connects. */
export class ReplayingAdapter {
  readonly #lines: readonly string[];
  /** When each line is due, from the first one on. */
  readonly #dueMs: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;
  /** Lines that are out. */
  said = 0;

  constructor(lines: readonly string[], replay: Replay) {
    this.#lines = lines;
    this.#dueMs = dueTimes(lines, replay);
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      // Only who reads notices that the other end is gone.
      socket.resume();
      socket.on("close", () => this.#sockets.delete(socket));
      void this.#play(socket);
    });
  }

  get isOver(): boolean {
    return this.said === this.#lines.length;
  }

  get isHeard(): boolean {
    return this.#sockets.size > 0;
  }

  /** How long it speaks when nobody interrupts it. */
  get lengthMs(): number {
    return this.#dueMs.at(-1) ?? 0;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  /** Goes on at a line for whoever connects next: the protocol has no word for what was heard. */
  rewind(line: number): void {
    this.said = line;
  }

  async stop(): Promise<void> {
    this.#server.close();
  }

  async #play(socket: Socket): Promise<void> {
    const beginMs = performance.now() - (this.#dueMs[this.said] ?? 0);
    while (!this.isOver && !socket.destroyed) {
      const waitMs = beginMs + (this.#dueMs[this.said] ?? 0) - performance.now();
      if (waitMs > 1) {
        await new Promise((done) => setTimeout(done, Math.min(waitMs, 100)));
        continue;
      }
      const line = this.#lines[this.said] ?? "";
      this.said += 1;
      if (!socket.write(`${line}\n`)) await drained(socket);
    }
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((done) => {
    socket.once("drain", done);
    socket.once("close", () => done());
  });
}

/**
 * A log holds readings that are older than those before them, and several runs one after the other: only time
 * that passes from one line to the next counts, and a leap further than a silence is none.
 */
export function dueTimes(lines: readonly string[], replay: Replay): readonly number[] {
  const { speed, silenceMsMax = 20_000 } = replay;
  let [beforeMs, dueMs] = [lines.map(timeOf).find((ms) => ms !== null) ?? 0, 0];
  return lines.map((line) => {
    const ms = timeOf(line) ?? beforeMs;
    const passedMs = ms - beforeMs;
    if (passedMs > 0 && passedMs <= silenceMsMax) dueMs += passedMs / speed;
    beforeMs = ms;
    return dueMs;
  });
}

function timeOf(line: string): number | null {
  const ms = Date.parse(line.slice(0, line.indexOf("|")));
  return Number.isNaN(ms) ? null : ms;
}
