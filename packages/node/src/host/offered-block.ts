import type { Block, BlockEffect, CompactBlock, Transaction } from "@tegata/ledger/chain";
import { assert, type BlockId, type MemberId, type TransactionId } from "@tegata/ledger/primitives";
import type { Signal } from "../signal.ts";

/** Compact forms that are kept; one honest member is enough, and liars are dropped. */
const compactsMax = 4;

/** Everything known of one block of the height in force. */
export class OfferedBlock {
  readonly id: BlockId;
  /** Fires when something new is known. */
  readonly changed: Signal;
  /** Once it is held with a body that fits its header. */
  block: Block | null = null;
  /** A certificate came for it: nobody will send it unasked any more. */
  isDecided = false;
  /** Obtaining and executing, begun once. */
  execution: Promise<
    | { readonly ok: true; readonly effect: BlockEffect }
    | { readonly ok: false; readonly reason: string }
    | null
  > | null = null;
  /** Writing it to the disk, begun once. */
  kept: Promise<void> | null = null;
  readonly #compacts: { readonly from: MemberId; readonly compact: CompactBlock }[] = [];
  readonly #sources: MemberId[] = [];
  /** Transactions that were fetched because the mempool has them not. */
  readonly #transactions = new Map<TransactionId, Transaction>();
  readonly #payloads = new Map<TransactionId, (Uint8Array | null)[]>();

  constructor(id: BlockId, changed: Signal) {
    this.id = id;
    this.changed = changed;
  }

  heldBlock(): Block {
    assert(this.block !== null, "the block is held");
    return this.block;
  }

  /** Members that may have it, the likeliest first. */
  get sources(): readonly MemberId[] {
    return this.#sources;
  }

  addSource(member: MemberId): void {
    if (!this.#sources.includes(member)) this.#sources.push(member);
  }

  get compact(): CompactBlock | null {
    return this.#compacts[0]?.compact ?? null;
  }

  addCompact(from: MemberId, compact: CompactBlock): void {
    this.addSource(from);
    const isKnown = this.#compacts.some((other) => other.from === from);
    if (isKnown || this.#compacts.length >= compactsMax || this.block !== null) return;
    this.#compacts.push({ from, compact });
    this.changed.fire();
  }

  /** Its body was a lie: an id covers the header only. The next form is tried. */
  dropCompact(): void {
    this.#compacts.shift();
  }

  transaction(id: TransactionId): Transaction | null {
    return this.#transactions.get(id) ?? null;
  }

  addTransaction(transaction: Transaction): void {
    this.#transactions.set(transaction.id, transaction);
  }

  payload(id: TransactionId, part: number): Uint8Array | null {
    return this.#payloads.get(id)?.[part] ?? null;
  }

  /** A payload that was checked against its transaction. */
  addPayload(id: TransactionId, part: number, bytes: Uint8Array): void {
    const parts = this.#payloads.get(id) ?? [];
    this.#payloads.set(id, parts);
    while (parts.length <= part) parts.push(null);
    parts[part] = bytes;
  }
}
