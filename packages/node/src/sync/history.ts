import type { Block } from "@tegata/ledger/chain";
import type { ChainStore, MissingBlock } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { BlockSource, type CertifiedBlock } from "./block-source.ts";
import type { SyncLimits } from "./limits.ts";

/** What fetching older blocks is made of. */
export interface HistoryParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly store: ChainStore;
  readonly limits: SyncLimits;
  readonly log: Log;
  /** Fires when somebody connects. */
  readonly connected: Signal;
  /** Whether newer blocks are being fetched, which come first. */
  readonly isBusy: () => boolean;
  /** No block is missing any more. */
  readonly onWhole: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Blocks that one member is asked for at a time; blocks above are asked for beside them. */
const blocksPerMember = 4;
const pauseMs = 1_000;

/**
 * Fetches the blocks below a snapshot, downwards and in the background. Each is the one that the block
 * above names, so there is nothing to believe and no signature to check.
 */
export class History {
  readonly #parts: HistoryParts;
  readonly #ending = new AbortController();
  readonly #source: BlockSource;
  readonly #ahead = new Map<number, Promise<CertifiedBlock | null>>();
  #running: Promise<void> | null = null;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    const { network, log, connected: claimed } = parts;
    this.#source = new BlockSource(
      {
        ...{ network, log, claimed },
        holders: () => network.connected(),
        // Somebody else's history may be on its way too.
        onRefused: () => undefined,
      },
      this.#ending.signal,
    );
  }

  /** Begins if something is missing. */
  start(): void {
    if (this.#running !== null || this.#parts.store.missingBlock() === null) return;
    this.#running = this.#run().catch((error: unknown) => this.#parts.onFault(error));
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, connected, isBusy, onWhole, log } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const missing = store.missingBlock();
      if (missing === null) break;
      if (isBusy()) {
        await connected.wait(pauseMs, signal);
        continue;
      }
      const run = await this.#nextRun(missing);
      if (signal.aborted) return;
      if (run.length === 0) {
        this.#ahead.clear();
        await connected.wait(pauseMs, signal);
        continue;
      }
      await store.prepend(run);
    }
    if (signal.aborted) return;
    log.info({ height: store.head().height }, "all older blocks are here");
    onWhole();
  }

  /** Blocks from the missing one downwards, as many as are written together. */
  async #nextRun(missing: MissingBlock): Promise<readonly Block[]> {
    const { historyBatchBytes, historyWindowBlocks } = this.#parts.limits;
    const run: Block[] = [];
    let bytes = 0;
    let { height, blockId } = missing;
    while (height > 0 && run.length < historyWindowBlocks && bytes < historyBatchBytes) {
      const found = await this.#at(height);
      if (found === null) break;
      const { block, from } = found;
      if (block.id !== blockId) {
        this.#parts.log.warn({ member: from, height }, "a member gave an older block of no chain");
        this.#source.avoid(from);
        this.#ahead.delete(height);
        break;
      }
      this.#checkFirst(block);
      run.push(block);
      bytes += block.bytes.length;
      blockId = block.header.previousBlockId;
      height -= 1;
    }
    return run;
  }

  /** The block of a height; those below it are asked for meanwhile. */
  #at(height: number): Promise<CertifiedBlock | null> {
    for (const old of this.#ahead.keys()) if (old > height) this.#ahead.delete(old);
    const { network, limits } = this.#parts;
    // More than members answer at a time would be refused by our own side.
    const ahead = Math.min(
      limits.historyWindowBlocks,
      blocksPerMember * network.connected().length,
    );
    const last = Math.max(1, height - ahead + 1);
    for (let at = height; at >= last; at -= 1) {
      if (this.#ahead.has(at)) continue;
      const fetched = this.#source.fetch(at, 1).then((run) => run?.[0] ?? null);
      this.#ahead.set(at, fetched);
    }
    return this.#ahead.get(height) ?? Promise.resolve(null);
  }

  /** The chain of a snapshot begins with the genesis of this network, whoever certified it. */
  #checkFirst({ id, header }: Block): void {
    const { networkId } = this.#parts.store;
    const { height, previousBlockId } = header;
    if (height !== 1 || previousBlockId === (networkId as string)) return;
    const message = "the first block of this chain is on another genesis";
    const detail = { height: 0, expected: networkId, actual: previousBlockId };
    this.#parts.log.error({ ...detail, blockId: id }, message);
    throw new NodeError("NODE_TRUSTED_BLOCK", message, detail);
  }
}
