import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Company } from "./company.ts";
import { until } from "./waiting.ts";

const program = resolve(import.meta.dirname, "../../packages/node/test/helpers/hostile-main.ts");

/** How a member contradicts itself; see packages/node/test/helpers/hostile-network.ts. */
export interface Hostility {
  /** The first height at which it does. */
  readonly first: number;
  readonly tell: "both" | "apart";
}

/** The node of a company, run by somebody who signs a second vote beside each; it has no gateway. */
export class HostileNode {
  readonly #process: ChildProcess;
  #errors = "";

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-100_000);
    });
    child.stdout?.resume();
    child.stdin?.on("error", () => undefined);
  }

  /** Starts it in the company's home and waits until it takes part. */
  static async start(
    company: Company,
    passphrase: string,
    { first, tell }: Hostility,
  ): Promise<HostileNode> {
    const words = [program, "--home", company.home, "--first", `${first}`, "--tell", tell];
    // It ends with its standard input, hence with the tests.
    const node = new HostileNode(spawn(process.execPath, words, { stdio: "pipe" }));
    node.#process.stdin?.write(`${passphrase}\n`);
    const isReady = async (): Promise<boolean> => {
      if (node.#process.exitCode !== null) throw new Error(`it ended: ${node.#errors}`);
      return company
        .askNode((one) => one.status())
        .then(
          ({ state }) => state === "ready",
          () => false,
        );
    };
    await until(`the hostile node of ${company.handle} is ready`, isReady, 60_000).catch(
      async (error) => {
        await node.end();
        throw error;
      },
    );
    return node;
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
