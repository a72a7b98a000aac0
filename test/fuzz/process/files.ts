import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readSecretFile } from "@tegata/ledger/storage";
import { startTegata, userEnvironment } from "../../helpers/command.ts";
import { passphrase } from "../../helpers/consortium.ts";
import { textOf } from "../golden.ts";
import { inputsFor, inputsLike, type Thrown } from "./inputs.ts";
import { runProgram } from "./throwers.ts";
import type { Town } from "./town.ts";

const launcher = resolve(import.meta.dirname, "../../../packages/cli/bin/tegata.mjs");
const nodeMain = resolve(import.meta.dirname, "../../../packages/node/src/main.ts");
const faultCode = 70;
const startMs = 30_000;

/** What processes made of inputs, and what is nobody's refusal. */
export interface Result {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

function counted(outcomes: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** An end that no refusal has: a signal, a fault, or a trace of the stack. */
function faultIn(what: string, { code, text }: { code: number | null; text: string }) {
  const isFault = code === null || code === faultCode || code >= 128;
  const isTrace = /^ {4}at \S+/m.test(text) || /INTERNAL|_FAULT/.test(text);
  return isFault || isTrace ? [`${what} ended with ${code}: ${text.slice(0, 400)}`] : [];
}

/** Drops files into a folder that `tegata watch` empties, all in one process. */
export async function dropFiles({ kato }: Town, inputs: readonly Thrown[]): Promise<Result> {
  const folder = kato.path("drop");
  await mkdir(folder);
  for (const [index, { door, bytes }] of inputs.entries()) {
    const ending = door === "input.ndjson" ? "ndjson" : "csv";
    await writeFile(join(folder, `file-${String(index).padStart(5, "0")}.${ending}`), bytes);
  }
  const words = ["watch", "press-3", "drop", "--once", "--settle", "1s", "--backfill", "--json"];
  const around = { folder: kato.place.desk, home: kato.home, input: null };
  const running = startTegata(words, around);
  const { code, stdout, stderr } = await running.ended;
  const entries = await readdir(folder, { withFileTypes: true });
  // An empty file may be the beginning of a copy, and is let lie.
  const empty = inputs.filter(({ bytes }) => bytes.length === 0).length;
  const leftCount = entries.filter((entry) => entry.isFile()).length - empty;
  const events = stdout.split("\n").flatMap((line) => /"event":"([\w-]+)"/.exec(line)?.[1] ?? []);
  const failures = faultIn("tegata watch", { code, text: stderr });
  if (leftCount !== 0)
    failures.push(`${leftCount} files were left in the folder: ${stderr.slice(0, 400)}`);
  return { outcomes: { ...counted(events), empty }, failures };
}

/** Writes lines into `tegata submit STREAM - --follow`, all in one process. */
export async function pipeLines({ kato }: Town, inputs: readonly Thrown[]): Promise<Result> {
  const input = Buffer.concat(inputs.map(({ bytes }) => Buffer.from([...bytes, 10])));
  const words = ["submit", "press-3", "-", "--follow", "--backfill", "--json"];
  const around = { folder: kato.place.desk, home: kato.home, input: Uint8Array.from(input) };
  const { code, stdout, stderr } = await startTegata(words, around).ended;
  const failures = faultIn("tegata submit --follow", { code, text: stderr });
  return { outcomes: { [`exit ${code}, ${stdout.length > 0 ? "told" : "silent"}`]: 1 }, failures };
}

/** Gives one file to each of many processes, two at a time. */
async function each(
  inputs: readonly Thrown[],
  run: (input: Thrown, index: number) => Promise<{ code: number | null; text: string }>,
): Promise<Result> {
  const outcomes: string[] = [];
  const failures: string[] = [];
  const waiting = [...inputs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, input] = next;
      const ended = await run(input, index);
      outcomes.push(`exit ${ended.code}`);
      failures.push(...faultIn(`${input.door} ${index}`, ended));
    }
  };
  await Promise.all([worker(), worker()]);
  return { outcomes: counted(outcomes), failures };
}

/** `tegata verify` with a proof, a process each. */
export async function verifyProofs(
  town: Town,
  count: number,
  seed: number,
): Promise<readonly [readonly Thrown[], Result]> {
  const inputs = inputsFor(["file.proof"], count, seed);
  const folder = join(town.folder, "proofs");
  await mkdir(folder);
  const result = await each(inputs, async ({ bytes }, index) => {
    await writeFile(join(folder, `${index}`), bytes);
    const env = userEnvironment({ folder, home: null });
    const words = [launcher, "verify", `${index}`];
    return runProgram(words, { env, cwd: folder, input: "", patienceMs: startMs });
  });
  return [inputs, result];
}

/** `tegata config check` with a settings file, a process each. */
export async function checkSettings(
  town: Town,
  count: number,
  seed: number,
): Promise<readonly [readonly Thrown[], Result]> {
  const inputs = inputsFor(["file.settings", "file.environment"], count, seed);
  const result = await each(inputs, async ({ door, bytes }, index) => {
    const home = join(town.folder, `settings-${index}`);
    await mkdir(home, { mode: 0o700 });
    const isFile = door === "file.settings";
    if (isFile) await writeFile(join(home, "config.toml"), bytes, { mode: 0o600 });
    const lines = isFile ? [] : textOf(bytes).split("\n");
    const variables = Object.fromEntries(
      lines
        .map((line) => line.split("=", 2) as [string, string?])
        .filter(([name, value]) => /^TEGATA_\w+$/.test(name) && name !== "TEGATA_HOME" && value)
        .map(([name, value = ""]) => [name, value.replaceAll("\0", "")]),
    );
    const env = userEnvironment({ folder: home, home, variables });
    const words = [launcher, "config", "check"];
    return runProgram(words, { env, cwd: home, input: "", patienceMs: startMs });
  });
  return [inputs, result];
}

const runsMs = 45_000;

/** The program of a node, with Nishi's home and a keystore that was altered, a process each. */
export async function startWithKeystores(
  { nishi, folder }: Town,
  count: number,
  seed: number,
): Promise<readonly [readonly Thrown[], Result]> {
  const sample = await readSecretFile(join(nishi.home, "keys", "node.keystore"));
  const bytes = new TextEncoder().encode(sample);
  const inputs = inputsLike("file.keystore", bytes, count, seed);
  const result = await each(inputs, async (input, index) => {
    const home = join(folder, `keystore-${index}`);
    await cp(nishi.home, home, { recursive: true });
    const path = join(home, "keys", "node.keystore");
    await rm(path);
    await writeFile(path, input.bytes, { mode: 0o600 });
    const env = userEnvironment({ folder: home, home });
    const given = { env, cwd: home, input: `${passphrase}\n`, patienceMs: runsMs };
    const ended = await runProgram([nodeMain, "--home", home], given);
    await rm(home, { recursive: true });
    return ended;
  });
  return [inputs, result];
}
