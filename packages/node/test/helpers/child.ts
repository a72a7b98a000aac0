import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "../../../../test/helpers/waiting.ts";
import { createNodeClient } from "../../src/api/client.ts";
import { nodePaths } from "../../src/config.ts";

const program = resolve(import.meta.dirname, "../../src/main.ts");
const hostileProgram = resolve(import.meta.dirname, "hostile-main.ts");
const mortalProgram = resolve(import.meta.dirname, "mortal-main.ts");
/** Several at once, each reading its program and deriving keys, on a machine that has other work. */
const startPatienceMs = 60_000;

/** A node in a process of its own, started as in production. */
export class ChildNode {
  readonly #process: ChildProcess;
  /** What it wrote to stderr. */
  errors = "";
  /** What it logged. */
  output = "";
  readonly exited: Promise<number | null>;

  constructor(home: string, passphrase: string, ...more: readonly string[]) {
    const other = more.includes("--step") ? mortalProgram : program;
    const script = more.includes("--way") ? hostileProgram : other;
    this.#process = spawn(process.execPath, [script, "--home", home, ...more], {
      stdio: ["pipe", "pipe", "pipe"],
      // Half of a start is reading the program.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "tegata-test-compile-cache") },
    });
    this.#process.stdin?.write(`${passphrase}\n`);
    this.#process.stdin?.on("error", () => undefined);
    this.#process.stdout?.on("data", (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-1_000_000);
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-1_000_000);
    });
    this.exited = new Promise((done) => this.#process.on("exit", (code) => done(code)));
  }

  /** Starts a node and waits until it answers. */
  static async start(
    home: string,
    passphrase: string,
    ...more: readonly string[]
  ): Promise<ChildNode> {
    const child = new ChildNode(home, passphrase, ...more);
    const client = createNodeClient({ socketPath: nodePaths(home).socket });
    try {
      await until(
        `the node in ${home} answers`,
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
      await client.close();
    }
    return child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
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
