import type { Consortium } from "./consortium.ts";
import type { Load } from "./load.ts";
import { readAll, syncsOf, type Usage, usageBetween } from "./meter.ts";
import { pause, until } from "./waiting.ts";

/** What a network did under load. */
export interface Throughput {
  /** Records a second. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly records: number;
  readonly transactions: number;
  readonly blocks: number;
  readonly recordsPerTransaction: number;
  /** Synced writes of one node a block, where it counts them. */
  readonly syncsPerBlock: number | null;
  /** Bytes a node's folder grew by, a record. */
  readonly diskBytesPerRecord: number;
  /** CPU time a record on all nodes together, on all gateways, and of who submits. */
  readonly cpuUsPerRecord: {
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
const commitsMin = 4;
const looksMax = 4;
const drainPatienceMs = 60_000;

interface Point {
  readonly atMs: number;
  readonly records: number;
}

/** Looks at a load until a moment, and notes each change of what is committed. */
async function follow(load: Load, untilMs: number, points: Point[]): Promise<void> {
  do {
    const { records } = await load.progress();
    if (records !== points.at(-1)?.records) points.push({ atMs: performance.now(), records });
    await pause(pollMs);
  } while (performance.now() < untilMs);
}

/**
 * Keeps the network busy for a while and counts what is committed, from the first commit seen after the start
 * to the last: whole blocks, so that none is counted in part. In the end all that was handed over must have
 * been committed on every node.
 */
export async function measureThroughput(
  consortium: Consortium,
  load: Load,
  window: Window,
): Promise<Throughput> {
  const { companies, running } = consortium;
  const [first] = companies;
  if (first === undefined) throw new Error("a network has companies");
  const read = async () => ({
    height: (await first.node.status()).height,
    syncs: await syncsOf(first),
    progress: await load.progress(),
    all: readAll(running, companies, load.pids),
  });
  load.start();
  await follow(load, performance.now() + window.warmUpMs, []);
  const before = await read();
  const points: Point[] = [{ atMs: before.all.atMs, records: before.progress.records }];
  // A machine that is busy with other things may take longer than the window for a few commits.
  for (let looks = 0; looks < looksMax && points.length <= commitsMin; looks += 1) {
    await follow(load, performance.now() + window.measureMs, points);
  }
  const after = await read();
  const submitted = await load.stop();
  await until("everything submitted is committed", drainPatienceMs, async () => {
    return (await load.progress()).records >= submitted;
  });
  const [, from] = points;
  const to = points.at(-1);
  if (from === undefined || to === undefined || from === to) {
    throw new Error(`nothing was committed within ${window.measureMs * looksMax} ms`);
  }
  const seconds = (to.atMs - from.atMs) / 1_000;
  const records = after.progress.records - before.progress.records;
  const transactions = after.progress.transactions - before.progress.transactions;
  const blocks = after.height - before.height;
  const usage = usageBetween(before.all, after.all);
  const each = (ms: number | null): number | null => (ms === null ? null : (ms * 1e3) / records);
  return {
    perSecond: (to.records - from.records) / seconds,
    seconds,
    records,
    transactions,
    blocks,
    recordsPerTransaction: records / Math.max(1, transactions),
    syncsPerBlock:
      after.syncs === null || before.syncs === null ? null : (after.syncs - before.syncs) / blocks,
    diskBytesPerRecord: usage.diskBytesPerNode / records,
    cpuUsPerRecord: {
      nodes: each(usage.cpuMs.nodes),
      gateways: each(usage.cpuMs.gateways),
      load: (usage.cpuMs.load * 1e3) / records,
    },
    usage,
  };
}
