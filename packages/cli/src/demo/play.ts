import { setTimeout as pause } from "node:timers/promises";
import { createNodeClient } from "@tegata/node/client";
import { programVersion } from "../commands/version.ts";
import { homePaths } from "../founding/home.ts";
import { describeError } from "../print/error.ts";
import { exitCodes } from "../print/exit-codes.ts";
import { words } from "../words/catalogue.ts";
import { ChainFile } from "./chain-file.ts";
import { dataSetOf } from "./data-file.ts";
import { finaleLines, sameRecord } from "./finale.ts";
import { demoNetwork, found, refuseStranger } from "./found.ts";
import { type DataSet, simulatedPress } from "./press.ts";
import { competitorCannot, grant, publish, readExactly, revoke } from "./share.ts";
import { Stage } from "./stage.ts";
import { createTeller, type Teller } from "./teller.ts";
import { crash, prove } from "./trouble.ts";

/** How the demo is played. */
export interface PlayOptions {
  /** One JSON document on stdout in place of the story. */
  readonly json: boolean;
  /** Whether to stay, with everything running, until it is interrupted. */
  readonly keep: boolean;
  /** A CSV file in place of the simulated press. */
  readonly data: string | null;
  /** Where the chain is written at the end. */
  readonly chain: string | null;
}

/** What became of a step. */
export interface PlayedStep {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: string;
}

type StepName = keyof ReturnType<typeof words>["demo"]["steps"];

const steps: readonly (readonly [name: StepName, play: (stage: Stage) => Promise<string>])[] = [
  ["found", found],
  ["publish", publish],
  ["stranger", refuseStranger],
  ["grant", grant],
  ["read", readExactly],
  ["competitor", competitorCannot],
  ["revoke", revoke],
  ["crash", crash],
  ["prove", prove],
];

const storyEndMs = 5_000;
const seed = 7;
const rowCount = 240;

/**
 * Plays all steps and tells them; leaves no process and no folder behind, whatever happens. Answers with
 * the exit code.
 */
export async function play(options: PlayOptions, stop: AbortSignal): Promise<number> {
  const nowMs = Date.now();
  const data = await (options.data === null
    ? simulatedPress(nowMs, rowCount, seed)
    : dataSetOf(options.data, nowMs));
  const chain = options.chain === null ? null : await ChainFile.create(options.chain);
  const teller = createTeller(options.json);
  const stage = await Stage.make(data, stop, (handle, line) => teller.command(handle, line));
  const interrupted = whenAborted(stop, () => teller.isTold());
  const story = tell(stage, { ...options, chain }, teller);
  try {
    return await Promise.race([story, interrupted]);
  } finally {
    const { demo } = words();
    teller.aside(stop.aborted && !teller.isTold() ? demo.interrupted : demo.cleaning);
    await stage.endAll();
    // An interrupted story fails once its programs are gone, and must not write into the folder then.
    if (stop.aborted) await Promise.race([story.catch(() => 0), pause(storyEndMs)]);
    await stage.endAll();
    await stage.removeFolder();
    await chain?.close();
  }
}

/** A story that was told to its end and kept running is not cut short by the interruption. */
function whenAborted(stop: AbortSignal, isTold: () => boolean): Promise<number> {
  return new Promise((resolve) => {
    const end = (): void => resolve(isTold() ? exitCodes.done : exitCodes.interrupted);
    if (stop.aborted) end();
    stop.addEventListener("abort", end, { once: true });
  });
}

/** How the story is told. */
interface TellOptions extends Pick<PlayOptions, "json" | "keep"> {
  readonly chain: ChainFile | null;
}

async function tell(stage: Stage, options: TellOptions, teller: Teller): Promise<number> {
  const { demo } = words();
  const startMs = performance.now();
  teller.lines([
    demo.title(demoNetwork, programVersion(), process.versions.node),
    originText(stage.data),
    ...demo.cast,
    "",
  ]);
  const played: PlayedStep[] = [];
  for (const [index, [name, act]] of steps.entries()) {
    teller.begin(index + 1, demo.steps[name]);
    const step = await playStep(stage, name, act);
    played.push(step);
    teller.end(step);
    if (!step.ok) break;
  }
  const ok = played.length === steps.length && played.every((step) => step.ok);
  const rows = ok ? await sameRecord(stage) : [];
  if (ok && !options.json) {
    const access = await stage.run("kato", ["access"]);
    const table = finaleLines(stage, rows);
    teller.lines([
      "",
      demo.sameRecord,
      "",
      ...table,
      "",
      demo.whoReads,
      "",
      access.stdout.trimEnd(),
      "",
    ]);
  }
  if (ok && options.chain !== null) {
    const height = await writeChain(stage, options.chain);
    teller.lines([demo.chainWritten(height, options.chain.path)]);
  }
  const ms = performance.now() - startMs;
  teller.lines([ok ? demo.done(ms) : demo.notDone]);
  const data = stage.data.origin;
  const total = { ok, ms: Math.round(ms) };
  teller.document({ schema: "tegata.demo/1", ...total, data, steps: played, record: rows });
  if (ok && options.keep) await stay(stage, teller);
  return ok ? exitCodes.done : exitCodes.failed;
}

/** The chain as the owner's node has it; answers with its height. */
async function writeChain(stage: Stage, chain: ChainFile): Promise<number> {
  const client = createNodeClient({ socketPath: homePaths(stage.company("kato").home).nodeSocket });
  return chain.write(client).finally(() => client.close());
}

async function playStep(
  stage: Stage,
  name: StepName,
  act: (stage: Stage) => Promise<string>,
): Promise<PlayedStep> {
  const startMs = performance.now();
  const done = (ok: boolean, detail: string): PlayedStep => {
    return { name, ok, ms: Math.round(performance.now() - startMs), detail };
  };
  try {
    return done(true, await act(stage));
  } catch (error) {
    stage.stop.throwIfAborted();
    return done(false, reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const { message, why, code } = describeError(error, words());
  return `${message}: ${why} (${code})`;
}

function originText({ origin, rowCount: rows }: DataSet): string {
  const { demo } = words();
  return origin.type === "simulated"
    ? demo.simulated(rows, origin.seed)
    : demo.fromFile(rows, origin.name, origin.synthetic);
}

/** Keeps everything running until it is interrupted. */
async function stay(stage: Stage, teller: Teller): Promise<void> {
  const lines = ["kato", "aoki", "nishi"].map((handle) => {
    const words = { kato: "access", aoki: "query kato/press-3", nishi: "streams list" }[handle];
    return `  npx tegata --home ${stage.company(handle).home} ${words}`;
  });
  teller.lines(["", words().demo.keptTitle, ...lines]);
  await new Promise(() => undefined);
}
