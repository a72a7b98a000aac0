import { freeBytes } from "@tegata/ledger/storage";
import { NodeError } from "./errors.ts";
import type { Timers } from "./timers.ts";

/** A node stops before the disk is full. */
const freeBytesMin = 256 * 1_048_576;
const periodMs = 10_000;

/** Watches how much room is left for the data, and fails while there is still enough to stop in order. */
export class DiskWatch {
  readonly #folder: string;
  readonly #onFault: (error: unknown) => void;
  #freeBytes = Number.MAX_SAFE_INTEGER;

  constructor(folder: string, onFault: (error: unknown) => void) {
    this.#folder = folder;
    this.#onFault = onFault;
  }

  /** As it was measured last. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  async start(timers: Timers): Promise<void> {
    await this.#measure();
    timers.every(periodMs, () => void this.#measure());
  }

  async #measure(): Promise<void> {
    try {
      this.#freeBytes = await freeBytes(this.#folder);
      if (this.#freeBytes >= freeBytesMin) return;
      const detail = { freeBytes: this.#freeBytes, neededBytes: freeBytesMin };
      throw new NodeError("NODE_DISK_FULL", "the disk of the data is almost full", detail);
    } catch (error) {
      this.#onFault(error);
    }
  }
}
