import type { ChainStore } from "@tegata/ledger/storage";
import { nextTurn } from "../timers.ts";

/** A start waits this long; what is left of a large state is looked at while the node runs. */
const startMsMax = 10_000;

/**
 * Looks whether the state on the disk is what was written: LevelDB gives altered bytes as data, and a
 * node that acts on them votes for nonsense or stops with a reason that is none.
 */
export class StateScan {
  readonly #steps: AsyncIterator<number>;
  #isDone = false;
  #isStopped = false;

  private constructor(store: ChainStore) {
    this.#steps = store.checkState()[Symbol.asyncIterator]();
  }

  /**
   * Begins before anything acts on the state.
   * @throws LEDGER_STORE_DAMAGED with height null, LEDGER_STORE_FAILED
   */
  static async begin(store: ChainStore): Promise<StateScan> {
    const scan = new StateScan(store);
    const endMs = performance.now() + startMsMax;
    while (!scan.#isDone && performance.now() < endMs) await scan.#step();
    return scan;
  }

  /** Goes on in the background. */
  goOn(onFault: (error: unknown) => void): void {
    const run = async (): Promise<void> => {
      while (!this.#isDone && !this.#isStopped) {
        await this.#step();
        await nextTurn();
      }
    };
    run().catch((error: unknown) => {
      if (!this.#isStopped) onFault(error);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#steps.return?.();
  }

  async #step(): Promise<void> {
    const { done = false } = await this.#steps.next();
    this.#isDone = done;
  }
}
