// `npm run -s chaos:faults -- --faults 30 --seed 1 --json`

import { spawn, spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { wordsOf } from "../helpers/campaign.ts";
import { type CampaignResult, drawFaults, lineOf, runCampaign } from "./campaign.ts";
import { findClockLibrary } from "./clock-library.ts";
import { type Fault, faults } from "./faults.ts";
import { isWhole } from "./settle.ts";

const usage = `usage: npm run -s chaos:faults -- [--faults N] [--seed S] [--json] [--only TEXT]
         [--without-clock] [--without-disk] [--stop SECONDS] [--hold SECONDS] [--keep DIR]
  --faults         how many; each sort comes once before any comes again
  --seed           draws the order, the victims and the bytes
  --only           only faults whose names hold this text
  --without-clock  leave out what needs libfaketime
  --without-disk   leave out what needs a disk of limited size
  --stop           how long a process stays stopped, 60 seconds unless told
  --hold           how long a disk stays full or a clock wrong, 30 seconds unless told
  --keep           a folder for copies of the home folders
`;

/** Set in the environment of the run that may mount. */
const insideName = "TEGATA_CHAOS_INSIDE";

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly isJson: boolean;
  readonly only: string;
  readonly withoutClock: boolean;
  readonly withoutDisk: boolean;
  readonly stopMs: number;
  readonly holdMs: number;
  readonly keep: string | null;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    faults: { type: "string", default: `${faults.length}` },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    "without-clock": { type: "boolean", default: false },
    "without-disk": { type: "boolean", default: false },
    stop: { type: "string", default: "60" },
    hold: { type: "string", default: "30" },
    keep: { type: "string" },
  });
  const [count, seed, stop, hold] = [values.faults, values.seed, values.stop, values.hold].map(
    Number,
  ) as [number, number, number, number];
  const isWhole = [count, seed].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (!isWhole || count === 0 || !(stop >= 0) || !(hold >= 0)) return null;
  return {
    count,
    seed,
    isJson: values.json,
    only: values.only,
    withoutClock: values["without-clock"],
    withoutDisk: values["without-disk"],
    stopMs: stop * 1_000,
    holdMs: hold * 1_000,
    keep: values.keep === undefined ? null : resolve(values.keep),
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function tell(options: Options, result: CampaignResult): void {
  const { recoveries, height, ...counts } = result;
  say("");
  say(`${"fault".padEnd(38)}  ${"member".padEnd(16)}   recovery  no block  human  exits`);
  for (const recovery of recoveries) say(lineOf(recovery));
  say(`\n${recoveries.length} faults, ${height} blocks, ${JSON.stringify(counts)}`);
  if (!options.isJson) return;
  const { seed } = options;
  const head = { schema: "tegata.faults/1", faults: recoveries.length };
  process.stdout.write(`${JSON.stringify({ ...head, ...counts, seed, recoveries })}\n`);
}

async function main(options: Options): Promise<number> {
  const clockLibrary = options.withoutClock ? null : await findClockLibrary();
  if (clockLibrary === null && !options.withoutClock) {
    say("error: libfaketime is neither installed nor to be had by apt-get download");
    say("  next: install it, or leave those faults out with --without-clock");
    return 69;
  }
  const isPossible = ({ name, needs }: Fault): boolean =>
    name.includes(options.only) &&
    !(needs === "clock" && clockLibrary === null) &&
    !(needs === "room" && options.withoutDisk);
  const { seed, stopMs, holdMs, keep } = options;
  const drawn = drawFaults(faults.filter(isPossible), options.count, seed);
  const result = await runCampaign({
    ...{ faults: drawn, seed, clockLibrary, keep, say },
    hasRooms: !options.withoutDisk,
    lasting: () => ({ stopped: () => pause(stopMs), held: () => pause(holdMs) }),
  });
  tell(options, result);
  return isWhole(result) ? 0 : 1;
}

/** Starts this program again where it may mount, without being root. */
function runInside(): Promise<number> {
  const words = ["--user", "--map-root-user", "--mount", "--fork", "--kill-child"];
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, [insideName]: "1" };
  const child = spawn("unshare", [...words, ...program], { stdio: "inherit", env });
  return new Promise((done) => child.once("exit", (code) => done(code ?? 1)));
}

function mayUnshare(): boolean {
  return spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;
}

const options = readOptions();
if (options === null) {
  process.stderr.write(usage);
  process.exitCode = 64;
} else if (process.env[insideName] !== undefined || options.withoutDisk) {
  process.exitCode = await main(options);
} else if (mayUnshare()) {
  process.exitCode = await runInside();
} else {
  say("error: no disk of limited size can be mounted here: user namespaces are not allowed");
  say("  next: allow them, or leave those faults out with --without-disk");
  process.exitCode = 69;
}
