// Seed after seed: counts, and tells of those that fail.
import { createHash } from "node:crypto";
import type { Outcome } from "../cluster.ts";
import { isFaultName } from "../faults.ts";
import { scenarios } from "../scenarios.ts";
import { commandOf, run, type Setting, swarmOf } from "../setting.ts";
import { shrink } from "../shrink.ts";
import { timelineOf } from "../timeline.ts";
import { type Words, WordsError } from "./words.ts";

/** The others fail for the same reason more often than not. */
const shrunkMax = 1;
const toldMax = 10;
const linesMax = 90;

interface Failure {
  readonly seed: number;
  readonly sentences: readonly string[];
  readonly accused: readonly number[];
  readonly command: string;
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

function isFailed({ violations, isStalled }: Outcome): boolean {
  return violations.length > 0 || isStalled;
}

function sentencesOf({ violations, isStalled, accused }: Outcome): readonly string[] {
  return [
    ...new Set(violations),
    ...(isStalled ? ["no progress after the network healed"] : []),
    ...(accused.length > 0 ? [`their own words convict members ${accused.join(", ")}`] : []),
  ];
}

/** What failed, how to see it again, and what happened. */
function explain(setting: Setting, patch: string | null): void {
  const smaller = shrink(setting);
  const swarm = swarmOf(smaller.setting);
  const told = run(smaller.setting, { isTold: true });
  const left = smaller.setting.without.length;
  say(
    `  shrunk in ${smaller.runs} runs: ${left} faults left out, whole after ${swarm.healAtMs.toFixed(0)} ms`,
    ...sentencesOf(told).map((sentence) => `  ${sentence}`),
    `  again: ${commandOf(smaller.setting, patch)}`,
    "",
    ...timelineOf(told, setting.members, swarm, { isFailureOnly: true, linesMax }),
    "",
  );
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function settingOf(words: Words, seed: number): Setting {
  const { members, liars, without, healAtMs, patch } = words;
  const scenario = words.scenario ?? patch?.scenario ?? null;
  if (scenario !== null && !Object.hasOwn(scenarios, scenario)) {
    const known = Object.keys(scenarios).join(", ");
    throw new WordsError(`--scenario ${scenario}: no such scenario; there are ${known}`);
  }
  const nonsense = without.find((name) => !isFaultName(name));
  if (nonsense !== undefined) {
    const isNumbered = isFaultName(`${nonsense}:0`);
    const why = isNumbered ? `say which, as in ${nonsense}:0-2+5` : "no such fault";
    throw new WordsError(`--without ${nonsense}: ${why}`);
  }
  return { seed, members, scenario, liars, without, healAtMs };
}

/** An error of the code under test ends everything, but not without a word of the seed it came from. */
function outcomeOf(setting: Setting, patch: string | null, isTold: boolean): Outcome {
  try {
    return run(setting, { isTold });
  } catch (error) {
    say(`seed ${setting.seed} ended in an error`, `  again: ${commandOf(setting, patch)}`);
    throw error;
  }
}

/** Runs the seeds; the exit code says whether all of them held. */
export function runSeeds(words: Words): number {
  const { seeds, first, members, isTold } = words;
  const patch = words.patch?.name ?? null;
  const events: number[] = [];
  const failures: Failure[] = [];
  const hash = createHash("sha256");
  let [violations, stalls, heights, virtualMs] = [0, 0, 0, 0];
  let runMs = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const setting = settingOf(words, seed);
    const startedMs = performance.now();
    const outcome = outcomeOf(setting, patch, isTold);
    runMs += performance.now() - startedMs;
    events.push(outcome.events);
    violations += outcome.violations.length > 0 ? 1 : 0;
    stalls += outcome.isStalled ? 1 : 0;
    heights += outcome.heights;
    virtualMs += outcome.virtualMs;
    hash.update(`${seed} ${outcome.traceHash}\n`);
    if (isTold) {
      const view = { isFailureOnly: false, linesMax: 2_000 };
      say(...timelineOf(outcome, members, swarmOf(setting), view));
    }
    if (!isFailed(outcome)) continue;
    const command = commandOf(setting, patch);
    const sentences = sentencesOf(outcome);
    failures.push({ seed, sentences, accused: outcome.accused, command });
    if (failures.length > toldMax) continue;
    say(`seed ${seed} failed: ${sentences.join("; ")}`);
    if (isTold) continue;
    if (failures.length <= shrunkMax) explain(setting, patch);
    else say(`  again: ${command}`);
    if (words.isUntilFailure) break;
  }
  const seedsRun = events.length;
  const result = {
    schema: "tegata.sim/1",
    seeds: seedsRun,
    first,
    members,
    violations,
    stalls,
    seedsPerMinute: Math.round((seedsRun * 60_000) / runMs),
    eventsMedian: median(events),
    heights,
    virtualHours: Math.round(virtualMs / 36_000) / 100,
    traceHash: hash.digest("hex"),
    patch,
    failures: failures.slice(0, toldMax),
  };
  const text = words.isJson
    ? JSON.stringify(result)
    : [
        `${plural(seedsRun, "seed")} of ${plural(members, "member")}: ${plural(violations, "violation")}, ${plural(stalls, "stall")}`,
        `  ${result.seedsPerMinute} seeds a minute, ${result.eventsMedian} events a seed (median),`,
        `  ${heights} heights, ${result.virtualHours} hours of virtual time`,
        `  trace ${result.traceHash}`,
      ].join("\n");
  process.stdout.write(`${text}\n`);
  return violations + stalls > 0 ? 1 : 0;
}
