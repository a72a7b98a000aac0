import {
  applyTransaction,
  type Block,
  type BlockContext,
  budgetFor,
  buildBlock,
  checkTransaction,
  decodeTransaction,
  type Genesis,
  genesisHead,
  type Head,
  initialState,
  isPurged,
  memoryState,
  StateView,
  type Transaction,
  type TransactionOf,
} from "@tegata/ledger/chain";
import { type Hash, toHex } from "@tegata/ledger/primitives";
import type {
  Cure,
  JoinListenerClosed,
  JoinListenerPlace,
  JoinRequestItem,
  NodeClient,
  NodeStatus,
  OwnRefusal,
  Sidecar,
  SubmitAnswer,
} from "@tegata/node/client";
import { NodeError } from "../../../node/src/errors.ts";

/** What a node does with the next submission. */
export type Mood = "honest" | "away" | "silent" | "forgetful";

/** What a ledger refuses beside its rules. */
export type Policy = (
  transaction: Transaction,
) => { readonly code: string; readonly cure: Cure } | null;

const stateRoot = "00".repeat(32) as Hash;

/**
 * The real rules of the ledger with the worst network around them: any version of a transaction that was
 * ever sent may still be included, answers get lost, the mempool forgets. Blocks are made when told.
 */
export class HostileLedger implements NodeClient {
  readonly genesis_: Genesis;
  readonly #state;
  readonly #blocks: Block[] = [];
  readonly #payloads = new Map<string, readonly Uint8Array[]>();
  /** Everything that was ever handed in and could still pass, by whoever holds it. */
  #known = new Map<string, Transaction>();
  readonly #refusals: OwnRefusal[] = [];
  #head: Head;
  /** First height whose block it gives; 0 where it gives all. */
  base = 0;
  /** How often it was asked for blocks. */
  blocksAsked = 0;
  /** Whether companies that are invited could come in. */
  joinListener: JoinListenerPlace | JoinListenerClosed = {
    ...{ state: "closed", reason: "no-address", listen: [] },
  };
  /** What is handed in at the door, and what the gateway answered: null where it is on the ledger. */
  readonly joinItems: JoinRequestItem[] = [];
  readonly joinAnswers = new Map<number, string | null>();
  #waiting: (() => void)[] = [];
  #down = false;
  mood: (transaction: Transaction) => Mood = () => "honest";
  policy: Policy = () => null;
  /** Time of the members' clocks. */
  nowMs: () => number = () => Date.now();
  /** Makes a block by itself as soon as something was handed in. */
  isPrompt = false;
  #making = false;

  constructor(genesis: Genesis) {
    this.genesis_ = genesis;
    this.#state = memoryState(initialState(genesis));
    this.#head = genesisHead(genesis);
  }

  get blocksMade(): readonly Block[] {
    return this.#blocks;
  }

  /** Makes a block of what is known; `choose` orders the versions of one sequence. */
  makeBlock(choose: (transactions: readonly Transaction[]) => readonly Transaction[]): Block {
    const proposer = this.genesis_.cards[0]?.memberId;
    if (proposer === undefined) throw new Error("no member");
    const candidates = choose([...this.#known.values()]).filter((one) => this.policy(one) === null);
    const timeMs = Math.max(this.nowMs(), this.#head.timeMs + 1);
    const { block, changes } = buildBlock({
      reader: this.#state,
      head: this.#head,
      candidates,
      budget: budgetFor(0),
      timeMs,
      proposer,
      stateRoot,
      previousCertificate: new Uint8Array(0),
      certified: this.#head.height === 0 ? null : { round: 0, voters: [] },
      evidence: [],
      offence: () => null,
    });
    this.#state.write(changes);
    this.#blocks.push(block);
    this.#head = { height: block.header.height, blockId: block.id, timeMs };
    for (const { id } of block.transactions) this.#known.delete(id);
    this.#recheck();
    for (const wake of this.#waiting.splice(0)) wake();
    return block;
  }

  /** The mempool forgets everything. */
  forget(): void {
    this.#known = new Map();
  }

  set isDown(down: boolean) {
    this.#down = down;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async submit({ transaction: bytes, payloads }: Sidecar): Promise<SubmitAnswer> {
    await this.#answer();
    const transaction = decodeTransaction(Uint8Array.from(bytes));
    const mood = this.mood(transaction);
    if (mood === "away") throw this.#away();
    const refused = this.policy(transaction) ?? this.#check(transaction);
    if (refused !== null) return { ok: false, ...refused, detail: null };
    this.#payloads.set(transaction.id, payloads);
    if (mood !== "forgetful") this.#known.set(transaction.id, transaction);
    if (mood === "silent") throw this.#away();
    if (this.isPrompt) this.#blockSoon();
    return { ok: true, transactionId: transaction.id };
  }

  async blocks(height: number, options: { readonly waitMs: number; readonly blocksMax: number }) {
    this.blocksAsked += 1;
    await this.#answer();
    if (height > this.#blocks.length) await this.#wait(options.waitMs);
    await this.#answer();
    const end = height < this.base ? 0 : height - 1 + options.blocksMax;
    const blocks = this.#blocks.slice(height - 1, end);
    const empty = new Uint8Array(0);
    return {
      head: this.#blocks.length,
      base: this.base,
      blocks: blocks.map((block) => ({
        height: block.header.height,
        block: block.bytes,
        certificate: empty,
      })),
    };
  }

  async joinPrepare(): Promise<JoinListenerPlace | JoinListenerClosed> {
    return this.joinListener;
  }

  async joinRequests(after: number, options: { readonly waitMs: number }) {
    const handed = (): readonly JoinRequestItem[] =>
      this.joinItems.filter(({ number }) => number > after);
    await this.#answer();
    if (handed().length === 0) await this.#wait(Math.min(options.waitMs, 50));
    return { items: handed() };
  }

  async joinAnswer(number: number, code: string | null): Promise<boolean> {
    this.joinAnswers.set(number, code);
    return true;
  }

  async refusals(after: number, options: { readonly waitMs: number }) {
    await this.#answer();
    if (this.#refusals.length <= after) await this.#wait(options.waitMs);
    await this.#answer();
    return { items: this.#refusals.slice(after) };
  }

  async readiness(): Promise<null> {
    await this.#answer();
    return null;
  }

  async state(keys: readonly Uint8Array[]) {
    await this.#answer();
    return { height: this.#blocks.length, values: keys.map((key) => this.#state.get(key)) };
  }

  async stateRange(prefix: Uint8Array) {
    await this.#answer();
    const entries = this.#state
      .entries()
      .filter(([key]) => toHex(key).startsWith(toHex(prefix)))
      .map(([key, value]) => [key, value] as const);
    return { height: this.#blocks.length, entries, more: false };
  }

  /** Nobody is suspended here. */
  async setChanges() {
    await this.#answer();
    return { changes: [], more: false };
  }

  async payload(transactionId: string, part: number) {
    await this.#answer();
    const all = this.#blocks.flatMap(({ transactions }) => transactions);
    const transaction = all.find(({ id }) => id === transactionId);
    if (transaction !== undefined && isPurged(this.#state, transaction)) return "purged";
    return this.#payloads.get(transactionId)?.[part] ?? null;
  }

  async genesis() {
    return this.genesis_.bytes;
  }

  async status(): Promise<NodeStatus> {
    throw this.#away();
  }

  async close(): Promise<void> {
    this.isDown = true;
  }

  #blockSoon(): void {
    if (this.#making) return;
    this.#making = true;
    setImmediate(() => {
      this.#making = false;
      this.makeBlock((all) => all);
    });
  }

  #away(): NodeError {
    return new NodeError("NODE_API_UNREACHABLE", "away", { socketPath: "none" });
  }

  async #answer(): Promise<void> {
    await new Promise(setImmediate);
    if (this.#down) throw this.#away();
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #context(): BlockContext {
    const timeMs = Math.max(this.nowMs(), this.#head.timeMs + 1);
    return { height: this.#head.height + 1, timeMs, startOfBlock: this.#state };
  }

  #check(transaction: Transaction): { readonly code: string; readonly cure: Cure } | null {
    const verdict = checkTransaction(this.#state, transaction, this.#context());
    if (verdict.ok || verdict.code === "LEDGER_TX_SEQUENCE_GAP") return null;
    return { code: verdict.code, cure: verdict.cure };
  }

  /** What can never pass again leaves; its sender hears of it. */
  #recheck(): void {
    for (const transaction of [...this.#known.values()]) {
      const refused = this.policy(transaction) ?? this.#check(transaction);
      if (refused === null) continue;
      this.#known.delete(transaction.id);
      const number = this.#refusals.length + 1;
      this.#refusals.push({ number, transactionId: transaction.id, ...refused });
    }
  }
}

/** Records of all blocks, in order. */
export function recordsIn(ledger: HostileLedger): readonly TransactionOf<"records">[] {
  return ledger.blocksMade.flatMap(({ transactions }) =>
    transactions.flatMap((one) => (one.kind === "records" ? [one] : [])),
  );
}

/** A view on which the transactions of a block are applied again, to show that the block is valid. */
export function replay(ledger: HostileLedger): void {
  const state = memoryState(initialState(ledger.genesis_));
  for (const { header, transactions } of ledger.blocksMade) {
    const view = new StateView(state);
    const context = { height: header.height, timeMs: header.timeMs, startOfBlock: state };
    for (const transaction of transactions) {
      const verdict = checkTransaction(view, transaction, context);
      if (!verdict.ok) throw new Error(`a block holds a refused transaction: ${verdict.code}`);
      applyTransaction(view, transaction, context);
    }
    state.write(view.changes());
  }
}
