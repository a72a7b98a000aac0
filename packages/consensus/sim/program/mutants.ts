// `npm run -s sim:mutants [-- --json]`: breaks the code in every known way and sees who notices.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { mutants } from "../mutants.ts";
import { patches } from "../patches/table.ts";
import { scenarios } from "../scenarios.ts";

const usage = `usage: npm run -s sim:mutants -- [words]

  --seeds N     how many seeds each may take (300)
  --first S     the first seed, in place of one at which it is known to be caught
  --scenario NAME  faults of this name in place of those in which it shows
  --only NAME   only this one; any number of times
  --json        one JSON document on standard output`;

/** What is asked of a thread. */
export interface Trial {
  readonly name: string;
  readonly first: number;
  readonly seeds: number;
  readonly members: number;
  readonly scenario: string | null;
}

/** What came of it; null where nothing was noticed. */
export interface TrialResult {
  readonly name: string;
  readonly seed: number | null;
  readonly caughtBy: string | null;
  readonly seconds: number;
}

const members = 4;

async function attempt(trial: Trial): Promise<TrialResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, "trial.ts"), { workerData: trial });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function attemptAll(trials: readonly Trial[]): Promise<readonly TrialResult[]> {
  const results: TrialResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let trial = trials[next]; trial !== undefined; trial = trials[next]) {
      next += 1;
      results.push(await attempt(trial));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const order = trials.map(({ name }) => name);
  return results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

function table(results: readonly TrialResult[]): string {
  const width = Math.max(...results.map(({ name }) => name.length)) + 2;
  const rows = results.map(({ name, caughtBy, seed, seconds }) => {
    const at = seed === null ? "-" : String(seed);
    const time = seconds.toFixed(1);
    return `${name.padEnd(width)}${at.padStart(6)}${time.padStart(9)}  ${caughtBy ?? "SURVIVES"}`;
  });
  return [`${"name".padEnd(width)}  seed  seconds  caught by`, ...rows].join("\n");
}

function wholeNumber(word: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`--${word} ${text}: not a whole number`);
}

function trialsOf(args: readonly string[]): { isJson: boolean; trials: readonly Trial[] } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "300" },
      first: { type: "string" },
      scenario: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
    },
  });
  const known = [...patches, ...mutants.map((mutant) => ({ ...mutant, scenario: null }))];
  const unknown = values.only.find((name) => known.every((each) => each.name !== name));
  if (unknown !== undefined) throw new TypeError(`--only ${unknown}: no such name`);
  const { scenario } = values;
  if (scenario !== undefined && !Object.hasOwn(scenarios, scenario)) {
    throw new TypeError(`--scenario ${scenario}: no such scenario`);
  }
  const seeds = wholeNumber("seeds", values.seeds);
  if (seeds === 0) throw new TypeError("--seeds 0: nobody is caught without a seed");
  const trials = known
    .filter(({ name }) => values.only.length === 0 || values.only.includes(name))
    .map(({ name, seed, scenario: own }) => {
      const first = values.first === undefined ? seed : wholeNumber("first", values.first);
      return { name, first, seeds, members, scenario: scenario ?? own };
    });
  return { isJson: values.json, trials };
}

async function main(): Promise<number> {
  const { isJson, trials } = trialsOf(process.argv.slice(2));
  const results = await attemptAll(trials);
  const survivors = results.filter(({ seed }) => seed === null);
  const caught = results.length - survivors.length;
  const document = { schema: "tegata.mutants/1", mutants: results.length, caught, results };
  const text = isJson
    ? JSON.stringify(document)
    : `${table(results)}\n${caught} of ${results.length} caught`;
  process.stdout.write(`${text}\n`);
  return survivors.length === 0 ? 0 : 1;
}

try {
  if (process.argv.includes("--help")) process.stdout.write(`${usage}\n`);
  else process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`error: ${error.message}\n${usage}\n`);
  process.exitCode = 64;
}
