import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
  openMemoryChainStore,
  type StoredPayload,
} from "../../src/storage/index.ts";
import {
  certificateOf,
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

const stream = streamOf("purged");

/** A batch with payloads that are easily found in a file. */
export interface Batch {
  readonly transaction: TransactionOf<"records">;
  readonly payloads: readonly StoredPayload[];
  /** Bytes that stand in the file of whoever still has the first payload. */
  readonly canary: string;
}

/** A chain of one stream on a disk or in memory, and a second one in memory that knows what comes next. */
export class PurgeChain {
  readonly ledger: Ledger = newLedger(3);
  readonly owner: Founder = member(this.ledger, 0);
  readonly #folder: string | null;
  store!: ChainStore;

  private constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** A chain that has its stream, in a folder or in memory. */
  static async make(folder: string | null): Promise<PurgeChain> {
    const chain = new PurgeChain(folder);
    await chain.open();
    await chain.put([chain.create()]);
    return chain;
  }

  /** Opens the store again, or makes it. */
  async open(): Promise<void> {
    const folder = this.#folder;
    const { networkId, timeMs } = this.ledger.genesis;
    const genesis = { timeMs, changes: initialState(this.ledger.genesis) };
    const isNew = this.ledger.head.height === 0;
    if (folder === null) this.store = await openMemoryChainStore({ networkId, genesis });
    else if (isNew) {
      this.store = await openChainStore({ folder, networkId, mode: "create", genesis });
    } else this.store = await openChainStore({ folder, networkId, mode: "open" });
  }

  create(): Transaction {
    return sign(this.ledger, this.owner, streamCreate(this.ledger, this.owner, stream));
  }

  /** The next block, which is the head of the ledger in memory, but not of the store yet. */
  next(transactions: readonly Transaction[]): BlockCommit {
    const { block, changes, skipped } = buildBlock(plan(this.ledger, transactions));
    if (skipped[0] !== undefined) throw new Error(`left out: ${skipped[0].refusal.code}`);
    this.ledger.state.write(changes);
    const { height, timeMs } = block.header;
    this.ledger.head = { height, blockId: block.id, timeMs };
    return { block, changes, certificate: certificateOf(this.ledger.head) };
  }

  async put(transactions: readonly Transaction[], payloads: readonly StoredPayload[] = []) {
    const commit = this.next(transactions);
    if (payloads.length > 0) await this.store.putPayloads(this.ledger.head.height, payloads);
    await this.store.commit(commit);
  }

  /** A batch whose first payload says who it is, again and again. */
  batch(word: string, sequenceMore = 0, sizes: readonly number[] = [4_096, 528]): Batch {
    const canary = `canary of ${word} `;
    const bytes = sizes.map((size, part) =>
      part === 0 ? new Uint8Array(Buffer.alloc(size, canary)) : filler(`${word} ${part}`, size),
    );
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

  async write(word: string, sizes?: readonly number[]): Promise<Batch> {
    const batch = this.batch(word, 0, sizes);
    await this.put([batch.transaction], batch.payloads);
    return batch;
  }

  purging(first: number, last: number, sequenceMore = 0): Transaction {
    const content = purge(this.ledger, this.owner, stream as StreamId, [first, last]);
    const sequence = content.sequence + sequenceMore;
    return sign(this.ledger, this.owner, { ...content, sequence });
  }

  /** Files of the database of the payloads that have such a name. */
  files(end = ""): readonly string[] {
    if (this.#folder === null) throw new Error("a chain in memory has no files");
    const folder = join(this.#folder, "bodies");
    return readdirSync(folder)
      .filter((name) => name.endsWith(end))
      .map((name) => join(folder, name));
  }

  /** Which of these canaries stand in a file of the database. */
  found(batches: readonly Batch[]): readonly string[] {
    const files = this.files().map((path) => readFileSync(path));
    return batches.flatMap(({ canary }) =>
      files.some((bytes) => bytes.includes(canary)) ? canary : [],
    );
  }
}
