import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "@tegata/gateway";
import { createGatewayClient } from "@tegata/gateway/client";
import { type Prng, prng } from "../../packages/consensus/sim/prng.ts";
import { compareChains } from "../chaos/chain-watch.ts";
import type { RunningCommand } from "../helpers/command.ts";
import type { Company, Program } from "../helpers/company.ts";
import { introduce } from "../helpers/consortium.ts";
import { until } from "../helpers/waiting.ts";
import { Disk, type Plan } from "./disk.ts";
import { describe, type EpisodeResult } from "./episode.ts";

/** What happens to a company. */
export interface CompanyOptions {
  /** Starts, each of which ends with a power cut or on a disk that is full. */
  readonly cuts: number;
  readonly seed: number;
  readonly library: string;
  readonly isLying: boolean;
  readonly say: (text: string) => void;
}

const programs: readonly Program[] = ["node", "gateway"];
const rowsPerSubmission = 5;
/** About as many calls as a company makes of its disk in its first half minute. */
const callsMax = 1_200;
const patienceMs = 180_000;
/** A disk that stays full is given back its room after so long. */
const fullMs = 4_000;
/** Exit codes after which nobody starts a program again without a person. Source: docs/OPERATING.md. */
const finalExits: ReadonlySet<number> = new Set([76, 77, 78, 79]);

/** Ends whatever still runs of a company whose power is cut. */
async function endAll(company: Company, running: RunningCommand) {
  const pids = programs.map((program) => company.pidOf(program));
  running.process.kill("SIGKILL");
  for (const pid of pids) if (pid !== null) process.kill(pid, "SIGKILL");
  const { code, stderr } = await running.ended;
  await until("all is gone", () => programs.every((program) => company.pidOf(program) === null));
  return { code, words: stderr.slice(-400) };
}

/** Rows that go in as fast as they are taken; each has a number of its own. */
class Rows {
  readonly #company: Company;
  readonly #stream: string;
  acknowledged = 0;

  constructor(company: Company, stream: string) {
    this.#company = company;
    this.#stream = stream;
  }

  /** Until it is told that it is over; what got no answer is handed in again under its key. */
  async handIn(isOver: () => boolean): Promise<void> {
    const socketPath = join(this.#company.home, "run", "gateway.sock");
    const gateway = createGatewayClient({ socketPath });
    try {
      while (!isOver()) {
        const first = this.acknowledged;
        const rows = Array.from({ length: rowsPerSubmission }, (_, index) => {
          return { timeMs: 1_700_000_000_000 + first + index, cells: { stroke: first + index } };
        });
        try {
          await gateway.submitRows(this.#stream, { rows, backfill: true }, `stroke ${first}`);
          this.acknowledged += rowsPerSubmission;
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    } finally {
      gateway.close();
    }
  }

  /** Waits until all of them are on the ledger, and counts them. */
  async account(): Promise<Pick<EpisodeResult, "kept" | "lost" | "doubled">> {
    await until(
      "the outbox is empty",
      async () => {
        const status = await this.#company.ask((gateway) => gateway.status()).catch(() => null);
        return status !== null && status.outbox.waiting + status.outbox.inFlight === 0;
      },
      patienceMs,
    );
    const counts = new Map<number, number>();
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#company.ask((gateway) => gateway.records(this.#stream, query));
      for (const { cells } of page.items) {
        counts.set(Number(cells.stroke), (counts.get(Number(cells.stroke)) ?? 0) + 1);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    const all = Array.from({ length: this.acknowledged }, (_, stroke) => stroke);
    const lost = all.filter((stroke) => !counts.has(stroke)).map((stroke) => `row ${stroke}`);
    const doubled = [...counts].filter(([, count]) => count > 1).map(([row]) => `row ${row}`);
    return { kept: all.length - lost.length, lost, doubled };
  }
}

function begin(company: Company): RunningCommand {
  const words = ["start", "--foreground", "--json", "--passphrase-file"];
  return company.begin([...words, company.place.passphraseFile]);
}

function drawPlan(draw: Prng, index: number): Plan {
  const at = 1 + draw.below(callsMax);
  const when = (["before", "halfway", "after"] as const)[draw.below(3)] ?? "before";
  if (index % 6 === 1) {
    return {
      type: "fault",
      kind: "sync",
      from: 1 + draw.below(callsMax / 4),
      count: 1,
      code: "EIO",
    };
  }
  if (index % 3 === 2)
    return { type: "fault", kind: "write", from: at, count: null, code: "ENOSPC" };
  return draw.chance(0.5)
    ? { type: "power", kind: "any", at, when }
    : { type: "power", kind: "sync", at: 1 + draw.below(callsMax / 4), when };
}

/** A network of two: nothing is decided without both, and the other one notices everything. */
interface Pair {
  /** Its home lies on the disk. */
  readonly company: Company;
  readonly other: Company;
}

async function foundPair(disk: Disk, folder: string): Promise<Pair> {
  const company = await introduce(disk.root, "kato", "Kato Press");
  const other = await introduce(folder, "toda", "Toda Forging");
  try {
    await copyFile(other.path("card"), company.path("toda"));
    await company.must(["init", "--found", "toda"]);
    await other.must(["init", "--genesis", join(company.home, "genesis")]);
    await Promise.all([company.start(), other.start()]);
    await company.untilReady();
    return { company, other };
  } catch (error) {
    await Promise.all([company.end(), other.end()]);
    throw error;
  }
}

async function createStream(company: Company): Promise<string> {
  const field = { name: "stroke", type: "integer", facet: "all", unit: null } as const;
  const { id } = await company.ask((gateway) =>
    gateway.createStream(
      {
        ...{ name: "press", category: "equipment-status" },
        facets: [{ name: "all", disclosure: "row" }],
        fields: [field],
      },
      { waitMs: 60_000 },
    ),
  );
  return id;
}

interface Leg {
  readonly company: Company;
  readonly disk: Disk;
  readonly rows: Rows;
  readonly plan: Plan;
}

/** One start under load until its power is cut, or its disk was full for a while; gives what was wrong. */
async function suffer({ company, disk, rows, plan }: Leg): Promise<string[]> {
  const running = begin(company);
  let code: number | null = null;
  void running.ended.then((end) => {
    code = end.code;
  });
  const startMs = performance.now();
  let failedMs: number | null = null;
  const isOver = (): boolean => {
    if (disk.faults > 0) failedMs ??= performance.now();
    const isFullLongEnough = failedMs !== null && performance.now() - failedMs > fullMs;
    const isLate = performance.now() - startMs > patienceMs;
    return code !== null || disk.isDead || isFullLongEnough || isLate;
  };
  await rows.handIn(isOver);
  const { code: exit, words } = await endAll(company, running);
  if (plan.type === "power" && disk.isDead) return [];
  const isLate = plan.type === "power" || disk.faults === 0;
  if (isLate && code === null) return [`nothing happened in ${patienceMs / 1_000} seconds`];
  return finalExits.has(exit) ? [`ended with ${exit}: ${words}`] : [];
}

/** One chain, and every acknowledged row on it once. */
async function settle({ company, other }: Pair, rows: Rows) {
  company.variables = {};
  await company.start();
  await company.untilReady(0, patienceMs);
  const account = await rows.account();
  const { count: chains, repeated } = await compareChains([company, other]);
  const wrong = chains === 1 ? [] : [`${chains} chains`];
  const twice = repeated === 0 ? [] : [`${repeated} transactions on the chain`];
  return { ...account, doubled: [...account.doubled, ...twice], wrong };
}

async function playPair(pair: Pair, disk: Disk, options: CompanyOptions): Promise<EpisodeResult> {
  const { cuts, seed, say } = options;
  const { company } = pair;
  const draw = prng(seed, "company");
  const result = { powerCuts: 0, kills: 0, faults: 0, undone: 0 };
  const wrong: string[] = [];
  const rows = new Rows(company, await createStream(company));
  await company.stop();
  company.variables = disk.variables;
  let isFresh = true;
  for (let index = 0; index < cuts; index += 1) {
    const plan = drawPlan(draw, index);
    if (isFresh) disk.begin(plan);
    else disk.goOn(plan);
    isFresh = plan.type === "power";
    const before = rows.acknowledged;
    wrong.push(...(await suffer({ company, disk, rows, plan })));
    result.faults += disk.faults;
    if (plan.type === "power") {
      const remains = disk.lose(draw);
      result.powerCuts += 1;
      result.undone += remains.namesLost + remains.filesChanged;
    }
    say(`  company: ${describe(plan)}, ${rows.acknowledged - before} rows acknowledged`);
  }
  const { wrong: more, ...account } = await settle(pair, rows);
  const { acknowledged } = rows;
  return { ...result, ...account, acknowledged, wrong: [...wrong, ...more] };
}

/** Power cuts and full disks of a company in turn, rows handed in all the time. */
export async function playCompany(options: CompanyOptions): Promise<EpisodeResult> {
  const folder = mkdtempSync(join(tmpdir(), "tegata-power-"));
  const disk = new Disk(folder, options.library, options.isLying);
  let pair: Pair | null = null;
  try {
    pair = await foundPair(disk, folder);
    return await playPair(pair, disk, options);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const nothing = { powerCuts: 0, kills: 0, faults: 0, undone: 0, acknowledged: 0, kept: 0 };
    return { ...nothing, lost: [], doubled: [], wrong: [what] };
  } finally {
    await Promise.all([pair?.company.end(), pair?.other.end()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
