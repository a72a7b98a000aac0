// `npm run -s fuzz -- --door chain.transaction --inputs 100000 --seed 1 --json`
import { wordsOf } from "../helpers/campaign.ts";
import type { DoorResult } from "./campaign.ts";
import { doors } from "./doors/index.ts";
import { runDoors } from "./jobs.ts";
import { processCampaign } from "./process/campaign.ts";
import { doorTable, tableOnPage, writeDoorTable, writeThrown } from "./table.ts";

const usage = `usage: npm run -s fuzz -- [--door NAME] [--inputs N] [--seed S] [--jobs J] [--path PATH] [--json] [--write]
       npm run -s fuzz -- --process [--inputs N] [--seed S] [--json] [--write]
  --door     only doors whose names begin so; ${doors.length} in all
  --inputs   how many each door gets, 100000 unless told; with --process each class of doors, 1000 unless told
  --seed     draws the inputs; the same seed gives the same inputs, with the public vectors beside the
             repository other ones than without
  --jobs     processes that try doors at the same time, one unless told
  --process  throws the inputs at the processes of a real company instead of at functions
  --write    puts the table of doors into docs/SECURITY.md, or the numbers of --process into it; rows of doors that
             were not tried stay, so that a long campaign can be run door by door
  --path     where among the inputs of a seed a failure stands, as it was printed
`;

interface Options {
  readonly chosen: typeof doors;
  readonly inputs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly path: string | null;
  readonly isProcess: boolean;
  readonly isJson: boolean;
  readonly isWritten: boolean;
}

const jobsMax = 64;

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    door: { type: "string", default: "" },
    inputs: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    path: { type: "string" },
    process: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  });
  const usual = values.process ? 1_000 : 100_000;
  const [inputs, seed, jobs] = [values.inputs ?? usual, values.seed, values.jobs].map(Number) as [
    number,
    number,
    number,
  ];
  const chosen = doors.filter(({ name }) => name.startsWith(values.door));
  const isWhole = [inputs, seed, jobs].every(
    (number) => Number.isSafeInteger(number) && number >= 0,
  );
  if (!isWhole || inputs === 0 || jobs === 0 || jobs > jobsMax || chosen.length === 0) return null;
  return {
    ...{ chosen, inputs, seed, jobs },
    path: values.path ?? null,
    isProcess: values.process,
    isJson: values.json,
    isWritten: values.write,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function tell(result: DoorResult): void {
  const { door, inputs, outer, accepted, failures, slowestMs, grownBytes, failure } = result;
  const figures = [
    `${inputs} inputs`,
    `${Math.round((100 * outer) / inputs)} % past the decoder`,
    `${accepted} accepted`,
    `${result.seconds.toFixed(1)} s (${result.cpuSeconds.toFixed(1)} of a processor), slowest ${slowestMs.toFixed(1)} ms`,
    grownBytes === null ? [] : `memory +${(grownBytes / 1_048_576).toFixed(1)} MiB`,
    `${failures} failures`,
  ].flat();
  say(`${door.padEnd(26)} ${figures.join(", ")}`);
  if (failure === null) return;
  say(`  ${failure.error.split("\n").slice(0, 6).join("\n  ")}`);
  say(`  input ${failure.input.slice(0, 200)}`);
  say(`  again: ${result.replay}`);
}

async function inFunctions(options: Options): Promise<number> {
  const { chosen, inputs, seed, path, jobs } = options;
  const results = await runDoors(chosen, { inputs, seed, path }, jobs, tell);
  const failures = results.reduce((sum, result) => sum + result.failures, 0);
  const report = { schema: "tegata.fuzz/1", seed, failures, doors: results };
  if (options.isWritten) writeDoorTable(doorTable(doors, results, tableOnPage()));
  if (options.isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  return failures === 0 ? 0 : 1;
}

async function inProcesses({ inputs, seed, isJson, isWritten }: Options): Promise<number> {
  const report = await processCampaign({ inputs, seed, say });
  if (isWritten) writeThrown(report.thrown);
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.failures.length === 0 ? 0 : 1;
}

const given = readOptions();
if (given === null) {
  process.stderr.write(usage);
  process.exitCode = 64;
} else {
  // What stands behind the doors keeps timers and a listener; nothing of it has to be waited for.
  process.exit(await (given.isProcess ? inProcesses(given) : inFunctions(given)));
}
