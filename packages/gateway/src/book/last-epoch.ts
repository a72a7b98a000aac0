import type { DeletedRanges, OrdinalRange } from "./deleted.ts";

/** Ranges that are remembered one by one until somebody asks. */
const unreadMax = 1_000;

/** Reads the last epoch of a range; `batches` is how many of its batches are on the disk by now. */
export type ReadEpoch = (
  range: OrdinalRange,
) => Promise<{ readonly epochLast: number; readonly batches: number }>;

/** The last epoch of what was deleted of a stream; of each range it is read once, when somebody asks. */
export class LastEpoch {
  readonly #ranges: DeletedRanges;
  readonly #read: ReadEpoch;
  #unread: readonly OrdinalRange[] | "all" = "all";
  #epochLast = -1;
  #reading: Promise<void> | null = null;

  constructor(ranges: DeletedRanges, read: ReadEpoch) {
    this.#ranges = ranges;
    this.#read = read;
  }

  /** A range was added. */
  add(range: OrdinalRange): void {
    if (this.#unread === "all") return;
    this.#unread = this.#unread.length < unreadMax ? [...this.#unread, range] : "all";
  }

  /** -1 while none of the batches is on the disk. */
  async value(): Promise<number> {
    while (this.#reading !== null) await this.#reading;
    this.#reading = this.#take().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    return this.#epochLast;
  }

  async #take(): Promise<void> {
    const unread = this.#unread;
    this.#unread = [];
    try {
      for (const range of unread === "all" ? this.#all() : unread) {
        const { epochLast, batches } = await this.#read(range);
        this.#epochLast = Math.max(this.#epochLast, epochLast);
        // The run of blocks that brought the batches is still being written.
        if (batches < range.until - range.from) this.add(range);
      }
    } catch (error) {
      this.#unread = "all";
      throw error;
    }
  }

  *#all(): Iterable<OrdinalRange> {
    for (
      let range = this.#ranges.after(0);
      range !== null;
      range = this.#ranges.after(range.until)
    ) {
      yield range;
    }
  }
}
