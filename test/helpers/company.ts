import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createGatewayClient, type GatewayClient } from "@tegata/gateway/client";
import { lockHolder } from "@tegata/ledger/storage";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import { type Ended, type RunningCommand, startTegata, tegata } from "./command.ts";
import { until } from "./waiting.ts";

/** Ports of one company on this machine. */
export interface Ports {
  readonly p2p: number;
  readonly api: number;
  readonly nodeOperations: number;
  readonly gatewayOperations: number;
}

/** What a company is called, and where it lies. */
export interface CompanyPlace {
  readonly handle: string;
  readonly name: string;
  readonly home: string;
  /** Folder of the people who work there: their files, and what commands put aside. */
  readonly desk: string;
  readonly ports: Ports;
  readonly passphraseFile: string;
}

/** Programs of a company that have a process of their own. */
export type Program = "node" | "gateway";

/** A company whose home folder is made; it is driven through `tegata` alone. */
export class Company {
  readonly place: CompanyPlace;
  /** Set in the environment of every command that is begun from now on. */
  variables: Readonly<Record<string, string>> = {};
  #running: RunningCommand | null = null;
  #isOver = true;

  constructor(place: CompanyPlace) {
    this.place = place;
  }

  get handle(): string {
    return this.place.handle;
  }

  get home(): string {
    return this.place.home;
  }

  /** A path in the folder of its people. */
  path(name: string): string {
    return join(this.place.desk, name);
  }

  /** Runs a command as somebody of this company. */
  run(words: readonly string[], input: string | Uint8Array | null = null): Promise<Ended> {
    return tegata(words, { folder: this.place.desk, home: this.home, input });
  }

  /** Starts a command as somebody of this company and does not wait for its end. */
  begin(words: readonly string[]): RunningCommand {
    const { variables } = this;
    return startTegata(words, { folder: this.place.desk, home: this.home, input: null, variables });
  }

  /** Runs a command that must succeed and gives what it wrote. */
  async must(words: readonly string[], input: string | Uint8Array | null = null): Promise<string> {
    const { code, stdout, stderr } = await this.run(words, input);
    if (code === 0) return stdout;
    throw new Error(`${this.handle}: tegata ${words.join(" ")} ended with ${code}\n${stderr}`);
  }

  /** Runs a command that must succeed and gives its JSON document. */
  async json<T>(...words: readonly string[]): Promise<T> {
    return JSON.parse(await this.must([...words, "--json"])) as T;
  }

  /** Starts node and gateway and waits until both answer. */
  async start(): Promise<void> {
    const running = this.begin([
      ...["start", "--foreground", "--json"],
      ...["--passphrase-file", this.place.passphraseFile],
    ]);
    this.#running = running;
    this.#isOver = false;
    let said = "";
    running.process.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    const over = running.ended.then((end) => {
      this.#isOver = true;
      return end;
    });
    const isUp = until(`${this.handle} starts`, () => this.#isOver || said.includes("\n"), 60_000);
    await isUp;
    if (this.#isOver) {
      const { code, stderr } = await over;
      throw new Error(`${this.handle} ended with ${code} instead of starting\n${stderr}`);
    }
  }

  /** Whether what {@link start} started still runs. */
  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Ends both programs as a service manager does and gives the exit code. */
  async stop(): Promise<number> {
    const running = this.#running;
    if (running === null) return 0;
    running.process.kill("SIGTERM");
    this.#running = null;
    return (await running.ended).code;
  }

  /** Ends everything of this company whatever state it is in. */
  async end(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    // The programs end by themselves when what started them is gone.
    const pids = (["node", "gateway"] as const).map((program) => this.pidOf(program));
    running.process.kill("SIGTERM");
    const patience = setTimeout(() => running.process.kill("SIGKILL"), 15_000);
    await running.ended.finally(() => clearTimeout(patience));
    for (const pid of pids) if (pid !== null && isAlive(pid)) process.kill(pid, "SIGKILL");
  }

  /** Process id of a program that runs, from the lock of its databases; null when none does. */
  pidOf(program: Program): number | null {
    return lockHolder(join(this.home, program, "lock"));
  }

  /** Ends a program in the middle of what it does, as a crash would, and gives its process id. */
  async kill(program: Program): Promise<number> {
    const pid = this.pidOf(program);
    if (pid === null) throw new Error(`${this.handle}: no ${program} runs`);
    process.kill(pid, "SIGKILL");
    await until(`process ${pid} is gone`, () => !isAlive(pid));
    return pid;
  }

  /** Stops a program where it stands, as a machine that hangs would, and gives what lets it go on. */
  freeze(program: Program): () => void {
    const pid = this.pidOf(program);
    if (pid === null) throw new Error(`${this.handle}: no ${program} runs`);
    process.kill(pid, "SIGSTOP");
    return () => void process.kill(pid, "SIGCONT");
  }

  /** Ends everything of this company at once, as a power failure would. */
  async killAll(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) throw new Error(`${this.handle} does not run`);
    const pids = [this.pidOf("node"), this.pidOf("gateway")];
    // All in one turn: none has time to notice that another is gone.
    running.process.kill("SIGKILL");
    for (const pid of pids) if (pid !== null) process.kill(pid, "SIGKILL");
    await running.ended;
    await until("all processes are gone", () => pids.every((pid) => pid === null || !isAlive(pid)));
    if (pids.includes(null)) throw new Error(`${this.handle} did not run whole`);
  }

  /** Asks the gateway directly, where starting a command would be too slow. */
  async ask<T>(question: (gateway: GatewayClient) => Promise<T>): Promise<T> {
    const gateway = createGatewayClient({ socketPath: join(this.home, "run", "gateway.sock") });
    return question(gateway).finally(() => gateway.close());
  }

  /** Asks the node directly. */
  async askNode<T>(question: (node: NodeClient) => Promise<T>): Promise<T> {
    const node = createNodeClient({ socketPath: join(this.home, "run", "node.sock") });
    return question(node).finally(() => node.close());
  }

  /** Waits until its node takes part in the network and has come as far as `height`. */
  async untilReady(height = 0, patienceMs = 60_000): Promise<void> {
    let seen = "nothing";
    const isReady = async (): Promise<boolean> => {
      try {
        const { node } = await this.ask((gateway) => gateway.status());
        seen = node === null ? "no node" : `${node.state} at height ${node.height}`;
        return node !== null && node.state === "ready" && node.height >= height;
      } catch (error) {
        seen = `${error}`;
        return false;
      }
    };
    await until(`${this.handle} is ready at height ${height}`, isReady, patienceMs).catch(
      (cause) => {
        throw new Error(`${this.handle}: ${seen}\n${this.logTails()}`, { cause });
      },
    );
  }

  /** Waits until its node has a connection with so many others. */
  async untilMet(others: number, patienceMs = 60_000): Promise<void> {
    const hasMet = async (): Promise<boolean> => {
      const { members } = await this.askNode((node) => node.status());
      return members.filter(({ connected, self }) => connected && !self).length >= others;
    };
    await until(`${this.handle} has met ${others} others`, hasMet, patienceMs);
  }

  /** The last lines of its logs, for whoever looks at a test that failed. */
  logTails(): string {
    const folder = join(this.home, "log");
    return namesIn(folder)
      .map((name) => {
        const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
        return [`${name}:`, ...lines.slice(-8)].join("\n");
      })
      .join("\n");
  }

  /** What its programs tell to machines that watch. */
  async operationsTexts(): Promise<readonly string[]> {
    const { nodeOperations, gatewayOperations } = this.place.ports;
    const paths = ["/metrics", "/readyz", "/livez", "/version"];
    const addresses = [nodeOperations, gatewayOperations].flatMap((port) => {
      return paths.map((path) => `http://127.0.0.1:${port}${path}`);
    });
    return Promise.all(
      addresses.map(async (address) => {
        const answer = await fetch(address);
        if (answer.status === 404) throw new Error(`nothing is at ${address}`);
        return answer.text();
      }),
    );
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
