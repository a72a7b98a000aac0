import type { CommitCertificate } from "@tegata/consensus";
import {
  assembleBlock,
  type Block,
  encodeHeader,
  initialState,
  isCheckpoint,
  TABLE,
} from "@tegata/ledger/chain";
import type { BlockId, Hash } from "@tegata/ledger/primitives";
import { type ChainStore, openMemoryChainStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BlockDesk } from "../../src/host/block-desk.ts";
import { readCertificate } from "../../src/host/certificates.ts";
import { type Commit, Ledger } from "../../src/host/ledger.ts";
import { type BlockAhead, gatherRun, type RunParts, runLimits } from "../../src/host/run.ts";
import { Signatures } from "../../src/host/signatures.ts";
import { createLog } from "../../src/log.ts";
import { Mempool } from "../../src/mempool/mempool.ts";
import { Timers } from "../../src/timers.ts";
import { Consortium } from "../helpers/consortium.ts";
import { certify, growChain, openGrown } from "../helpers/grown-chain.ts";

const heightLast = 300;

let network: Consortium;
let grown: ChainStore;
let blocks: readonly BlockAhead[];

beforeAll(async () => {
  network = await Consortium.found(4);
  const writer = network.writer(0);
  const written = () => [writer.void()];
  await growChain(network, 0, { heightLast, written, snapshots: [] });
  grown = await openGrown(network, 0);
  blocks = [...grown.blocks(1, heightLast)].map((block) => {
    const bytes = grown.certificate(block.header.height);
    const certificate = bytes === null ? null : readCertificate(bytes);
    if (certificate === null) throw new Error("a grown block has its certificate");
    return { block, certificate };
  });
});

afterAll(async () => {
  await grown.close();
  await network.end();
});

let store: ChainStore;
let ledger: Ledger;
let desk: BlockDesk;
let timers: Timers;

beforeEach(async () => {
  const { networkId, timeMs } = network.genesis;
  const changes = initialState(network.genesis);
  store = await openMemoryChainStore({ networkId, genesis: { timeMs, changes } });
  ledger = await Ledger.load(store, 0, network.member(3).consensusKey.publicKey);
  timers = new Timers();
  desk = new BlockDesk({
    store,
    reader: ledger.reader,
    pool: new Mempool({ nextSequence: () => 1, check: () => ({ ok: true }), memberCount: () => 4 }),
    signatures: new Signatures(networkId, 0),
    timers,
    clock: { nowMs: () => Date.now() },
    log: createLog("error", null),
    network: { connected: () => [], request: () => new Promise(() => undefined) },
    certified: (bytes, decided) => ledger.certified(bytes, decided),
    offence: () => null,
    onFresh: () => undefined,
    isHeartbeatDue: () => false,
  });
});

afterEach(async () => {
  timers.stop();
  await store.close();
});

function at(height: number): BlockAhead {
  const found = blocks[height - 1];
  if (found === undefined) throw new Error(`no block ${height}`);
  return found;
}

/** What a run is gathered from: the grown chain, with other blocks in place of some of its own. */
function partsWith(others: ReadonlyMap<number, BlockAhead> = new Map()): RunParts {
  return {
    ...{ ledger, desk, isStopped: () => false },
    past: { isShared: () => false },
    ahead: (height) => others.get(height) ?? blocks[height - 1] ?? null,
  };
}

/** The block after the head, as consensus decided it. */
async function decided(): Promise<Commit> {
  const { block, certificate } = at(ledger.head.height + 1);
  const certified: Ledger["certified"] = (bytes, of) => ledger.certified(bytes, of);
  const base = { head: store.head(), reader: ledger.reader, certified };
  const execution = await desk.executeOn(base, block);
  if (execution?.ok !== true) throw new Error("a grown block is valid");
  return { block, certificate, effect: execution.effect };
}

function heightsOf(commits: readonly Commit[]): readonly number[] {
  return commits.map(({ block }) => block.header.height);
}

/** A block that says something else than the one of its height, decided by a quorum all the same. */
function decidedOtherwise(
  { block, certificate }: BlockAhead,
  changed: Partial<Block["header"]>,
): BlockAhead {
  const headerBytes = encodeHeader({ ...block.header, ...changed });
  const { transactions, previousCertificate, evidence } = block;
  const other = assembleBlock({ headerBytes, transactions, previousCertificate, evidence });
  const { height } = certificate;
  return { block: other, certificate: certify(network, ledger, { height, blockId: other.id }) };
}

function withoutSignature({ block, certificate }: BlockAhead): BlockAhead {
  const [first, ...rest] = certificate.signatures;
  if (first === undefined) throw new Error("a certificate has signatures");
  const forged: CommitCertificate = {
    ...certificate,
    signatures: [[first[0], new Uint8Array(64)], ...rest],
  };
  return { block, certificate: forged };
}

describe("blocks that are at hand behind a decided one", () => {
  test("are committed with it, up to a checkpoint and within bounds, and give the same state", async () => {
    const runs: (readonly number[])[] = [];
    while (ledger.head.height < heightLast) {
      const commits = await gatherRun(await decided(), partsWith());
      await ledger.commit(...commits);
      runs.push(heightsOf(commits));
    }
    expect(runs.flat()).toEqual(blocks.map(({ block }) => block.header.height));
    expect(Math.max(...runs.map((run) => run.length))).toBe(runLimits.blocksMax);
    expect(runs.find((run) => run.includes(256))?.at(-1)).toBe(256);
    for (const run of runs) expect(run.slice(0, -1).some(isCheckpoint)).toBe(false);
    expect(store.head()).toEqual(grown.head());
    expect(store.stateRoot(256)).toBe(grown.stateRoot(256));
    const entries = async (of: ChainStore): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const entry of of.stateEntries(new Uint8Array(0))) found.push(entry);
      return found;
    };
    expect(await entries(store)).toEqual(await entries(grown));
  });

  test("are no more than a run may hold, in number and in bytes", async () => {
    const first = await decided();
    const few = { blocksMax: 5, bytesMax: runLimits.bytesMax };
    expect(heightsOf(await gatherRun(first, partsWith(), few))).toEqual([1, 2, 3, 4, 5]);
    const bytesMax = 4 * at(2).block.bytes.length;
    const small = await gatherRun(first, partsWith(), { blocksMax: 64, bytesMax });
    const sizes = small.map(({ block }) => block.bytes.length);
    expect(small.length).toBeGreaterThan(1);
    expect(sizes.slice(0, -1).reduce((sum, size) => sum + size, 0)).toBeLessThan(bytesMax);
    expect(heightsOf(await gatherRun(first, partsWith(), { blocksMax: 64, bytesMax: 1 }))).toEqual([
      1,
    ]);
  });

  const wrongs: readonly (readonly [string, () => BlockAhead])[] = [
    ["that no quorum decided", () => withoutSignature(at(20))],
    ["of another height", () => at(21)],
    ["with the certificate of another", () => ({ ...at(20), certificate: at(19).certificate })],
    [
      "that follows another block",
      () => decidedOtherwise(at(20), { previousBlockId: "5e".repeat(32) as BlockId }),
    ],
    [
      "that does something else than its header says",
      () => decidedOtherwise(at(20), { changesRoot: "5e".repeat(32) as Hash }),
    ],
  ];
  test.each(wrongs)("end before one %s, and those before it are kept", async (_, wrong) => {
    const commits = await gatherRun(await decided(), partsWith(new Map([[20, wrong()]])));
    expect(heightsOf(commits)).toEqual(Array.from({ length: 19 }, (_one, index) => index + 1));
    await ledger.commit(...commits);
    expect(ledger.head).toEqual({ ...store.head(), height: 19, blockId: at(19).block.id });
    // The right one follows.
    const next = await gatherRun(await decided(), partsWith());
    expect(heightsOf(next)[0]).toBe(20);
  });

  test("end before one in which the own key said what nobody knows of", async () => {
    const parts = partsWith();
    const isShared = ({ height }: CommitCertificate): boolean => height === 8;
    const commits = await gatherRun(await decided(), { ...parts, past: { isShared } });
    expect(heightsOf(commits)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test.each(["member", "validators", "parameters", "evidence", "protocolVersions"] as const)(
    "wait for a commit of their own after a block that writes the table %s",
    async (table) => {
      const first = await decided();
      const written = [Uint8Array.of(TABLE[table], 9), Uint8Array.of(1)] as const;
      const effect = { ...first.effect, changes: [...first.effect.changes, written] };
      expect(await gatherRun({ ...first, effect }, partsWith())).toHaveLength(1);
    },
  );
});
