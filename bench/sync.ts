// How soon a node that has nothing is where the others are: see bench/README.md, Synchronising.

import { cp, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { quorumOf } from "@tegata/consensus";
import { createSigner, networkId, signBytes, verifySignature } from "@tegata/ledger/primitives";
import { drawBytes } from "@tegata/ledger/vault";
import { createNodeClient, type NodeStatus } from "@tegata/node/client";
import { nodePaths } from "../packages/node/src/config.ts";
import { ChildNode } from "../packages/node/test/helpers/child.ts";
import { Consortium, passphrase } from "../packages/node/test/helpers/consortium.ts";
import { growChain, snapshotBelow } from "../packages/node/test/helpers/grown-chain.ts";
import type { Written } from "../packages/node/test/helpers/writer.ts";
import { wordsOf } from "../test/helpers/campaign.ts";
import { leastUs } from "./samples.ts";
import { until } from "./waiting.ts";

const usage = `usage: npm run bench:sync -- [--json] [--blocks N] [--short N] [--keys N] [--rounds N]
  --json    one JSON document on stdout and nothing else
  --blocks  length of the long chain, 20000 otherwise
  --short   length of the short one, which has the same state, 5000 otherwise
  --keys    streams in the state, 2000 otherwise
  --rounds  how often a snapshot is taken, 3 otherwise: the best counts, others only make it slower
`;

const patienceMs = 20 * 60_000;
const streamsPerBlock = 100;
const [newcomer, ...others] = [3, 0, 1, 2] as const;

/** One arrival at the head of the others. */
interface Arrival {
  readonly blocks: number;
  /** From the first answer of the process until it has the others' height and state. */
  readonly seconds: number;
  /** Until it has all older blocks too; as above where it executed them. */
  readonly wholeSeconds: number;
  readonly blocksPerSecond: number;
  /** Share of what checking the signatures of these blocks alone would allow on one core. */
  readonly ratio: number;
}

/** What is measured. */
interface Sizes {
  readonly blocks: number;
  readonly short: number;
  readonly streams: number;
  readonly rounds: number;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function verifyUs(): number {
  const signer = createSigner(drawBytes(32));
  const message = signBytes("transaction", networkId(drawBytes(32)), 0, drawBytes(32));
  const signature = signer.sign(message);
  return leastUs(600, () => {
    if (!verifySignature(signer.publicKey, message, signature)) throw new Error("unverified");
  });
}

/** Streams in the first blocks, then one transaction a block: the state stays as it is. */
function workload(network: Consortium, streams: number): (height: number) => readonly Written[] {
  const writer = network.writer(0);
  return (height) => {
    const made = (height - 1) * streamsPerBlock;
    const count = Math.min(streamsPerBlock, streams - made);
    if (count <= 0) return [writer.void()];
    return Array.from({ length: count }, () => writer.createStream());
  };
}

function dataOf(network: Consortium, index: number): string {
  return nodePaths(network.member(index).config.home).data;
}

async function give(network: Consortium, folder: string, withSnapshot: boolean): Promise<void> {
  for (const index of others) {
    const data = dataOf(network, index);
    await rm(data, { recursive: true, force: true });
    await cp(folder, data, { recursive: true });
    await rm(join(data, "lock"), { recursive: true, force: true });
    if (!withSnapshot) await rm(join(data, "snapshots"), { recursive: true, force: true });
  }
  await rm(dataOf(network, newcomer), { recursive: true, force: true });
}

async function arrive(network: Consortium, heightLast: number): Promise<Omit<Arrival, "ratio">> {
  const nodes: ChildNode[] = [];
  const start = async (index: number): Promise<void> => {
    nodes.push(await ChildNode.start(network.member(index).config.home, passphrase));
  };
  const { socket: socketPath } = nodePaths(network.member(newcomer).config.home);
  const client = createNodeClient({ socketPath });
  try {
    for (const index of others) await start(index);
    await start(newcomer);
    // Reading a program takes the same time whatever is to be done.
    const beganMs = performance.now();
    const elapsed = async (what: string, isThere: (status: NodeStatus) => boolean) => {
      const look = async (): Promise<boolean> => client.status().then(isThere, () => false);
      await until(what, patienceMs, look);
      return (performance.now() - beganMs) / 1_000;
    };
    const isThere = ({ height, sync }: NodeStatus): boolean =>
      height >= heightLast && sync.kind !== "snapshot";
    const seconds = await elapsed("it has the height of the others", isThere);
    const wholeSeconds = await elapsed("it has all blocks", ({ sync }) => sync.kind === "none");
    return { blocks: heightLast, seconds, wholeSeconds, blocksPerSecond: heightLast / seconds };
  } finally {
    await client.close();
    await Promise.all(nodes.map((node) => node.kill()));
  }
}

function toRow(name: string, arrival: Arrival): string {
  const { blocks, seconds, wholeSeconds, blocksPerSecond, ratio } = arrival;
  return [
    `${name.padEnd(24)} ${String(blocks).padStart(6)} blocks`,
    `${seconds.toFixed(1)} s (${wholeSeconds.toFixed(1)} s with all blocks)`,
    `${Math.round(blocksPerSecond)} blocks/s`,
    `${(ratio * 100).toFixed(1)} % of the signature limit`,
  ].join("  ");
}

async function measure({ blocks, short, streams, rounds }: Sizes) {
  const beganMs = performance.now();
  const network = await Consortium.found(4);
  const kept = await mkdtemp(join(tmpdir(), "tegata-bench-sync-"));
  try {
    const limitUs = verifyUs();
    const written = workload(network, streams);
    const [first] = others;
    for (const length of [short, blocks]) {
      say(`building a chain of ${length} blocks ...`);
      const snapshots = [snapshotBelow(length)];
      await growChain(network, first, { heightLast: length, written, snapshots });
      await cp(dataOf(network, first), join(kept, String(length)), { recursive: true });
      await rm(join(dataOf(network, first), "snapshots"), { recursive: true });
    }
    const run = async (length: number, withSnapshot: boolean): Promise<Arrival> => {
      say(`${length} blocks, ${withSnapshot ? "from a snapshot" : "from the genesis"} ...`);
      await give(network, join(kept, String(length)), withSnapshot);
      const arrival = await arrive(network, length);
      // A certificate of a quorum, and one transaction.
      const limit = 1_000_000 / ((quorumOf(4) + 1) * Math.min(limitUs, verifyUs()));
      const result = { ...arrival, ratio: arrival.blocksPerSecond / limit };
      say(toRow("", result));
      return result;
    };
    const best = async (length: number): Promise<Arrival> => {
      const arrivals: Arrival[] = [];
      for (let round = 0; round < rounds; round += 1) arrivals.push(await run(length, true));
      return arrivals.reduce((one, other) => (one.seconds <= other.seconds ? one : other));
    };
    const shortSnapshot = await best(short);
    const snapshot = await best(blocks);
    const genesis = await run(blocks, false);
    return {
      schema: "tegata.bench.sync/1",
      machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length },
      seconds: (performance.now() - beganMs) / 1_000,
      verifyUs: Math.min(limitUs, verifyUs()),
      genesis,
      snapshot,
      shortSnapshot,
      /** The same state under four times as many blocks should cost the same. */
      quotient: snapshot.seconds / shortSnapshot.seconds,
    };
  } finally {
    await network.end();
    await rm(kept, { recursive: true, force: true });
  }
}

function toTable(report: Awaited<ReturnType<typeof measure>>): string {
  const { genesis, snapshot, shortSnapshot, quotient } = report;
  return [
    toRow("from the genesis", genesis),
    toRow("from a snapshot", snapshot),
    toRow("from a snapshot, short", shortSnapshot),
    `quotient of the two snapshots: ${quotient.toFixed(2)}`,
  ].join("\n");
}

async function main(): Promise<number> {
  const values = wordsOf(usage, {
    json: { type: "boolean", default: false },
    blocks: { type: "string", default: "20000" },
    short: { type: "string", default: "5000" },
    keys: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
  });
  const numbers = [values.blocks, values.short, values.keys, values.rounds].map(Number);
  const [blocks = 0, short = 0, streams = 0, rounds = 0] = numbers;
  if (
    !numbers.every(Number.isSafeInteger) ||
    short < 2_300 ||
    blocks < short ||
    streams < 0 ||
    rounds < 1
  ) {
    process.stderr.write(usage);
    return 64;
  }
  const report = await measure({ blocks, short, streams, rounds });
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : toTable(report)}\n`);
  return 0;
}

process.exitCode = await main();
