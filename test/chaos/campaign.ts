import { type Prng, prng } from "../../packages/consensus/sim/prng.ts";
import type { Company } from "../helpers/company.ts";
import type { Consortium } from "../helpers/consortium.ts";
import { Pulse, untilSigns } from "./chain-watch.ts";
import type { Fault, Lasting, Target } from "./faults.ts";
import { RowLoad, steadyPace } from "./row-load.ts";
import type { HumanStep, Service } from "./service.ts";
import { type Counts, settle } from "./settle.ts";
import { type Surroundings, underServices } from "./under-services.ts";

/** What a campaign is asked to do. */
export interface CampaignOptions extends Surroundings {
  /** In their order. */
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly lasting: (companies: readonly Company[]) => Lasting;
  readonly say: (text: string) => void;
}

/** How a network came back after one fault. */
export interface Recovery {
  readonly fault: string;
  readonly member: string;
  /** From the end of the cause until the member has signed a block and every company's rows are committed. */
  readonly seconds: number;
  /** Longest time without a block, from the fault to the recovery. */
  readonly pauseSeconds: number;
  /** Whether a person had to do what the runbook says. */
  readonly human: boolean;
  /** Exit codes with which its service ended. */
  readonly exits: readonly number[];
}

/** What a campaign found. */
export interface CampaignResult extends Counts {
  readonly recoveries: readonly Recovery[];
}

const recoveryMsMax = 600_000;

/** Faults in the order of a seed: each sort once before any comes again. */
export function drawFaults(sorts: readonly Fault[], count: number, seed: number): readonly Fault[] {
  const draw = prng(seed, "faults");
  const drawn: Fault[] = [];
  while (drawn.length < count) {
    const left = [...sorts];
    while (left.length > 0) drawn.push(...left.splice(draw.below(left.length), 1));
  }
  return drawn.slice(0, count);
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #consortium: Consortium;
  readonly #targets: readonly Target[];
  readonly #draw: Prng;
  #loads: readonly RowLoad[] = [];

  constructor(options: CampaignOptions, consortium: Consortium, targets: readonly Target[]) {
    this.#options = options;
    this.#consortium = consortium;
    this.#targets = targets;
    this.#draw = prng(options.seed, "victims");
  }

  async run(): Promise<CampaignResult> {
    const { companies } = this.#consortium;
    for (const { service } of this.#targets) service.start();
    await Promise.all(companies.map((company) => company.untilReady(0, recoveryMsMax)));
    this.#loads = await Promise.all(
      companies.map((company, index) => {
        const reader = companies[(index + 1) % companies.length];
        return RowLoad.begin(company, reader ?? company, { pace: steadyPace, note: () => 0 });
      }),
    );
    const pulse = new Pulse(companies);
    const recoveries: Recovery[] = [];
    try {
      for (const fault of this.#options.faults) {
        recoveries.push(await this.#suffer(fault, pulse));
      }
      const { counts } = await settle(companies, this.#loads, recoveryMsMax);
      return { recoveries, ...counts };
    } finally {
      pulse.end();
      for (const load of this.#loads) load.abandon();
    }
  }

  async #suffer(fault: Fault, pulse: Pulse): Promise<Recovery> {
    const { lasting, say } = this.#options;
    const victim = this.#targets[this.#draw.below(this.#targets.length)] as Target;
    const before = this.#services().map(({ endings, humanSteps }) => [
      endings.length,
      humanSteps.length,
    ]);
    pulse.takeLongestMs();
    const { companies } = this.#consortium;
    const scene = { targets: this.#targets, draw: this.#draw, lasting: lasting(companies) };
    const back = await fault.run(scene, victim);
    const healedMs = performance.now();
    await this.#untilRecovered(back);
    const seconds = (performance.now() - healedMs) / 1_000;
    for (const service of this.#services()) await service.deleteCopies();
    const endings = this.#services().flatMap((service, index) =>
      service.endings.slice(before[index]?.[0]),
    );
    const steps: readonly HumanStep[] = this.#services().flatMap(({ humanSteps }, index) =>
      humanSteps.slice(before[index]?.[1]),
    );
    const recovery: Recovery = {
      fault: fault.name,
      member: back.length === this.#targets.length ? "all" : namesOf(back),
      seconds: rounded(seconds),
      pauseSeconds: rounded(pulse.takeLongestMs() / 1_000),
      human: steps.length > 0,
      exits: endings.map(({ code }) => code),
    };
    say(lineOf(recovery));
    for (const { code, words } of endings) if (words !== "") say(`  ${code}: ${words}`);
    return recovery;
  }

  async #untilRecovered(back: readonly Target[]): Promise<void> {
    const { companies } = this.#consortium;
    const check = (): void => {
      for (const service of this.#services()) service.check();
    };
    await Promise.all([
      ...back.map(({ service }) => untilSigns(service.company, companies, recoveryMsMax, check)),
      ...this.#loads.map((load) => load.untilCommitsAgain(recoveryMsMax, check)),
    ]);
  }

  #services(): readonly Service[] {
    return this.#targets.map(({ service }) => service);
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

function namesOf(targets: readonly Target[]): string {
  return targets.map(({ service }) => service.handle).join(" and ");
}

/** One recovery as people read it. */
export function lineOf(recovery: Recovery): string {
  const { fault, member, seconds, pauseSeconds, human, exits } = recovery;
  const cells = [
    fault.padEnd(38),
    member.padEnd(16),
    `${seconds.toFixed(1)} s`.padStart(9),
    `${pauseSeconds.toFixed(1)} s`.padStart(9),
    human ? "yes" : "no",
    exits.join(" "),
  ];
  return cells.join("  ").trimEnd();
}

/**
 * Runs four companies under a steady load and lets one fault after the other happen to them.
 * @throws when a recovery did not happen
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  return underServices(options, (consortium, targets) =>
    new Campaign(options, consortium, targets).run(),
  );
}
