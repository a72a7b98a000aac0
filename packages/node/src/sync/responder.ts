import { limits, type SidecarBytes, type Transaction } from "@tegata/ledger/chain";
import {
  type BlockId,
  LedgerError,
  type MemberId,
  type TransactionId,
} from "@tegata/ledger/primitives";
import type { ChainStore, PayloadName } from "@tegata/ledger/storage";
import { encodeHeldSidecars, sidecarBytes } from "../gossip/frames.ts";
import type { BlockDesk } from "../host/block-desk.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { RequestRefusal } from "../network/network.ts";
import { Slices } from "../timers.ts";
import { damagedHeight } from "./payload-backfill.ts";
import {
  type CertifiedBytes,
  decodeRequest,
  encodeBlockAnswer,
  encodeCertifiedAnswer,
  encodeCertifiedRunAnswer,
  encodePayloadsAnswer,
  type PartName,
  runBytesMax,
  type SyncRequest,
} from "./requests.ts";
import {
  encodeBucketsAnswer,
  encodeOfferAnswer,
  encodeSetChangesAnswer,
  encodeStandingAnswer,
} from "./snapshot-answers.ts";
import type { Snapshots } from "./snapshots.ts";

/** What answering is made of. */
export interface ResponderParts {
  readonly store: ChainStore;
  readonly pool: Mempool;
  readonly desk: BlockDesk;
  readonly snapshots: Snapshots;
  /** What was to be served turned out to be damaged on the disk. */
  readonly onDamage: (height: number, payload: PayloadName | null) => void;
}

/** Content of one answer; what goes beyond it is left out, and asked for again. */
const answerContentMax = 8 * 1_048_576;
/** Looking things up goes on for this long before votes are let through. */
const sliceMs = 4;

/** Answers what other members ask for: blocks, payloads, transactions, snapshots. */
export class Responder {
  readonly #parts: ResponderParts;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
  }

  async answer(
    _member: MemberId,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal> {
    let request: SyncRequest;
    try {
      request = decodeRequest(body);
    } catch (error) {
      if (error instanceof LedgerError) return { refuse: "malformed" };
      throw error;
    }
    try {
      return await this.#find(request, signal);
    } catch (error) {
      const height = damagedHeight(error);
      if (height === null) throw error;
      this.#parts.onDamage(height, null);
      return { refuse: "damaged" };
    }
  }

  async #find(request: SyncRequest, signal: AbortSignal): Promise<Uint8Array | RequestRefusal> {
    switch (request.kind) {
      case "block":
        return this.#block(request.blockId);
      case "certified":
        return this.#certified(request.height);
      case "certifiedRun":
        return this.#certifiedRun(request, signal);
      case "payloads":
        return this.#payloads(request.parts, signal);
      case "sidecars":
        return this.#sidecars(request.ids, signal);
      case "offer":
        await this.#parts.snapshots.prepare();
        return encodeOfferAnswer(this.#parts.snapshots.offer());
      case "buckets":
        return this.#buckets(request);
      case "setChanges": {
        const { changes, more } = await this.#parts.snapshots.setChanges(request.height);
        return encodeSetChangesAnswer(changes, more);
      }
      case "standing": {
        const { height, blockId } = this.#parts.store.head();
        const asked = this.#parts.store.blockId(request.height);
        return encodeStandingAnswer({ height, blockId, asked });
      }
    }
  }

  #block(blockId: BlockId): Uint8Array | RequestRefusal {
    const block = this.#parts.desk.held(blockId) ?? this.#parts.store.blockById(blockId);
    return block === null ? { refuse: "unknown" } : encodeBlockAnswer(block.bytes);
  }

  #certified(height: number): Uint8Array | RequestRefusal {
    const found = this.#certifiedBytes(height);
    if (found === null) return { refuse: "unknown" };
    return encodeCertifiedAnswer(found.block, found.certificate);
  }

  /** Whole blocks from the first asked for, as far as they are here and fit; at least that one. */
  async #certifiedRun(
    { height, count }: Extract<SyncRequest, { kind: "certifiedRun" }>,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal> {
    const found: CertifiedBytes[] = [];
    const slices = new Slices(sliceMs);
    for (let bytes = 0; found.length < count && bytes < runBytesMax && !signal.aborted; ) {
      if (slices.isOver) await slices.next();
      const next = this.#certifiedBytes(height + found.length);
      if (next === null) break;
      bytes += next.block.length + next.certificate.length;
      found.push(next);
    }
    return found.length === 0 ? { refuse: "unknown" } : encodeCertifiedRunAnswer(found);
  }

  #certifiedBytes(height: number): CertifiedBytes | null {
    const { store } = this.#parts;
    const block = store.block(height);
    const certificate = block === null ? null : store.certificate(height);
    return block === null || certificate === null ? null : { block: block.bytes, certificate };
  }

  async #buckets({ height, first, count }: Extract<SyncRequest, { kind: "buckets" }>) {
    const buckets = await this.#parts.snapshots.buckets(height, first, count);
    return buckets === null ? { refuse: "unknown" } : encodeBucketsAnswer(buckets);
  }

  async #payloads(parts: readonly PartName[], signal: AbortSignal): Promise<Uint8Array> {
    const found: (Uint8Array | null)[] = [];
    let bytes = 0;
    const slices = new Slices(sliceMs);
    for (const [transactionId, part] of parts) {
      if (slices.isOver) await slices.next();
      const full = bytes >= answerContentMax || signal.aborted;
      const payload = full ? null : this.#payload({ transactionId, part });
      bytes += payload?.length ?? 0;
      found.push(payload);
    }
    return encodePayloadsAnswer(found);
  }

  async #sidecars(ids: readonly TransactionId[], signal: AbortSignal): Promise<Uint8Array> {
    const found: (SidecarBytes | null)[] = [];
    let bytes = 0;
    const slices = new Slices(sliceMs);
    for (const id of ids) {
      if (slices.isOver) await slices.next();
      const full = bytes >= limits.blockTransactionBytesMax + answerContentMax || signal.aborted;
      const sidecar = full ? null : this.#sidecar(id);
      bytes += sidecar === null ? 0 : sidecarBytes(sidecar);
      found.push(sidecar);
    }
    return encodeHeldSidecars(found);
  }

  #payload(name: PayloadName): Uint8Array | null {
    const { transactionId, part } = name;
    try {
      // A block that is just decided may still be in memory.
      if (this.#parts.store.isPurged(transactionId)) return null;
    } catch (error) {
      return this.#damaged(error, null);
    }
    const pooled = this.#parts.pool.get(transactionId)?.payloads[part];
    if (pooled !== undefined) return pooled;
    for (const offer of this.#parts.desk.offers()) {
      const bytes = offer.payload(transactionId, part);
      if (bytes !== null) return bytes;
    }
    try {
      return this.#parts.store.payload(name);
    } catch (error) {
      return this.#damaged(error, name);
    }
  }

  /** What is damaged is not held until it is repaired; a null name: the block. */
  #damaged(error: unknown, name: PayloadName | null): null {
    const height = damagedHeight(error);
    if (height === null) throw error;
    this.#parts.onDamage(height, name);
    return null;
  }

  /** A transaction with all its payloads, or null where one of them is missing. */
  #sidecar(id: TransactionId): SidecarBytes | null {
    const transaction = this.#transaction(id);
    if (transaction === null) return null;
    const payloads: Uint8Array[] = [];
    for (const part of transaction.payloads.keys()) {
      const payload = this.#payload({ transactionId: id, part });
      if (payload === null) return null;
      payloads.push(payload);
    }
    return { transaction: transaction.bytes, payloads };
  }

  #transaction(id: TransactionId): Transaction | null {
    const pooled = this.#parts.pool.get(id);
    if (pooled !== null) return pooled.transaction;
    for (const { block } of this.#parts.desk.offers()) {
      const found = block?.transactions.find((transaction) => transaction.id === id);
      if (found !== undefined) return found;
    }
    return this.#parts.store.transaction(id)?.transaction ?? null;
  }
}
