// `npm run -s chaos -- --kills 100 --seed 1 --json`

import { resolve } from "node:path";
import { wordsOf } from "../helpers/campaign.ts";
import { companyNames } from "../helpers/consortium.ts";
import { drawKills, type Victim, victims } from "./kill-plan.ts";
import { KillFailed, type KillResult, lineOf, runKills } from "./kills.ts";
import { isWhole } from "./settle.ts";

const usage = `usage: npm run -s chaos -- [--kills N] [--seed S] [--json] [--only ${victims.join("|")}]
         [--keep DIR]
  --kills  how many, 100 unless told
  --seed   draws victims, companies and the acknowledgements at which it happens
  --only   kills nothing else
  --keep   a folder for copies of the home folders
`;

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly isJson: boolean;
  readonly only: Victim | null;
  readonly keep: string | null;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    keep: { type: "string" },
  });
  const [count, seed] = [values.kills, values.seed].map(Number) as [number, number];
  const only = victims.find((victim) => victim === values.only) ?? null;
  const isWhole = [count, seed].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (!isWhole || count === 0 || (values.only !== undefined && only === null)) return null;
  const keep = values.keep === undefined ? null : resolve(values.keep);
  return { count, seed, isJson: values.json, only, keep };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A kill draws the same whatever comes after it. */
function sayReplay({ seed, only }: Options, number: number): void {
  const words = only === null ? "" : ` --only ${only}`;
  say(`  replay: npm run -s chaos -- --kills ${number} --seed ${seed}${words}`);
}

function tell(options: Options, { strokes, counts, recoveryMsMax }: KillResult): void {
  const { height, misplaced, ...shown } = counts;
  say(`\nkill  victim                   at ack   recovery  waiting  exits`);
  for (const stroke of strokes) say(lineOf(stroke));
  const hasty = strokes.filter(({ recoveryMs }) => recoveryMs === null).length;
  say(`\n${strokes.length} kills, ${hasty} of them followed by the next before all had recovered`);
  say(`${height} blocks, longest recovery ${recoveryMsMax} ms, ${JSON.stringify(counts)}`);
  if (!options.isJson) return;
  const head = { schema: "tegata.chaos/1", kills: strokes.length };
  const document = { ...head, ...shown, recoveryMsMax, seed: options.seed };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

async function main(options: Options): Promise<number> {
  const { count, seed, only, keep } = options;
  const members = Object.keys(companyNames).length;
  const kills = drawKills(only === null ? victims : [only], count, seed, members);
  say(`seed ${seed}: ${count} kills`);
  try {
    const result = await runKills({ kills, keep, say });
    tell(options, result);
    if (isWhole(result.counts)) return 0;
    const { firstBad } = result;
    say("error: what was acknowledged is not there once");
    if (firstBad !== null) say(`  why: the first rows are missing since kill ${firstBad.number}`);
    sayReplay(options, firstBad?.number ?? count);
  } catch (error) {
    say(`error: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof KillFailed)) throw error;
    sayReplay(options, error.kill.number);
  }
  return 1;
}

const options = readOptions();
if (options === null) process.stderr.write(usage);
process.exitCode = options === null ? 64 : await main(options);
