import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { until } from "../../../../test/helpers/waiting.ts";
import { createGatewayClient } from "../../src/api/client.ts";
import { gatewayPaths } from "../../src/config.ts";

const program = resolve(import.meta.dirname, "../../src/main.ts");
/** Several at once, each reading its program and deriving keys, on a machine that has other work. */
const startPatienceMs = 60_000;

/** A gateway in a process of its own, started as in production. */
export class ChildGateway {
  readonly #process: ChildProcess;
  /** What it wrote to stderr. */
  errors = "";
  /** What it logged. */
  output = "";
  readonly exited: Promise<number | null>;

  constructor(home: string, passphrase: string) {
    this.#process = spawn(process.execPath, [program, "--home", home], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#process.stdin?.on("error", () => undefined);
    this.#process.stdin?.write(`${passphrase}\n`);
    this.#process.stdout?.on("data", (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-1_000_000);
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-1_000_000);
    });
    this.exited = new Promise((done) => this.#process.on("exit", (code) => done(code)));
  }

  /** Starts a gateway and waits until it answers. */
  static async start(home: string, passphrase: string): Promise<ChildGateway> {
    const child = new ChildGateway(home, passphrase);
    const client = createGatewayClient({ socketPath: gatewayPaths(home).socket });
    try {
      await until(
        `the gateway in ${home} answers`,
        async () => {
          if (child.hasExited) throw new Error(`it exited: ${child.errors}`);
          return client.status().then(
            () => true,
            () => false,
          );
        },
        startPatienceMs,
      );
    } finally {
      client.close();
    }
    return child;
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Ends it without any chance to tidy up. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.exited;
  }

  async terminate(): Promise<number | null> {
    this.#process.kill("SIGTERM");
    return this.exited;
  }

  /** Closes its stdin, as the death of its parent does. */
  abandon(): void {
    this.#process.stdin?.end();
  }
}
