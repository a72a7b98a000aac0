import type { Company } from "../helpers/company.ts";
import { until } from "../helpers/waiting.ts";
import { Pulse, untilSigns } from "./chain-watch.ts";
import type { Target } from "./faults.ts";
import { type Kill, processesOf } from "./kill-plan.ts";
import { type Pace, RowLoad } from "./row-load.ts";
import { type Counts, type Settled, settle } from "./settle.ts";
import { underServices } from "./under-services.ts";

/** What a campaign is asked to do. */
export interface KillOptions {
  /** In their order. */
  readonly kills: readonly Kill[];
  /** Copies of the home folders go here at the end; null: nowhere. */
  readonly keep: string | null;
  readonly say: (text: string) => void;
}

/** A kill that happened, and how the network came back. */
export interface Stroke {
  readonly kill: Kill;
  /** Handle of the company. */
  readonly member: string;
  /** Number of the acknowledgement at which it happened, counted over all companies. */
  readonly acknowledgement: number;
  /** Rows of this company that were acknowledged by then and not committed, about. */
  readonly waitingRows: number;
  /**
   * From the kill until the member has signed a new block and every company's new rows are committed; null
   * where the next kill came before that.
   */
  readonly recoveryMs: number | null;
  /** Exit codes with which services ended until then. */
  readonly exits: readonly number[];
}

/** What a campaign found. */
export interface KillResult {
  readonly strokes: readonly Stroke[];
  readonly counts: Counts;
  readonly recoveryMsMax: number;
  /** The kill after the first acknowledgement of which rows are missing; null when none are. */
  readonly firstBad: Kill | null;
}

/** A campaign that did not come to its end, and the kill at which it stopped. */
export class KillFailed extends Error {
  readonly kill: Kill;

  constructor(kill: Kill, member: string, cause: unknown) {
    super(`kill ${kill.number}, ${kill.victim} of ${member}: ${describe(cause)}`, { cause });
    this.kill = kill;
  }
}

/** Three hands a company, so that a kill meets submissions of which nobody knows whether they were taken. */
const briskPace: Pace = { hands: 3, rows: 2, pauseMs: 200 };
const patienceMs = 120_000;
const settleMsMax = 300_000;

/** An error with all its causes. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** Counts acknowledgements, and kills in the very turn in which the one arrives that was drawn. */
class Trigger {
  #count = 0;
  #onNext: ((load: RowLoad, count: number) => void) | null = null;

  note(load: RowLoad): number {
    this.#count += 1;
    this.#onNext?.(load, this.#count);
    return this.#count;
  }

  /** Resolves with the number of the acknowledgement once it happened. */
  async strike(kill: Kill, { service }: Target, check: () => void): Promise<number> {
    let left = kill.nth;
    let hitAt: number | null = null;
    this.#onNext = (load, count) => {
      if (kill.counted === "own" && load.company !== service.company) return;
      left -= 1;
      // A process that is not there yet is met at the first acknowledgement at which it is.
      if (left > 0 || !service.strike(processesOf[kill.victim])) return;
      this.#onNext = null;
      hitAt = count;
    };
    const look = (): number | null => {
      check();
      return hitAt;
    };
    return until("an acknowledgement meets a process that runs", look, patienceMs);
  }
}

/** What a stroke is before everybody has recovered, or the next one comes. */
interface Pending {
  readonly stroke: Omit<Stroke, "waitingRows" | "recoveryMs" | "exits">;
  readonly height: number;
  /** How often each service had ended. */
  readonly endings: readonly number[];
  readonly recovered: Promise<void>;
  readonly seen: { recoveryMs: number | null; isHitAgain: boolean };
}

class KillCampaign {
  readonly #options: KillOptions;
  readonly #companies: readonly Company[];
  readonly #targets: readonly Target[];
  readonly #trigger = new Trigger();
  readonly #strokes: (Omit<Stroke, "waitingRows"> & { readonly height: number })[] = [];
  #loads: readonly RowLoad[] = [];

  constructor(options: KillOptions, companies: readonly Company[], targets: readonly Target[]) {
    this.#options = options;
    this.#companies = companies;
    this.#targets = targets;
  }

  async run(): Promise<KillResult> {
    const companies = this.#companies;
    for (const { service } of this.#targets) service.start();
    await Promise.all(companies.map((company) => company.untilReady(0, patienceMs)));
    const note = (load: RowLoad): number => this.#trigger.note(load);
    this.#loads = await Promise.all(
      companies.map((company, index) => {
        const reader = companies[(index + 1) % companies.length] ?? company;
        return RowLoad.begin(company, reader, { pace: briskPace, note });
      }),
    );
    const pulse = new Pulse(companies);
    try {
      await this.#killAll(pulse);
      return this.#judge(await this.#settle());
    } finally {
      pulse.end();
      for (const load of this.#loads) load.abandon();
    }
  }

  async #settle(): Promise<Settled> {
    try {
      return await settle(this.#companies, this.#loads, settleMsMax);
    } catch (error) {
      const last = this.#strokes.at(-1);
      throw last === undefined ? error : new KillFailed(last.kill, last.member, error);
    }
  }

  #judge({ counts, firstLost }: Settled): KillResult {
    const strokes = this.#strokes.map(({ height, ...stroke }) => {
      const load = this.#loads[stroke.kill.member];
      return { ...stroke, waitingRows: load?.waitingRows(stroke.acknowledgement, height) ?? 0 };
    });
    const bad = strokes.find(({ acknowledgement }) => acknowledgement >= (firstLost ?? Infinity));
    const recoveryMsMax = Math.max(0, ...strokes.map(({ recoveryMs }) => recoveryMs ?? 0));
    const firstBad = firstLost === null ? null : ((bad ?? strokes.at(-1))?.kill ?? null);
    return { strokes, counts, recoveryMsMax, firstBad };
  }

  async #killAll(pulse: Pulse): Promise<void> {
    let before: Pending | null = null;
    for (const kill of this.#options.kills) {
      const target = this.#targets[kill.member] as Target;
      const member = target.service.handle;
      try {
        if (before !== null && !kill.isHasty) await before.recovered;
        const check = (): void => this.#check();
        const acknowledgement = await this.#trigger.strike(kill, target, check);
        this.#end(before);
        before = this.#begin({ kill, member, acknowledgement }, pulse.height);
      } catch (error) {
        throw error instanceof KillFailed ? error : new KillFailed(kill, member, error);
      }
    }
    await before?.recovered;
    this.#end(before);
  }

  #begin(stroke: Pending["stroke"], height: number): Pending {
    const endings = this.#targets.map(({ service }) => service.endings.length);
    const seen: Pending["seen"] = { recoveryMs: null, isHitAgain: false };
    const recovered = this.#untilRecovered(stroke, seen);
    recovered.catch(() => undefined);
    return { stroke, height, endings, recovered, seen };
  }

  async #untilRecovered({ kill, member }: Pending["stroke"], seen: Pending["seen"]): Promise<void> {
    const startMs = performance.now();
    const check = (): void => {
      if (seen.isHitAgain) throw new Error("hit again");
      this.#check();
    };
    const company = this.#companies[kill.member] as Company;
    try {
      await Promise.all([
        untilSigns(company, this.#companies, patienceMs, check),
        ...this.#loads.map((load) => load.untilCommitsAgain(patienceMs, check)),
      ]);
      seen.recoveryMs = Math.round(performance.now() - startMs);
    } catch (error) {
      if (!seen.isHitAgain) throw new KillFailed(kill, member, error);
    }
  }

  /** Everybody has recovered, or it was hit again before. */
  #end(pending: Pending | null): void {
    if (pending === null) return;
    const { stroke, height, endings, seen } = pending;
    const { recoveryMs } = seen;
    seen.isHitAgain = true;
    const exits = this.#targets.flatMap(({ service }, index) =>
      service.endings.slice(endings[index]).map(({ code }) => code),
    );
    const done = { ...stroke, height, recoveryMs, exits };
    this.#strokes.push(done);
    this.#options.say(lineOf(done));
  }

  #check(): void {
    for (const { service } of this.#targets) service.check();
  }
}

/** One stroke as people read it. */
export function lineOf(stroke: Omit<Stroke, "waitingRows"> & Partial<Stroke>): string {
  const { kill, member, acknowledgement, waitingRows, recoveryMs, exits } = stroke;
  const cells = [
    `${kill.number}`.padStart(4),
    `${kill.victim} of ${member}`.padEnd(20),
    `${acknowledgement}`.padStart(7),
    recoveryMs === null ? "hit again" : `${(recoveryMs / 1_000).toFixed(1)} s`.padStart(9),
    (waitingRows === undefined ? "" : `${waitingRows}`).padStart(7),
    exits.join(" "),
  ];
  return cells.join("  ").trimEnd();
}

/**
 * Runs four companies under a brisk load and kills one process after the other.
 * @throws KillFailed
 */
export async function runKills(options: KillOptions): Promise<KillResult> {
  const surroundings = { hasRooms: false, clockLibrary: null, keep: options.keep };
  return underServices(surroundings, ({ companies }, targets) =>
    new KillCampaign(options, companies, targets).run(),
  );
}
