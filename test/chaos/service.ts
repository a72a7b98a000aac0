import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunningCommand } from "../helpers/command.ts";
import type { Company, Program } from "../helpers/company.ts";

/** Exit codes after which a service manager leaves a program alone. Source: docs/OPERATING.md. */
const finalExits: ReadonlySet<number> = new Set([76, 77, 78]);
const restartPauseMs = 1_000;
const stopPatienceMs = 60_000;

/** How a run of a company ended although nobody stopped it. */
export interface Ending {
  readonly code: number;
  /** The last words on standard error. */
  readonly words: string;
}

/** Something a person did because the runbook says so. */
export interface HumanStep {
  readonly member: string;
  readonly step: string;
}

/**
 * A company under a service manager: started again whenever it ends, but after an exit code that forbids
 * it. Then the one thing is done that the runbook tells a person to do, and it is written down.
 */
export class Service {
  readonly company: Company;
  readonly endings: Ending[] = [];
  readonly humanSteps: HumanStep[] = [];
  #running: RunningCommand | null = null;
  /** Processes that were struck: until the system has ended them they look alive. */
  readonly #struck = new Set<number>();
  #isWanted = false;
  #keeping: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  constructor(company: Company) {
    this.company = company;
  }

  get handle(): string {
    return this.company.handle;
  }

  /** Whoever waits for this company learns here that it waits for ever. @throws why it does not run */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Keeps it running from now on. */
  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#keeping = this.#keep().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Ends it as a service manager does and keeps it down. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    const running = this.#running;
    running?.process.kill("SIGTERM");
    const patience = setTimeout(() => running?.process.kill("SIGKILL"), stopPatienceMs);
    await this.#keeping;
    clearTimeout(patience);
    for (const pid of this.#pids()) process.kill(pid, "SIGKILL");
  }

  /** Ends all its processes in one moment, as losing power does; it stays down. */
  async cutPower(): Promise<void> {
    this.#isWanted = false;
    this.signal("SIGKILL", ["supervisor", "node", "gateway"]);
    await this.#keeping;
  }

  /**
   * Kills processes of it in this turn, of which the first has to be alive. False: it is not, or is being ended
   * by an earlier stroke, and nothing happened.
   */
  strike(programs: readonly (Program | "supervisor")[]): boolean {
    const pids = programs.map((program) => this.#pidOf(program));
    if (pids[0] === null) return false;
    for (const pid of pids) {
      if (pid === null) continue;
      this.#struck.add(pid);
      process.kill(pid, "SIGKILL");
    }
    return true;
  }

  #pidOf(program: Program | "supervisor"): number | null {
    const supervisor = this.#running?.process;
    const hasEnded = supervisor?.exitCode !== null || supervisor.signalCode !== null;
    const pid =
      program === "supervisor"
        ? hasEnded
          ? null
          : (supervisor.pid ?? null)
        : this.company.pidOf(program);
    return pid === null || this.#struck.has(pid) ? null : pid;
  }

  /** Sends a signal to some of its processes. */
  signal(name: NodeJS.Signals, programs: readonly (Program | "supervisor")[]): void {
    const pids = programs.map((program) =>
      program === "supervisor" ? (this.#running?.process.pid ?? null) : this.company.pidOf(program),
    );
    for (const pid of pids) if (pid !== null) process.kill(pid, name);
  }

  #pids(): readonly number[] {
    const programs: readonly Program[] = ["node", "gateway"];
    return programs.flatMap((program) => this.company.pidOf(program) ?? []);
  }

  async #keep(): Promise<void> {
    while (this.#isWanted) {
      const running = this.company.begin([
        ...["start", "--foreground", "--json"],
        ...["--passphrase-file", this.company.place.passphraseFile],
      ]);
      this.#running = running;
      const { code, stderr } = await running.ended;
      this.#running = null;
      if (!this.#isWanted) return;
      const words = lastWords(stderr);
      this.endings.push({ code, words });
      if (finalExits.has(code)) await this.#followRunbook(code, words);
      else await new Promise((resolve) => setTimeout(resolve, restartPauseMs));
    }
  }

  /** A copy of what was damaged is deleted once somebody has looked at the disk. */
  async deleteCopies(): Promise<void> {
    const { home } = this.company;
    const copies = (await readdir(home)).filter((name) => name.startsWith("node.damaged-"));
    for (const name of copies) await rm(join(home, name), { recursive: true });
  }

  /** docs/OPERATING.md, "When something breaks". */
  async #followRunbook(code: number, words: string): Promise<void> {
    const { handle, home } = this.company;
    if (code !== 78 || !words.includes("LEDGER_STORE_DAMAGED")) {
      throw new Error(
        `${handle} ended with ${code}, and the runbook has no step for it:\n${words}`,
      );
    }
    const aside = join(home, "node.damaged");
    await rm(aside, { recursive: true, force: true });
    await rename(join(home, "node"), aside);
    this.humanSteps.push({ member: handle, step: "moved node/ away" });
  }
}

function lastWords(stderr: string): string {
  const lines = stderr.trimEnd().split("\n");
  return lines
    .filter((line) => !line.startsWith("{"))
    .slice(-12)
    .join("\n");
}
