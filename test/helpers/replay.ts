import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** An adapter that plays a recorded log again, line by line, to the first that connects. */
export class ReplayingAdapter {
  readonly #lines: readonly string[];
  readonly #speed: number;
  readonly #server: Server;
  port = 0;
  /** Lines that are out. */
  said = 0;

  constructor(lines: readonly string[], speed: number) {
    this.#lines = lines;
    this.#speed = speed;
    this.#server = createServer((socket) => {
      socket.on("error", () => undefined);
      void this.#play(socket);
    });
  }

  get isOver(): boolean {
    return this.said === this.#lines.length;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    this.#server.close();
  }

  async #play(socket: Socket): Promise<void> {
    const startMs = performance.now();
    const times = this.#lines.map(timeOf).filter((ms) => ms !== null);
    const firstMs = times[0] ?? 0;
    const lastMs = times.at(-1) ?? firstMs;
    let dueMs = 0;
    while (!this.isOver && !socket.destroyed) {
      const line = this.#lines[this.said] ?? "";
      // A log holds readings that are older than those before them; nobody waits for the past.
      const ms = Math.min(timeOf(line) ?? firstMs, lastMs) - firstMs;
      dueMs = Math.max(dueMs, ms / this.#speed);
      const waitMs = startMs + dueMs - performance.now();
      if (waitMs > 1) await new Promise((done) => setTimeout(done, waitMs));
      this.said += 1;
      if (!socket.write(`${line}\n`)) await once(socket, "drain").catch(() => undefined);
    }
  }
}

function timeOf(line: string): number | null {
  const ms = Date.parse(line.slice(0, line.indexOf("|")));
  return Number.isNaN(ms) ? null : ms;
}
