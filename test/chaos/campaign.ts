import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Prng, prng } from "../../packages/consensus/sim/prng.ts";
import type { Company } from "../helpers/company.ts";
import { type Consortium, companyNames, foundConsortium } from "../helpers/consortium.ts";
import { compareChains, Pulse, untilSigns } from "./chain-watch.ts";
import { MovableClock } from "./clock-library.ts";
import type { Fault, Lasting, Target } from "./faults.ts";
import { Room } from "./room.ts";
import { RowLoad } from "./row-load.ts";
import { type HumanStep, Service } from "./service.ts";

/** What a campaign is asked to do. */
export interface CampaignOptions {
  /** In their order. */
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly lasting: (companies: readonly Company[]) => Lasting;
  /** Whether each home folder gets a disk of its own, which takes the right to mount. */
  readonly hasRooms: boolean;
  /** libfaketime; null: clocks stay as they are. */
  readonly clockLibrary: string | null;
  /** Copies of the home folders go here at the end; null: nowhere. */
  readonly keep: string | null;
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
export interface CampaignResult {
  readonly recoveries: readonly Recovery[];
  readonly acknowledged: number;
  readonly committed: number;
  readonly lost: number;
  readonly doubled: number;
  /** Different chains among the members. */
  readonly chains: number;
  readonly height: number;
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
        return RowLoad.begin(company, reader ?? company);
      }),
    );
    const pulse = new Pulse(companies);
    const recoveries: Recovery[] = [];
    try {
      for (const fault of this.#options.faults) {
        recoveries.push(await this.#suffer(fault, pulse));
      }
    } finally {
      pulse.end();
    }
    return { recoveries, ...(await this.#settle()) };
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

  /** Ends the load and counts what everybody has. */
  async #settle(): Promise<Omit<CampaignResult, "recoveries">> {
    const { companies } = this.#consortium;
    await Promise.all(this.#loads.map((load) => load.end(recoveryMsMax)));
    const { height } = await (companies[0] as (typeof companies)[number]).askNode((node) =>
      node.status(),
    );
    await Promise.all(companies.map((company) => company.untilReady(height, recoveryMsMax)));
    const accounts = await Promise.all(
      this.#loads.flatMap((load, index) => {
        const reader = companies[(index + 1) % companies.length];
        return [load.company, reader ?? load.company].map((one) => load.account(one));
      }),
    );
    const chains = await compareChains(companies);
    const own = accounts.filter((_, index) => index % 2 === 0);
    const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
    return {
      acknowledged: sum(own.map(({ acknowledged }) => acknowledged)),
      committed: sum(own.map(({ committed }) => committed)),
      // Whoever was granted a stream must read the same.
      lost: sum(accounts.map(({ lost }) => lost)),
      doubled: sum(accounts.map(({ doubled }) => doubled)) + chains.repeated,
      chains: chains.count,
      height: chains.height,
    };
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

async function prepare(
  { clockLibrary, hasRooms }: CampaignOptions,
  consortium: Consortium,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const company of consortium.companies) {
    const room = hasRooms ? await Room.around(company.home) : null;
    const clock =
      clockLibrary === null ? null : new MovableClock(clockLibrary, company.path("clock"));
    await clock?.set(0);
    company.variables = clock?.variables ?? {};
    targets.push({ service: new Service(company), room, clock });
  }
  return targets;
}

async function keepHomes(keep: string, consortium: Consortium): Promise<void> {
  await mkdir(keep, { recursive: true });
  for (const { home, handle } of consortium.companies) {
    const isSocket = /\.sock$/;
    const filter = (path: string): boolean => !isSocket.test(path);
    await cp(home, join(keep, handle), { recursive: true, filter }).catch(() => undefined);
  }
}

/**
 * Runs four companies under a steady load and lets one fault after the other happen to them.
 * @throws when a recovery did not happen
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const consortium = await foundConsortium(Object.keys(companyNames));
  let targets: readonly Target[] = [];
  try {
    targets = await prepare(options, consortium);
    return await new Campaign(options, consortium, targets).run();
  } finally {
    await Promise.all(targets.map(({ service }) => service.stop()));
    if (options.keep !== null) await keepHomes(options.keep, consortium);
    await Promise.all(targets.map(({ room }) => room?.unmount()));
    await consortium.close();
  }
}
