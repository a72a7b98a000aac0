import type { Consortium } from "./consortium.ts";
import { committedEverywhere } from "./lanes.ts";
import type { Load } from "./load.ts";
import { readAll, syncsOf, type Usage, usageBetween } from "./meter.ts";
import { pause, until } from "./waiting.ts";

/** What a network did under load. */
export interface Throughput {
  /** Transactions a second, committed on every node. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly transactions: number;
  readonly blocks: number;
  /** Synced writes of one node a block, where it counts them. */
  readonly syncsPerBlock: number | null;
  /** Bytes the node's folder grew by, a transaction. */
  readonly diskBytesPerTransaction: number;
  /** CPU time a transaction on all nodes together, on all gateways, and of who submits. */
  readonly cpuUsPerTransaction: {
    readonly nodes: number | null;
    readonly gateways: number | null;
    readonly load: number;
  };
  readonly usage: Usage;
}

/** How long to look, after which start. */
export interface Window {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const pollMs = 40;
/** Commits that a rate is computed from at least, and for how many windows they are waited for. */
const pointsMin = 5;
const looksMax = 4;
const drainPatienceMs = 60_000;

interface Point {
  readonly atMs: number;
  readonly count: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/**
 * Keeps the network busy for a while and counts what all nodes have committed, from the first commit seen
 * after the start to the last: whole blocks, so that none is counted in part.
 */
export async function measureThroughput(
  consortium: Consortium,
  load: Load,
  window: Window,
): Promise<Throughput> {
  const { companies } = consortium;
  const points: Point[] = [];
  const follow = async (untilMs: number): Promise<void> => {
    do {
      const sequences = await committedEverywhere(companies, load.lanes);
      load.setCommitted(sequences);
      const count = sum(sequences);
      if (count !== points.at(-1)?.count) points.push({ atMs: performance.now(), count });
      await pause(pollMs);
    } while (performance.now() < untilMs);
  };
  load.start();
  await follow(performance.now() + window.warmUpMs);
  const [first] = companies;
  if (first === undefined) throw new Error("a network has companies");
  const heightFirst = (await first.node.status()).height;
  const syncsFirst = await syncsOf(first);
  const before = readAll(consortium.running, companies, load.pids);
  // The first point is a commit and not the moment somebody looked.
  points.splice(0, points.length - 1);
  const base = points.pop()?.count ?? 0;
  const start: Point = { atMs: before.atMs, count: base };
  points.push(start);
  // A machine that is busy with other things may take longer than the window for a few commits.
  for (let looks = 0; looks < looksMax && points.length < pointsMin; looks += 1) {
    await follow(performance.now() + window.measureMs);
  }
  const after = readAll(consortium.running, companies, load.pids);
  const syncs = await syncsOf(first);
  const blocks = (await first.node.status()).height - heightFirst;
  const submitted = await load.stop();
  const target = sum(submitted) + load.lanes.length;
  await until("everything submitted is committed", drainPatienceMs, async () => {
    return sum(await committedEverywhere(companies, load.lanes)) >= target;
  });
  const commits = points.filter((point) => point !== start);
  const [from, to] = [commits[0], commits.at(-1)];
  if (from === undefined || to === undefined || from === to) {
    throw new Error(`nothing was committed within ${window.measureMs} ms`);
  }
  const seconds = (to.atMs - from.atMs) / 1_000;
  const transactions = to.count - from.count;
  const usage = usageBetween(before, after);
  const counted = to.count - base;
  const { nodes, gateways, load: loading } = usage.cpuMs;
  const usEach = (ms: number | null): number | null => (ms === null ? null : (ms * 1e3) / counted);
  const cpuUsPerTransaction = {
    nodes: usEach(nodes),
    gateways: usEach(gateways),
    load: (loading * 1e3) / counted,
  };
  return {
    perSecond: transactions / seconds,
    seconds,
    transactions,
    blocks,
    syncsPerBlock: syncs === null || syncsFirst === null ? null : (syncs - syncsFirst) / blocks,
    diskBytesPerTransaction: usage.diskBytesPerNode / counted,
    cpuUsPerTransaction,
    usage,
  };
}
