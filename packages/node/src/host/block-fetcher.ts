import {
  assembleBlock,
  type Block,
  type CompactBlock,
  checkPayload,
  decodeBlock,
  limits,
  openSidecar,
  type Transaction,
} from "@tegata/ledger/chain";
import type { TransactionId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";
import { decodeHeldSidecars, idsPerFrameMax } from "../gossip/frames.ts";
import type { Log } from "../log.ts";
import type { Mempool } from "../mempool/mempool.ts";
import type { Network } from "../network/network.ts";
import {
  answerBytesMax,
  decodeBlockAnswer,
  decodePayloadsAnswer,
  encodeRequest,
  type PartName,
  type SyncRequest,
} from "../sync/requests.ts";
import { type Asked, Attempts } from "./attempts.ts";
import { hasItsBody, isBadBytes } from "./bad-bytes.ts";
import type { OfferedBlock } from "./offered-block.ts";

/** What the fetcher is made of. */
export interface BlockFetcherParts {
  readonly store: ChainStore;
  readonly pool: Mempool;
  readonly network: Pick<Network, "request" | "connected">;
  readonly log: Log;
}

/** The compact form is on its way most of the time; the whole block is asked for after this. */
const compactPatienceMs = 150;
const requestTimeoutMs = 5_000;
/** Content asked for in one request. */
const requestBytesMax = 4 * 1_048_576;

/** Gets blocks, their transactions and payloads from wherever they are: mempool, disk, members. */
export class BlockFetcher {
  readonly #parts: BlockFetcherParts;

  constructor(parts: BlockFetcherParts) {
    this.#parts = parts;
  }

  /** The block with the body its header names; null when the signal aborts before. */
  async obtain(offer: OfferedBlock, ending: AbortSignal): Promise<Block | null> {
    const attempts = new Attempts(offer, this.#parts.network, ending);
    if (offer.block === null && offer.compact === null && !offer.isDecided) {
      await offer.changed.wait(compactPatienceMs, ending);
    }
    while (!ending.aborted) {
      offer.block ??= this.#stored(offer);
      if (offer.block !== null) break;
      const { compact } = offer;
      const missing = compact === null ? null : this.#missingTransactions(offer, compact);
      if (compact !== null && missing?.length === 0) {
        offer.block = this.#assemble(offer, compact);
        continue;
      }
      const member = attempts.next();
      if (member === null) await offer.changed.wait(attempts.pauseMs(), ending);
      else {
        const isNews = (): boolean => offer.block !== null || offer.compact !== compact;
        await attempts.ask(member, isNews, (asked) =>
          missing === null
            ? this.#fetchBlock(offer, asked)
            : this.#fetchTransactions(offer, missing, asked),
        );
      }
    }
    attempts.end();
    return ending.aborted ? null : offer.block;
  }

  /** Gets the payloads that are not held; false when the signal aborts before. */
  async completePayloads(
    offer: OfferedBlock,
    height: number,
    ending: AbortSignal,
  ): Promise<boolean> {
    this.takePayloads(offer);
    const attempts = new Attempts(offer, this.#parts.network, ending);
    while (!ending.aborted) {
      const missing = this.#missingParts(offer, height);
      if (missing.length === 0) break;
      const member = attempts.next();
      if (member === null) {
        await offer.changed.wait(attempts.pauseMs(), ending);
        this.takePayloads(offer);
      } else {
        const isNews = (): boolean => false;
        await attempts.ask(member, isNews, (asked) => this.#fetchPayloads(offer, missing, asked));
      }
    }
    attempts.end();
    return !ending.aborted;
  }

  /** Holds on to what the mempool has of a block: a commit or an eviction must not take it away. */
  takePayloads(offer: OfferedBlock): void {
    for (const { id } of offer.heldBlock().transactions) {
      const pooled = this.#parts.pool.get(id);
      if (pooled === null) continue;
      for (const [part, bytes] of pooled.payloads.entries()) offer.addPayload(id, part, bytes);
    }
  }

  /** Whether block and payloads are all held, in memory or on the disk. */
  isComplete(offer: OfferedBlock): boolean {
    offer.block ??= this.#stored(offer);
    if (offer.block === null) return false;
    this.takePayloads(offer);
    return this.#missingParts(offer, offer.block.header.height).length === 0;
  }

  #stored(offer: OfferedBlock): Block | null {
    const { height } = this.#parts.store.head();
    return this.#parts.store.candidate(height + 1, offer.id);
  }

  #missingTransactions(offer: OfferedBlock, compact: CompactBlock): readonly TransactionId[] {
    return compact.transactionIds.filter((id) => this.#transaction(offer, id) === null);
  }

  #transaction(offer: OfferedBlock, id: TransactionId): Transaction | null {
    return this.#parts.pool.get(id)?.transaction ?? offer.transaction(id);
  }

  /** Null where the parts cannot be a block, which only a liar's compact form brings about. */
  #assemble(offer: OfferedBlock, compact: CompactBlock): Block | null {
    const transactions = compact.transactionIds.flatMap((id) => this.#transaction(offer, id) ?? []);
    const { headerBytes, previousCertificate, evidence } = compact;
    try {
      const block = assembleBlock({ headerBytes, transactions, previousCertificate, evidence });
      if (hasItsBody(block)) return block;
    } catch (error) {
      if (!isBadBytes(error)) throw error;
    }
    offer.dropCompact();
    return null;
  }

  async #fetchBlock(offer: OfferedBlock, asked: Asked): Promise<void> {
    await this.#ask(asked, { kind: "block", blockId: offer.id }, (answer) => {
      const block = decodeBlock(decodeBlockAnswer(answer));
      if (block.id === offer.id && hasItsBody(block)) offer.block ??= block;
    });
  }

  async #fetchTransactions(
    offer: OfferedBlock,
    missing: readonly TransactionId[],
    asked: Asked,
  ): Promise<void> {
    const ids = missing.slice(0, idsPerFrameMax);
    const wanted = new Set(ids);
    await this.#ask(asked, { kind: "sidecars", ids }, (answer) => {
      for (const sidecar of decodeHeldSidecars(answer)) {
        if (sidecar === null) continue;
        const { transaction, payloads } = openSidecar(sidecar);
        if (!wanted.has(transaction.id)) continue;
        offer.addTransaction(transaction);
        for (const [part, bytes] of payloads.entries()) {
          offer.addPayload(transaction.id, part, bytes);
        }
      }
    });
  }

  #missingParts(offer: OfferedBlock, height: number): readonly PartName[] {
    const missing: PartName[] = [];
    for (const { id, payloads } of offer.heldBlock().transactions) {
      for (const part of payloads.keys()) {
        if (offer.payload(id, part) !== null) continue;
        if (this.#parts.store.hasPayload(height, { transactionId: id, part })) continue;
        missing.push([id, part]);
      }
    }
    return missing;
  }

  async #fetchPayloads(
    offer: OfferedBlock,
    missing: readonly PartName[],
    asked: Asked,
  ): Promise<void> {
    const byId = new Map(offer.heldBlock().transactions.map((one) => [one.id, one]));
    const parts: PartName[] = [];
    let bytes = 0;
    for (const name of missing) {
      bytes += byId.get(name[0])?.payloads[name[1]]?.size ?? 0;
      if (parts.length > 0 && bytes > requestBytesMax) break;
      parts.push(name);
    }
    await this.#ask(asked, { kind: "payloads", parts }, (answer) => {
      for (const [index, payload] of decodePayloadsAnswer(answer).entries()) {
        const name = parts[index];
        const transaction = name === undefined ? undefined : byId.get(name[0]);
        if (payload === null || name === undefined || transaction === undefined) continue;
        checkPayload(transaction, name[1], payload);
        offer.addPayload(name[0], name[1], payload);
      }
    });
  }

  /** One question; whatever goes wrong with it, somebody else is asked next. */
  async #ask(
    { member, signal, onProgress }: Asked,
    request: SyncRequest,
    take: (answer: Uint8Array) => void,
  ): Promise<void> {
    const bytesMax = answerBytesMax(limits.sidecarBytesMax + limits.blockBytesMax, idsPerFrameMax);
    const options = { timeoutMs: requestTimeoutMs, bytesMax, signal, onProgress };
    try {
      take(await this.#parts.network.request(member, encodeRequest(request), options));
    } catch (error) {
      if (!(error instanceof NodeError) && !isBadBytes(error)) throw error;
      const { code } = error;
      this.#parts.log.debug({ code, member, kind: request.kind }, "a member could not help");
    }
  }
}
