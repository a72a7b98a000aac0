import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** An MTConnect adapter of a test: what it says, and when it hangs up, is the test's choice. */
export class StandInAdapter {
  readonly connections: Socket[] = [];
  /** What those who listen have said. */
  heard = "";
  /** Called with each new connection. */
  connected: (socket: Socket) => void = () => undefined;
  readonly #server: Server;
  port = 0;

  constructor() {
    this.#server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        this.heard += chunk.toString("utf8");
      });
      this.connections.push(socket);
      this.connected(socket);
    });
    onTestFinished(() => this.stop());
  }

  async start(port = 0): Promise<void> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    if (this.#server.listening) await new Promise((done) => this.#server.close(done));
  }

  /** Says something on the newest connection. */
  say(text: string): void {
    this.connections.at(-1)?.write(text);
  }
}
