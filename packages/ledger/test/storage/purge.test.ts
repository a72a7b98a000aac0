import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  buildBlock,
  initialState,
  type Transaction,
  type TransactionOf,
} from "../../src/chain/index.ts";
import { hashId, type StreamId, sha256 } from "../../src/primitives/index.ts";
import {
  type BlockCommit,
  type ChainStore,
  openChainStore,
  type StoredPayload,
} from "../../src/storage/index.ts";
import {
  type Founder,
  filler,
  type Ledger,
  member,
  newLedger,
  plan,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
} from "../chain/fixtures.ts";
import { certificateOf } from "./sample-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const stream = streamOf("purged");

/** A batch with payloads that are easily found in a file. */
interface Batch {
  readonly transaction: TransactionOf<"records">;
  readonly payloads: readonly StoredPayload[];
  /** Bytes that stand in the file of whoever still has the first payload. */
  readonly canary: string;
}

/** A chain on a disk, and a second one in memory that knows what comes next. */
class Chain {
  readonly folder = temporaryFolder();
  readonly ledger: Ledger = newLedger(3);
  readonly owner: Founder = member(this.ledger, 0);
  store!: ChainStore;

  async open(): Promise<void> {
    const { folder } = this;
    const { networkId, timeMs } = this.ledger.genesis;
    const isNew = this.ledger.head.height === 0;
    const genesis = { timeMs, changes: initialState(this.ledger.genesis) };
    this.store = await openChainStore(
      isNew ? { folder, networkId, mode: "create", genesis } : { folder, networkId, mode: "open" },
    );
    if (isNew) await this.put([sign(this.ledger, this.owner, this.#create())]);
  }

  #create() {
    return streamCreate(this.ledger, this.owner, stream);
  }

  /** The next block, which is the head of the ledger in memory, but not of the store yet. */
  next(transactions: readonly Transaction[]): BlockCommit {
    const { block, changes } = buildBlock(plan(this.ledger, transactions));
    if (block.transactions.length !== transactions.length) throw new Error("one was left out");
    this.ledger.state.write(changes);
    const { height, timeMs } = block.header;
    this.ledger.head = { height, blockId: block.id, timeMs };
    return { block, changes, certificate: certificateOf(height) };
  }

  async put(transactions: readonly Transaction[], payloads: readonly StoredPayload[] = []) {
    const commit = this.next(transactions);
    if (payloads.length > 0) await this.store.putPayloads(this.ledger.head.height, payloads);
    await this.store.commit(commit);
  }

  /** A batch whose first payload says who it is, again and again. */
  batch(word: string, sequenceMore = 0, size = 4_096): Batch {
    const canary = `canary of ${word} `;
    const first = new Uint8Array(Buffer.alloc(size, canary));
    const bytes = [first, filler("part 1", 528)];
    const content = records(this.ledger, this.owner, stream);
    const transaction = sign(this.ledger, this.owner, {
      ...content,
      sequence: content.sequence + sequenceMore,
      payloads: bytes.map((one) => ({ hash: hashId(sha256(one)), size: one.length })),
    });
    const payloads = bytes.map((one, part) => ({
      transactionId: transaction.id,
      part,
      bytes: one,
    }));
    return { transaction, payloads, canary };
  }

  async write(word: string): Promise<Batch> {
    const batch = this.batch(word);
    await this.put([batch.transaction], batch.payloads);
    return batch;
  }

  purging(first: number, last: number, sequenceMore = 0): Transaction {
    const content = purge(this.ledger, this.owner, stream as StreamId, [first, last]);
    const sequence = content.sequence + sequenceMore;
    return sign(this.ledger, this.owner, { ...content, sequence });
  }

  /** Which of these canaries stand in a file of the database. */
  found(batches: readonly Batch[]): readonly string[] {
    const folder = join(this.folder, "bodies");
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    return batches.flatMap(({ canary }) =>
      files.some((bytes) => bytes.includes(canary)) ? canary : [],
    );
  }
}

async function opened(): Promise<Chain> {
  const chain = new Chain();
  await chain.open();
  return chain;
}

test("pitfall 23: a purge leaves no byte of a payload in the files, whether they were just written or long ago", async () => {
  const chain = await opened();
  const old = [await chain.write("one"), await chain.write("two"), await chain.write("three")];
  // Closing and opening writes what is in memory into tables.
  await chain.store.close();
  await chain.open();
  const young = [await chain.write("four"), await chain.write("five")];
  const all = [...old, ...young];
  expect(chain.found(all)).toEqual(all.map(({ canary }) => canary));
  await chain.put([chain.purging(3, 5)]);
  // What is not served is not yet deleted.
  expect(chain.store.payload(old[1]?.payloads[0] as StoredPayload)).toBeNull();
  const outcome = await chain.store.purge();
  expect(outcome).toEqual({ payloads: 6, bytes: 3 * (4_096 + 528), damagedHeights: [] });
  const kept = [old[0], young[1]] as readonly Batch[];
  expect(chain.found(all)).toEqual(kept.map(({ canary }) => canary));
  for (const { payloads } of kept) {
    for (const payload of payloads) expect(chain.store.payload(payload)).toEqual(payload.bytes);
  }
  expect(await chain.store.purge()).toMatchObject({ payloads: 0 });
  await chain.store.close();
});

test("what is purged is not served, not missing and not taken in again", async () => {
  const chain = await opened();
  const batch = await chain.write("lagging peer");
  const height = chain.store.head().height;
  expect(chain.store.isPurged(batch.transaction.id)).toBe(false);
  await chain.put([chain.purging(2, 2)]);
  for (const purge of [async () => undefined, () => chain.store.purge()]) {
    await purge();
    expect(chain.store.isPurged(batch.transaction.id)).toBe(true);
    for (const payload of batch.payloads) expect(chain.store.payload(payload)).toBeNull();
    expect(chain.store.missingPayloads(height)).toEqual([]);
    await chain.store.putPayloads(height, batch.payloads);
  }
  expect(chain.found([batch])).toEqual([]);
  expect(chain.store.block(height)?.transactions).toHaveLength(1);
  await chain.store.close();
});

test("an end between the commit and the deletion is made good by the next start", async () => {
  const chain = await opened();
  const batch = await chain.write("killed");
  await chain.put([chain.purging(2, 2)]);
  await chain.store.close();
  await chain.open();
  expect(chain.found([batch])).toEqual([batch.canary]);
  expect(chain.store.payload(batch.payloads[0] as StoredPayload)).toBeNull();
  expect(await chain.store.purge()).toMatchObject({ payloads: 2 });
  expect(chain.found([batch])).toEqual([]);
  await chain.store.close();
});

test("blocks committed together with their purge leave nothing behind, even within one block", async () => {
  const chain = await opened();
  const [first, second] = [chain.batch("run"), chain.batch("same block", 1)];
  const height = chain.store.head().height + 1;
  await chain.store.putPayloads(height, first.payloads);
  const run = [chain.next([first.transaction])];
  await chain.store.putPayloads(height + 1, second.payloads);
  run.push(chain.next([second.transaction, chain.purging(2, 3, 1)]));
  await chain.store.commit(...run);
  expect(await chain.store.purge()).toMatchObject({ payloads: 4 });
  expect(chain.found([first, second])).toEqual([]);
  expect(chain.store.missingPayloads(height)).toEqual([]);
  expect(chain.store.missingPayloads(height + 1)).toEqual([]);
  await chain.store.close();
});

test("a purge that is committed while another is carried out is not forgotten", async () => {
  const chain = await opened();
  const [first, second] = [chain.batch("first"), chain.batch("second", 1)];
  await chain.put([first.transaction, second.transaction], [...first.payloads, ...second.payloads]);
  await chain.put([chain.purging(2, 2)]);
  const running = chain.store.purge();
  await chain.put([chain.purging(3, 3)]);
  await running;
  await chain.store.purge();
  expect(chain.found([first, second])).toEqual([]);
  await chain.store.close();
});
