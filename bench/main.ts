// How fast four companies on this machine are, as a share of what the machine could do: see bench/README.md.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { wordsOf } from "../test/helpers/campaign.ts";
import { calibrate } from "./calibrate.ts";
import { Consortium } from "./consortium.ts";
import { bestOf, type Calibration, driftOf } from "./formulas.ts";
import { hotSpots } from "./hot-spots.ts";
import { type Report, toJson, toTable } from "./report.ts";
import {
  judge,
  longEffort,
  type Measurement,
  needsGateway,
  runScenario,
  type ScenarioName,
  scenarioNames,
  shortEffort,
} from "./scenarios.ts";

const usage = `usage: npm run bench -- [--json] [--long] [--only NAMES] [--folder DIR] [--profile DIR] [--gateways N]
  --json      one JSON document on stdout and nothing else
  --long      two minutes for each throughput instead of seconds
  --only      some of ${scenarioNames.join(", ")}
  --folder    a folder on the disk to be measured; the system's temporary folder otherwise
  --profile   a folder for CPU profiles of every process; their hot spots are told on stderr
  --gateways  companies that submit through their gateways, 1 to 4
`;

const othersMax = 0.1;

interface Options {
  readonly isJson: boolean;
  readonly isLong: boolean;
  readonly names: readonly ScenarioName[];
  readonly folder: string;
  readonly profiles: string | null;
  readonly gateways: number;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    json: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    only: { type: "string", default: scenarioNames.join(",") },
    folder: { type: "string", default: tmpdir() },
    profile: { type: "string" },
    gateways: { type: "string", default: "1" },
  });
  const wanted = values.only.split(",");
  const gateways = Number(values.gateways);
  if (!wanted.every((name) => (scenarioNames as readonly string[]).includes(name))) return null;
  if (!Number.isInteger(gateways) || gateways < 1 || gateways > 4) return null;
  return {
    isJson: values.json,
    isLong: values.long,
    names: scenarioNames.filter((name) => wanted.includes(name)),
    folder: resolve(values.folder),
    profiles: values.profile === undefined ? null : resolve(values.profile),
    gateways,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function commitOf(): string | null {
  const git = (...words: string[]): string =>
    execFileSync("git", words, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no", "..") !== "";
    return `${git("rev-parse", "HEAD")}${changed ? "+" : ""}`;
  } catch {
    return null;
  }
}

async function measureAll(
  consortium: Consortium,
  options: Options,
  calibration: Calibration,
): Promise<readonly Measurement[]> {
  const { isLong, gateways, names } = options;
  const effort = { ...(isLong ? longEffort : shortEffort), gateways };
  const measurements: Measurement[] = [];
  const run = async (some: readonly ScenarioName[]): Promise<void> => {
    for (const name of some) {
      say(`${name} ...`);
      const cores = cpus().length;
      measurements.push(await runScenario(name, consortium, { effort, cores, calibration }));
    }
  };
  const through = names.filter(needsGateway);
  if (through.length > 0) {
    await consortium.startGateways(gateways);
    await run(through);
    await consortium.stop("gateway");
  }
  await run(names.filter((name) => !needsGateway(name)));
  return measurements;
}

/** Starts everything, measures, and stops it again whatever happens. */
async function runAll(
  consortium: Consortium,
  options: Options,
  calibration: Calibration,
): Promise<readonly Measurement[]> {
  try {
    await consortium.startNodes();
    return await measureAll(consortium, options, calibration);
  } finally {
    await consortium.stop("gateway");
    await consortium.stop("node");
    if (options.profiles !== null) say(hotSpots(options.profiles));
  }
}

async function measure(options: Options, folder: string): Promise<Report> {
  const start = performance.now();
  say("calibrating ...");
  const before = await calibrate(folder);
  say("founding a network of four companies ...");
  if (options.profiles !== null) mkdirSync(options.profiles, { recursive: true });
  const consortium = await Consortium.found(folder, options.profiles);
  const measurements = await runAll(consortium, options, before);
  say("calibrating again ...");
  const after = await calibrate(folder);
  const best = bestOf(before, after);
  const drift = driftOf(before, after);
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    openssl: process.versions.openssl,
  };
  const disturbed = measurements.some(
    (one) => one.kind === "throughput" && (one.throughput.usage.cpuShare.others ?? 0) > othersMax,
  );
  return {
    schema: "tegata.bench/1",
    machine,
    commit: commitOf(),
    mode: options.isLong ? "long" : "short",
    seconds: (performance.now() - start) / 1_000,
    unsteady: drift.unsteady,
    disturbed,
    results: measurements.map((one) => judge(one, best)),
    calibration: { before, after, best, drift },
  };
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 64;
  }
  const folder = await mkdtemp(join(options.folder, "tegata-bench-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => process.exit(130));
  try {
    const report = await measure(options, folder);
    process.stdout.write(`${options.isJson ? toJson(report) : toTable(report)}\n`);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
