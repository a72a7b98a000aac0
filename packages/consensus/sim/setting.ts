// What is to be simulated, in the words of the command line.
import { faultyMax } from "../src/index.ts";
import { type Options, type Outcome, simulate } from "./cluster.ts";
import { shortNames } from "./fault-names.ts";
import { faultsOf, withoutFaults } from "./faults.ts";
import { prng } from "./prng.ts";
import { scenarios } from "./scenarios.ts";
import { drawSwarm, type Swarm } from "./swarm.ts";

/** One seed and what was changed about its faults. */
export interface Setting {
  readonly seed: number;
  readonly members: number;
  /** A name of scenarios.ts, or null: what the seed draws. */
  readonly scenario: string | null;
  /** So many members that work together against the others, or null: the liars the seed draws. */
  readonly liars: number | null;
  /** Faults left out; see faults.ts. */
  readonly without: readonly string[];
  /** When the network becomes whole, or null: when the seed says. */
  readonly healAtMs: number | null;
}

function colluders(seed: number, members: number, count: number): Swarm["liars"] {
  const random = prng(seed, "colluders");
  const left = Array.from({ length: members }, (_, index) => index);
  return Array.from({ length: count }, () => {
    const [member] = left.splice(random.below(left.length), 1) as [number];
    return { member, strategy: "colluder" };
  });
}

/** Some seeds draw circumstances in which members lock, which independent faults bring about too seldom. */
function drawnScenario(seed: number, members: number): string {
  const random = prng(seed, "scenario");
  if (faultyMax(members) === 0 || !random.chance(0.1)) return "";
  return random.chance(0.5) ? "relocks" : "locks";
}

function whole({ seed, members, scenario, liars }: Setting): Swarm {
  const named = scenario ?? drawnScenario(seed, members);
  const drawn = { ...drawSwarm(seed, members), ...scenarios[named]?.(seed, members) };
  return liars === null ? drawn : { ...drawn, liars: colluders(seed, members, liars) };
}

/** The faults of a setting. */
export function swarmOf(setting: Setting): Swarm {
  const swarm = withoutFaults(whole(setting), setting.without);
  return setting.healAtMs === null ? swarm : { ...swarm, healAtMs: setting.healAtMs };
}

/** Faults that a setting has left; those who work together against the others are no fault of it. */
export function faultsLeft(setting: Setting): readonly string[] {
  const isOpen = (name: string): boolean =>
    !setting.without.includes(name) && (setting.liars === null || !name.startsWith("liars:"));
  return faultsOf(whole(setting)).filter(isOpen);
}

/** Runs a setting. */
export function run(setting: Setting, options: Partial<Options> = {}): Outcome {
  const { seed, members } = setting;
  return simulate({ ...options, seed, members, swarm: swarmOf(setting) });
}

/** The command that shows a setting again. */
export function commandOf(setting: Setting, patch: string | null): string {
  const { seed, members, scenario, liars, without, healAtMs } = setting;
  const words = [
    `--first ${seed} --seeds 1 --members ${members} --timeline`,
    patch === null ? "" : `--patch ${patch}`,
    scenario === null ? "" : `--scenario ${scenario}`,
    liars === null ? "" : `--liars ${liars}`,
    healAtMs === null ? "" : `--heal ${healAtMs}`,
    ...shortNames(without).map((name) => `--without ${name}`),
  ];
  return `npm run -s sim -- ${words.filter((word) => word !== "").join(" ")}`;
}
