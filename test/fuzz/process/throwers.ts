import { spawn } from "node:child_process";
import { request } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What came back, in a word: a status, or how the connection ended. */
export type Outcome = string;

const silenceMs = 2_000;

/** Sends a request with a body to a socket and gives the status of the answer. */
export function post(
  socketPath: string,
  path: string,
  type: string,
  body: Uint8Array,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const headers = { "content-type": type, "content-length": body.length };
    const sent = request({ socketPath, method: "POST", path, headers }, (response) => {
      response.resume();
      response.on("close", () => resolve(`${response.statusCode}`));
    });
    // A long poll is left again.
    sent.setTimeout(silenceMs, () => sent.destroy());
    sent.on("error", () => resolve("cut off"));
    sent.end(body);
  });
}

/** Where bytes go as they are. */
export type RawPlace = { readonly path: string } | { readonly host: string; readonly port: number };

const rawSilenceMs = 25;

/** Writes bytes into a connection of their own and waits until nothing more comes. */
export function writeRaw(place: RawPlace, bytes: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ ...place, allowHalfOpen: true });
    let outcome = "silence";
    socket.setTimeout(rawSilenceMs, () => socket.destroy());
    socket.on("data", () => {
      outcome = "answered";
    });
    socket.on("error", () => {
      outcome = "cut off";
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve(outcome));
    socket.write(bytes);
  });
}

/** Carries connections on to a port so that each seems to come from a machine of its own. */
export class ManyHosts {
  readonly #server: Server;
  #next = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(port: number): Promise<ManyHosts> {
    const server = createServer();
    const hosts = new ManyHosts(server);
    server.on("connection", (near: Socket) => hosts.#carry(near, port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return hosts;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
  }

  #carry(near: Socket, port: number): void {
    this.#next = (this.#next + 1) % 60_000;
    const localAddress = `127.2.${this.#next >> 8}.${this.#next & 255}`;
    const far = connect({ host: "127.0.0.1", port, localAddress });
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
  }
}

/** How a process ended that was given something. */
export interface Ending {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a program to its end, or for as long as it is worth waiting. */
export function runProgram(
  words: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd: string;
    readonly input: string;
    readonly patienceMs: number;
  },
): Promise<Ending> {
  return new Promise((resolve) => {
    const { env, cwd, input, patienceMs } = options;
    const child = spawn(process.execPath, [...words], { env, cwd, stdio: "pipe" });
    let text = "";
    child.stdin.on("error", () => undefined);
    child.stdin.write(input);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        text = (text + part.toString("utf8")).slice(-20_000);
      });
    }
    // What was taken runs on: it is ended as its starter would end it.
    const timer = setTimeout(() => child.kill("SIGTERM"), patienceMs);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });
}
