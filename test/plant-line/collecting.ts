import type { RunningCommand } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";

/** Pause before a service manager starts what ended by itself. */
const againMs = 500;

/**
 * A collector of a company, a process of its own under something that does what a service manager does: one that
 * was started while the gateway is away says so and ends, and is started again.
 */
export class Collecting {
  readonly #company: Company;
  readonly #words: readonly string[];
  #running: RunningCommand | null = null;
  /** What the running one tells, as it came so far. */
  #told = "";
  #again: NodeJS.Timeout | null = null;
  /** Exit codes with which it ended by itself. */
  readonly ends: number[] = [];

  constructor(company: Company, words: readonly string[]) {
    this.#company = company;
    this.#words = words;
  }

  start(): void {
    const running = this.#company.begin([...this.#words, "--backfill", "--json"]);
    this.#running = running;
    this.#told = "";
    for (const stream of [running.process.stdout, running.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        if (this.#running === running) this.#told += chunk.toString("utf8");
      });
    }
    void running.ended.then(({ code }) => {
      if (this.#running !== running) return;
      this.ends.push(code);
      this.#again = setTimeout(() => this.start(), againMs);
    });
  }

  /** Whether it has told an event since it was started. */
  hasTold(event: string): boolean {
    return this.#told.includes(`"event":"${event}"`);
  }

  /** Ends it in the middle of what it does; it stays away until it is started. */
  async kill(): Promise<void> {
    const running = this.#leave();
    running?.process.kill("SIGKILL");
    await running?.ended;
  }

  /** Ends it as a service manager does and gives the exit code. */
  async stop(): Promise<number> {
    const running = this.#leave();
    running?.process.kill("SIGTERM");
    return (await running?.ended)?.code ?? -1;
  }

  #leave(): RunningCommand | null {
    if (this.#again !== null) clearTimeout(this.#again);
    const running = this.#running;
    this.#running = null;
    return running;
  }
}
