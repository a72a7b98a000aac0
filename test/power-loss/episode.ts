import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Prng, prng } from "../../packages/consensus/sim/prng.ts";
import { type CallKind, type Counts, Disk, type Plan } from "./disk.ts";
import type { Found, Store } from "./stores/store.ts";

/** One disk from its first use to its last, and where what happens on it comes from. */
export interface EpisodeOptions {
  readonly store: Store;
  readonly seed: number;
  readonly index: number;
  readonly library: string;
  /** Syncs do nothing: losses must be found then. */
  readonly isLying: boolean;
  /** Calls of a whole run without an incident. */
  readonly counts: Counts;
  /** Codes that docs/ERRORS.md explains. */
  readonly codes: ReadonlySet<string>;
}

/** What was found on one disk. */
export interface EpisodeResult extends Found {
  readonly acknowledged: number;
  readonly powerCuts: number;
  readonly kills: number;
  readonly faults: number;
  /** Changes of names and files that power cuts undid. */
  readonly undone: number;
  /** What went wrong besides losses: it does not open, it is not whole, or it says no known code. */
  readonly wrong: readonly string[];
}

/** Which use of a disk it is. */
interface Turn {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** One use of a disk. */
interface Run {
  /** What was acknowledged before. */
  readonly said: readonly string[];
  readonly seed: number;
  readonly patienceMs?: number;
}

interface Ending {
  readonly said: readonly string[];
  /** How it ended: `done`, a code, or null where it was ended. */
  readonly last: string | null;
}

const legsMax = 3;
/** Whoever waits for a full disk is ended after so long; everybody else ends by himself. */
const waitMsMax = 10_000;
const workMsMax = 120_000;
const kinds: readonly CallKind[] = ["any", "sync", "name", "write"];
const moments = ["before", "halfway", "after"] as const;
const program = join(import.meta.dirname, "work.child.ts");
/** What the system says by itself, to whoever asked for a file to be written. */
const systemCodes: ReadonlySet<string> = new Set(["ENOSPC", "EIO"]);

/** Runs a store over a disk until it ends or is ended. */
export function work(
  { name }: Store,
  disk: Disk,
  { said, seed, patienceMs = workMsMax }: Run,
): Promise<Ending> {
  const child = spawn(process.execPath, [program, name, disk.root, String(seed)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...disk.variables },
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(said.join("\n"));
  const patience = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  return new Promise((resolve) => {
    child.once("close", () => {
      clearTimeout(patience);
      const lines = text.split("\n").slice(0, -1);
      const steps = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
      const end = lines.find((line) => !line.startsWith("+")) ?? null;
      resolve({ said: [...said, ...steps], last: end?.replace(/^-/, "") ?? null });
    });
  });
}

/** Calls of a start, in which what was left before is taken up. */
const callsOfStart = 8;

function drawPlan(draw: Prng, { isFirst, isLast }: Turn, counts: Counts): Plan {
  const kind = kinds[draw.below(kinds.length)] ?? "any";
  const isStart = !isFirst && draw.chance(0.4);
  const at = 1 + draw.below(isStart ? callsOfStart : Math.max(1, counts[kind]));
  const when = moments[draw.below(moments.length)] ?? "before";
  const type = isLast ? "power" : (["power", "kill", "fault"] as const)[draw.below(3)];
  if (type !== "fault") return { type: type ?? "power", kind, at, when };
  const code = draw.chance(0.7) ? "ENOSPC" : "EIO";
  const count = [1, 3, null][draw.below(3)] ?? null;
  return { type, kind: code === "EIO" ? "sync" : kind, from: at, count, code };
}

/** Looks at a copy: what the next run begins with is what the power cut left, not what a start made of it. */
async function look(store: Store, root: string, said: readonly string[]): Promise<Found | string> {
  const copy = mkdtempSync(join(tmpdir(), "tegata-look-"));
  try {
    cpSync(root, copy, { recursive: true });
    return await store.look(copy, said);
  } catch (error) {
    return error instanceof Error ? `${error.message}` : String(error);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** What happens, for people. */
export function describe(plan: Plan): string {
  if (plan.type === "nothing") return plan.type;
  const { type, kind } = plan;
  if (type !== "fault") return `${type} ${plan.when} ${kind} ${plan.at}`;
  return `${plan.code} at ${kind} ${plan.from}${plan.count === null ? " on" : ` x${plan.count}`}`;
}

/** Works on one disk through power cuts, kills and failing calls; the last is a power cut. */
export async function playEpisode(options: EpisodeOptions): Promise<EpisodeResult> {
  const { store, seed, index, counts } = options;
  const draw = prng(seed, `${store.name} ${index}`);
  const folder = mkdtempSync(join(tmpdir(), "tegata-disk-"));
  const disk = new Disk(folder, options.library, options.isLying);
  const legs = 1 + draw.below(legsMax);
  const result = { powerCuts: 0, kills: 0, faults: 0, undone: 0, kept: 0 };
  let [lost, doubled, wrong]: [string[], string[], string[]] = [[], [], []];
  let said: readonly string[] = [];
  let isFresh = true;
  const history: string[] = [];
  try {
    for (let leg = 0; leg < legs && wrong.length === 0 && lost.length === 0; leg += 1) {
      const plan = drawPlan(draw, { isFirst: leg === 0, isLast: leg === legs - 1 }, counts);
      if (isFresh) disk.begin(plan);
      else disk.goOn(plan);
      const patienceMs = plan.type === "fault" ? waitMsMax : workMsMax;
      const ending = await work(store, disk, { said, seed: draw.below(2 ** 31), patienceMs });
      said = ending.said;
      history.push(describe(plan));
      result.faults += disk.faults;
      isFresh = plan.type === "power";
      if (plan.type === "power") {
        const remains = disk.lose(draw);
        result.powerCuts += 1;
        result.undone += remains.namesLost + remains.filesChanged;
      } else if (plan.type === "kill") result.kills += 1;
      wrong = [...wrong, ...strange(ending, disk.faults > 0, options.codes)];
      const found = await look(store, disk.root, said);
      if (typeof found === "string") wrong.push(found);
      else {
        result.kept = found.kept;
        [lost, doubled] = [[...found.lost], [...found.doubled]];
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const trail = history.join(", then ");
  const told = (what: string): string => `${what} (${trail})`;
  return {
    ...result,
    acknowledged: said.length,
    lost: lost.map(told),
    doubled: doubled.map(told),
    wrong: wrong.map(told),
  };
}

/** A run that nothing was done to ends as it should; one whose calls failed may refuse with a known code. */
function strange({ last }: Ending, hasFailed: boolean, codes: ReadonlySet<string>): string[] {
  if (last === null || last === "done") return [];
  if (hasFailed && (codes.has(last) || systemCodes.has(last))) return [];
  return [`ended with ${last}`];
}
