import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createGatewayClient, type GatewayClient } from "@tegata/gateway/client";
import type { CompanyPrograms, FoundedCompany } from "../dev/consortium.ts";
import { CliError } from "../errors.ts";
import { homePaths } from "../founding/home.ts";
import { endPrograms } from "../process/company.ts";
import type { RunningProgram } from "../process/program.ts";
import { type Answer, commandText, runCommand } from "./command-line.ts";
import type { DataSet } from "./press.ts";

/** Shows a command line and the company that runs it. */
export type ShowCommand = (handle: string, line: string) => void;

const pollMs = 50;

/** Everything the steps of a demo share: folder, companies, running programs. */
export class Stage {
  readonly folder: string;
  readonly data: DataSet;
  readonly stop: AbortSignal;
  readonly show: ShowCommand;
  companies: readonly FoundedCompany[] = [];
  networkId = "";
  /** Name of the stream on the owner's command line, and its id. */
  readonly stream = "press-3";
  streamId = "";
  /** The record that is proven and shown at the end. */
  record = "";
  readonly programs: Map<string, CompanyPrograms> = new Map();
  readonly #started: RunningProgram[] = [];

  private constructor(folder: string, data: DataSet, stop: AbortSignal, show: ShowCommand) {
    this.folder = folder;
    this.data = data;
    this.stop = stop;
    this.show = show;
  }

  static async make(data: DataSet, stop: AbortSignal, show: ShowCommand): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "tegata-demo-"));
    await writeFile(join(folder, data.file), data.csv);
    return new Stage(folder, data, stop, show);
  }

  company(handle: string): FoundedCompany {
    const found = this.companies.find((company) => company.handle === handle);
    if (found === undefined) throw new RangeError(`no company ${handle}`);
    return found;
  }

  /** Runs a command as a company and shows its line. */
  tegata(handle: string, ...words: readonly string[]): Promise<Answer> {
    this.show(handle, commandText(words));
    return this.run(handle, words);
  }

  /** As {@link tegata}, for the JSON document of a command that must succeed. */
  document<T>(handle: string, ...words: readonly string[]): Promise<T> {
    this.show(handle, commandText(words));
    return this.ask<T>(handle, ...words);
  }

  /** The JSON document of a command that must succeed; its line is not shown. */
  async ask<T>(handle: string, ...words: readonly string[]): Promise<T> {
    const answer = await this.run(handle, [...words, "--json"]);
    if (answer.exit === 0) return JSON.parse(answer.stdout) as T;
    const text = `${commandText(words)}: ${answer.stderr.trim()}`;
    throw new CliError("CLI_DEMO_FAILED", { text });
  }

  run(handle: string, words: readonly string[]): Promise<Answer> {
    this.stop.throwIfAborted();
    return runCommand(this.company(handle).home, this.folder, words);
  }

  /** Calls a company's gateway for what no command shows. */
  async gateway<T>(handle: string, use: (gateway: GatewayClient) => Promise<T>): Promise<T> {
    const { gatewaySocket } = homePaths(this.company(handle).home);
    const gateway = createGatewayClient({ socketPath: gatewaySocket });
    try {
      return await use(gateway);
    } finally {
      gateway.close();
    }
  }

  /**
   * Waits until a question has an answer that is not null.
   * @throws CLI_DEMO_FAILED saying `what` did not happen
   */
  async until<T>(what: string, timeoutMs: number, ask: () => Promise<T | null>): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      this.stop.throwIfAborted();
      const answer = await ask();
      if (answer !== null) return answer;
      await pause(pollMs);
    }
    throw new CliError("CLI_DEMO_FAILED", { text: what });
  }

  /** Notes a program that was started, so that it never outlives the demo. */
  readonly onStart = (running: RunningProgram): void => {
    this.#started.push(running);
    this.stop.throwIfAborted();
  };

  /** Ends every program that was started, the gateways first; may be called at any time. */
  async endAll(): Promise<void> {
    const ofNode = ({ program }: RunningProgram): boolean => program === "node";
    const gateways = this.#started.filter((running) => !ofNode(running));
    await Promise.all(gateways.map((running) => endPrograms([running])));
    await Promise.all(this.#started.filter(ofNode).map((running) => endPrograms([running])));
  }

  removeFolder(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A claim of the demo that has to hold. @throws CLI_DEMO_FAILED */
export function claim(holds: boolean, text: string): asserts holds {
  if (!holds) throw new CliError("CLI_DEMO_FAILED", { text });
}
