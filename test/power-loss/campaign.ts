import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playCompany } from "./company.ts";
import { Disk } from "./disk.ts";
import { type EpisodeResult, playEpisode, work } from "./episode.ts";
import type { Store } from "./stores/store.ts";

/** What a campaign is asked to do. */
export interface CampaignOptions {
  readonly stores: readonly Store[];
  /** Disks of each store; each ends with a power cut. */
  readonly disks: number;
  /** Number of the first. */
  readonly first: number;
  readonly seed: number;
  readonly library: string;
  readonly isLying: boolean;
  /** Power cuts and full disks of a whole company, its programs under load. */
  readonly companyCuts: number;
  readonly say: (text: string) => void;
}

/** What was found of one store, over all its disks. */
export interface StoreSummary {
  readonly store: string;
  readonly disks: number;
  readonly powerCuts: number;
  readonly kills: number;
  readonly faults: number;
  /** Names and files that power cuts undid. */
  readonly undone: number;
  readonly acknowledged: number;
  readonly kept: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
}

/** One thing that must not be, and the command that shows it again. */
export interface Failure {
  readonly store: string;
  readonly what: string;
  readonly replay: string;
}

export interface CampaignResult {
  readonly stores: readonly StoreSummary[];
  readonly failures: readonly Failure[];
}

const parallel = 2;
const shownMax = 3;
const root = join(import.meta.dirname, "..", "..");

/** Every code that a person finds explained. */
function knownCodes(): ReadonlySet<string> {
  const text = readFileSync(join(root, "docs", "ERRORS.md"), "utf8");
  return new Set(text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []);
}

/** How many calls a whole run makes of its disk. */
async function countCalls(store: Store, library: string) {
  const folder = mkdtempSync(join(tmpdir(), "tegata-disk-"));
  try {
    const disk = new Disk(folder, library, false);
    disk.begin({ type: "nothing" });
    const { last } = await work(store, disk, { said: [], seed: 0 });
    if (last !== "done") throw new Error(`${store.name} ends with ${last} on a disk that works`);
    return disk.counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function replayOf({ seed, isLying }: CampaignOptions, store: string, index: number): string {
  const words = ["--store", store, "--cuts", "1", "--first", `${index}`, "--seed", `${seed}`];
  return `npm run -s chaos:disk -- ${words.join(" ")}${isLying ? " --broken" : ""}`;
}

function failuresOf(result: EpisodeResult, store: string, replay: string): Failure[] {
  const sorts = [
    ["lost", result.lost],
    ["doubled", result.doubled],
    ["wrong", result.wrong],
  ] as const;
  return sorts.flatMap(([sort, all]) =>
    all.slice(0, shownMax).map((what) => ({ store, what: `${sort}: ${what}`, replay })),
  );
}

function summaryOf(store: string, results: readonly EpisodeResult[]): StoreSummary {
  const sum = (count: (result: EpisodeResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    ...{ store, disks: results.length },
    powerCuts: sum((result) => result.powerCuts),
    kills: sum((result) => result.kills),
    faults: sum((result) => result.faults),
    undone: sum((result) => result.undone),
    acknowledged: sum((result) => result.acknowledged),
    kept: sum((result) => result.kept),
    lost: sum((result) => result.lost.length),
    doubled: sum((result) => result.doubled.length),
    wrong: sum((result) => result.wrong.length),
  };
}

/** Plays all disks of one store, a few at a time. */
async function playStore(options: CampaignOptions, store: Store, codes: ReadonlySet<string>) {
  const { disks, first, seed, library, isLying, say } = options;
  const counts = await countCalls(store, library);
  const results: EpisodeResult[] = [];
  const failures: Failure[] = [];
  let next = first;
  const play = async (): Promise<void> => {
    while (next < first + disks) {
      const index = next;
      next += 1;
      const result = await playEpisode({ store, seed, index, library, isLying, counts, codes });
      results.push(result);
      const found = failuresOf(result, store.name, replayOf(options, store.name, index));
      for (const { what, replay } of found) say(`${store.name}: ${what}\n  ${replay}`);
      failures.push(...found);
    }
  };
  await Promise.all(Array.from({ length: parallel }, play));
  return { summary: summaryOf(store.name, results), failures };
}

/** Cuts the power of many disks under every store. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const codes = knownCodes();
  const stores: StoreSummary[] = [];
  const failures: Failure[] = [];
  for (const store of options.stores) {
    const played = await playStore(options, store, codes);
    stores.push(played.summary);
    failures.push(...played.failures);
    options.say(lineOf(played.summary));
  }
  const { companyCuts: cuts, seed, library, isLying, say } = options;
  if (cuts > 0) {
    const result = await playCompany({ cuts, seed, library, isLying, say });
    const replay = `npm run -s chaos:disk -- --store company --company ${cuts} --seed ${seed}`;
    failures.push(...failuresOf(result, "company", replay));
    stores.push(summaryOf("company", [result]));
    for (const { what } of failuresOf(result, "company", replay))
      say(`company: ${what}\n  ${replay}`);
    say(lineOf(summaryOf("company", [result])));
  }
  return { stores, failures };
}

const columns = [
  ...["disks", "powerCuts", "kills", "faults", "undone"],
  ...["acknowledged", "kept", "lost", "doubled", "wrong"],
] as const;

export function headLine(): string {
  return ["store".padEnd(10), ...columns.map((name) => name.padStart(12))].join(" ");
}

export function lineOf(summary: StoreSummary): string {
  const numbers = columns.map((name) => String(summary[name]).padStart(12));
  return [summary.store.padEnd(10), ...numbers].join(" ");
}
