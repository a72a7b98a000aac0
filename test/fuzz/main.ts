// `npm run -s fuzz -- --door chain.transaction --inputs 100000 --seed 1 --json`
import { parseArgs } from "node:util";
import { type DoorResult, runDoor } from "./campaign.ts";
import { doors } from "./doors/index.ts";
import { doorTable, writeDoorTable } from "./table.ts";

const usage = `usage: npm run -s fuzz -- [--door NAME] [--inputs N] [--seed S] [--path PATH] [--json] [--write]
  --door    only doors whose names begin so; ${doors.length} in all
  --inputs  how many each door gets, 100000 unless told
  --seed    draws the inputs; the same seed gives the same inputs
  --write   puts the table of doors into docs/SECURITY.md
  --path    where among the inputs of a seed a failure stands, as it was printed
`;

interface Options {
  readonly chosen: typeof doors;
  readonly inputs: number;
  readonly seed: number;
  readonly path: string | null;
  readonly isJson: boolean;
  readonly isWritten: boolean;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      door: { type: "string", default: "" },
      inputs: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      path: { type: "string" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  const chosen = doors.filter(({ name }) => name.startsWith(values.door));
  const isWhole = [inputs, seed].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (!isWhole || inputs === 0 || chosen.length === 0) return null;
  return {
    chosen,
    inputs,
    seed,
    path: values.path ?? null,
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
    `${result.seconds.toFixed(1)} s, slowest ${slowestMs.toFixed(1)} ms`,
    grownBytes === null ? [] : `memory +${(grownBytes / 1_048_576).toFixed(1)} MiB`,
    `${failures} failures`,
  ].flat();
  say(`${door.padEnd(26)} ${figures.join(", ")}`);
  if (failure === null) return;
  say(`  ${failure.error.split("\n").slice(0, 6).join("\n  ")}`);
  say(`  input ${failure.input.slice(0, 200)}`);
  say(`  again: ${result.replay}`);
}

async function main(options: Options): Promise<number> {
  const { chosen, inputs, seed, path } = options;
  const results: DoorResult[] = [];
  for (const door of chosen) {
    const result = await runDoor(door, { inputs, seed, path });
    tell(result);
    results.push(result);
  }
  const failures = results.reduce((sum, result) => sum + result.failures, 0);
  const report = { schema: "tegata.fuzz/1", seed, failures, doors: results };
  if (options.isWritten) writeDoorTable(doorTable(doors, results));
  if (options.isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
  return failures === 0 ? 0 : 1;
}

const given = readOptions();
if (given === null) {
  process.stderr.write(usage);
  process.exitCode = 64;
} else {
  // What stands behind the doors keeps timers and a listener; nothing of it has to be waited for.
  process.exit(await main(given));
}
