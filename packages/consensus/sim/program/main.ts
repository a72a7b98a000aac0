// `npm run sim -- --seeds 2000 --first 1 --members 4 --json`
import { parseArgs } from "node:util";
import { type Outcome, simulate } from "./cluster.ts";
import type { Told } from "./world.ts";

const usage = `usage: npm run sim -- [--seeds N] [--first S] [--members n] [--json]

  --seeds N     how many seeds, one after the other (100)
  --first S     the first seed (1)
  --members n   how many members the network has, 1 to 16 (4)
  --json        one JSON document on standard output
  --timeline    with one seed: everything that happened`;

interface Words {
  readonly seeds: number;
  readonly first: number;
  readonly members: number;
  readonly isJson: boolean;
  readonly isTold: boolean;
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${text} is not a whole number from ${min} to ${max}`);
}

function readWords(): Words {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      first: { type: "string", default: "1" },
      members: { type: "string", default: "4" },
      json: { type: "boolean", default: false },
      timeline: { type: "boolean", default: false },
    },
  });
  return {
    seeds: wholeNumber(values.seeds, 1, 100_000_000),
    first: wholeNumber(values.first, 0, 0xffff_ffff),
    members: wholeNumber(values.members, 1, 16),
    isJson: values.json,
    isTold: values.timeline,
  };
}

function line({ atMs, member, sentence }: Told): string {
  return `${atMs.toFixed(1).padStart(9)} ms  ${member === null ? "  " : `m${member}`}  ${sentence}`;
}

/** Everything about a seed that failed: what, how to see it again, and the last of what happened. */
function explain(outcome: Outcome, members: number): string {
  const { seed } = outcome;
  const again = simulate({ seed, members, isTold: true });
  const what = outcome.isStalled ? "no progress after the network healed" : "";
  return [
    `seed ${seed} failed: ${[...outcome.violations, what].filter(Boolean).join("; ")}`,
    `  again: npm run sim -- --first ${seed} --seeds 1 --members ${members} --timeline`,
    ...again.timeline.slice(-60).map(line),
  ].join("\n");
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function main(): number {
  const words = readWords();
  const events: number[] = [];
  let [violations, stalls, heights, virtualMs] = [0, 0, 0, 0];
  let hash = 0;
  const startedMs = performance.now();
  for (let seed = words.first; seed < words.first + words.seeds; seed += 1) {
    const { members, isTold } = words;
    const outcome = simulate({ seed, members, isTold: isTold && words.seeds === 1 });
    events.push(outcome.events);
    violations += outcome.violations.length > 0 ? 1 : 0;
    stalls += outcome.isStalled ? 1 : 0;
    heights += outcome.heights;
    virtualMs += outcome.virtualMs;
    hash = Math.imul(hash ^ Number.parseInt(outcome.traceHash.slice(0, 8), 16), 0x01000193);
    const isFailed = outcome.violations.length > 0 || outcome.isStalled;
    if (outcome.timeline.length > 0)
      process.stderr.write(`${outcome.timeline.map(line).join("\n")}\n`);
    else if (isFailed) process.stderr.write(`${explain(outcome, members)}\n`);
  }
  const minutes = (performance.now() - startedMs) / 60_000;
  const result = {
    schema: "tegata.sim/1",
    seeds: words.seeds,
    first: words.first,
    members: words.members,
    violations,
    stalls,
    seedsPerMinute: Math.round(words.seeds / minutes),
    eventsMedian: median(events),
    heights,
    virtualHours: Math.round(virtualMs / 36_000) / 100,
    traceHash: (hash >>> 0).toString(16).padStart(8, "0"),
  };
  const text = words.isJson
    ? JSON.stringify(result)
    : [
        `${result.seeds} seeds of ${result.members} members: ${violations} violations, ${stalls} stalls`,
        `  ${result.seedsPerMinute} seeds a minute, ${result.eventsMedian} events a seed (median),`,
        `  ${heights} heights, ${result.virtualHours} hours of virtual time, trace ${result.traceHash}`,
      ].join("\n");
  process.stdout.write(`${text}\n`);
  return violations + stalls > 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  process.stderr.write(`${error.message}\n${usage}\n`);
  process.exitCode = 64;
}
