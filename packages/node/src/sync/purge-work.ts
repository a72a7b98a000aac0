import type { Block } from "@tegata/ledger/chain";
import type { ChainStore } from "@tegata/ledger/storage";
import type { Log } from "../log.ts";

/** What deleting is made of. */
export interface PurgeWorkParts {
  readonly store: Pick<ChainStore, "purge">;
  readonly log: Log;
  /** A block has to be fetched again before its payloads can be named. */
  readonly onDamage: (height: number) => void;
  readonly onFault: (error: unknown) => void;
}

/**
 * Deletes what owners have purged, behind everything else: after a start, for an end may have come between,
 * and after each block with a purge. What is purged is not served from the commit on, deleted or not.
 */
export class PurgeWork {
  readonly #parts: PurgeWorkParts;
  readonly #ending = new AbortController();
  #isWanted = false;
  #running: Promise<void> | null = null;
  #bytes = 0;

  constructor(parts: PurgeWorkParts) {
    this.#parts = parts;
  }

  /** Payload bytes that were deleted since the start. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The block is the head. */
  onCommitted({ transactions }: Block): void {
    if (transactions.some(({ kind }) => kind === "purge")) this.look();
  }

  /** Looks whether there is something to delete. */
  look(): void {
    this.#isWanted = true;
    if (this.#running !== null || this.#ending.signal.aborted) return;
    this.#running = this.#run()
      .catch((error: unknown) => this.#parts.onFault(error))
      .finally(() => {
        this.#running = null;
      });
  }

  /** Resolves when nothing is under way: what is begun ends with the heights it is at, and goes on after a start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, log, onDamage } = this.#parts;
    const { signal } = this.#ending;
    while (this.#isWanted && !signal.aborted) {
      this.#isWanted = false;
      const { payloads, bytes, damagedHeights } = await store.purge(signal);
      this.#bytes += bytes;
      for (const height of damagedHeights) onDamage(height);
      if (payloads > 0) {
        log.info({ count: payloads, deletedBytes: bytes }, "what owners deleted is deleted here");
      }
    }
  }
}
