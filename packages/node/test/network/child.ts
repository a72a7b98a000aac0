import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { NetworkLimits } from "../../src/network/limits.ts";
import type { NetworkMember } from "../../src/network/network.ts";
import { until } from "./testnet.ts";

/** What the test tells its child. */
export type Command =
  | {
      readonly type: "start";
      readonly number: number;
      readonly listen: readonly string[];
      readonly limits: Partial<NetworkLimits>;
    }
  | { readonly type: "members"; readonly members: readonly NetworkMember[] }
  | { readonly type: "report" }
  | { readonly type: "stop" };

/** What the child tells the test. */
export type Report =
  | { readonly type: "listening"; readonly addresses: readonly string[] }
  | {
      readonly type: "report";
      readonly connected: readonly string[];
      readonly receivedFrames: number;
      readonly receivedBytes: number;
      readonly faults: readonly string[];
    };

/** A node in a process of its own, which can be stopped and killed. */
export class Child {
  readonly process: ChildProcess;
  addresses: readonly string[] = [];
  #report: Extract<Report, { type: "report" }> | null = null;
  #reports = 0;
  exitCode: number | null = null;

  constructor() {
    const path = join(import.meta.dirname, "child-process.ts");
    this.process = fork(path, [], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.process.on("message", (report: Report) => {
      if (report.type === "listening") {
        this.addresses = report.addresses;
        return;
      }
      this.#report = report;
      this.#reports += 1;
    });
    this.process.on("exit", (code) => {
      this.exitCode = code ?? -1;
    });
  }

  send(command: Command): void {
    this.process.send(command);
  }

  async start(
    number: number,
    limits: Partial<NetworkLimits> = {},
    listen: readonly string[] = ["/ip4/127.0.0.1/tcp/0"],
  ): Promise<void> {
    this.addresses = [];
    this.send({ type: "start", number, limits, listen });
    await until(() => this.addresses.length > 0, "the child listens");
  }

  async report(): Promise<Extract<Report, { type: "report" }>> {
    const before = this.#reports;
    this.send({ type: "report" });
    await until(() => this.#reports > before, "the child reports");
    if (this.#report === null) throw new Error("no report");
    return this.#report;
  }

  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.process.kill(name);
  }

  async end(): Promise<void> {
    if (this.exitCode !== null) return;
    this.signal("SIGKILL");
    await until(() => this.exitCode !== null, "the child ends");
  }
}
