import type { MemberId } from "@tegata/ledger/primitives";
import type { BlockSource, CertifiedBlock } from "./block-source.ts";
import type { SyncLimits } from "./limits.ts";

/** Bounds of what is fetched ahead. */
export type WindowLimits = Pick<
  SyncLimits,
  "blocksPerRequest" | "aheadBlocks" | "aheadRequests" | "aheadBytes"
>;

/** Heights that were asked for in one question. */
interface Asked {
  readonly height: number;
  readonly count: number;
  readonly done: Promise<void>;
}

/** What an answer is expected to take while it is on its way. */
const answerBytes = 1_048_576;

/**
 * Decided blocks that are fetched ahead of the one that is applied: several questions at a time, for some
 * heights in a row each. Bounded in heights, questions and bytes.
 */
export class BlockWindow {
  readonly #source: Pick<BlockSource, "fetch">;
  readonly #limits: WindowLimits;
  readonly #arrived = new Map<number, CertifiedBlock>();
  readonly #asked = new Set<Asked>();
  #bytes = 0;
  /** The heights that are wanted; none while the second is below the first. */
  #first = 1;
  #last = 0;

  constructor(source: Pick<BlockSource, "fetch">, limits: WindowLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  /** Bytes of the blocks that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lets go of what is below `height`, and asks for what is missing from there up to `highest`. */
  move(height: number, highest: number): void {
    for (const at of this.#arrived.keys()) if (at < height) this.#drop(at);
    this.#first = height;
    this.#last = Math.min(height + this.#limits.aheadBlocks - 1, highest);
    this.#fill();
  }

  /** The block of a height, if it is here. */
  at(height: number): CertifiedBlock | null {
    return this.#arrived.get(height) ?? null;
  }

  /** The block of a height as soon as it is here; null when nobody could give it. */
  async next(height: number): Promise<CertifiedBlock | null> {
    for (;;) {
      const arrived = this.at(height);
      const asked = this.#askedFor(height);
      if (arrived !== null || asked === null) return arrived;
      await asked.done;
    }
  }

  /** Nothing of what this member gave is wanted. */
  dropFrom(member: MemberId): void {
    for (const [height, { from }] of this.#arrived) if (from === member) this.#drop(height);
  }

  /** What is here and what is on its way are wanted no more. */
  clear(): void {
    this.#last = this.#first - 1;
    this.#arrived.clear();
    this.#asked.clear();
    this.#bytes = 0;
  }

  #fill(): void {
    const { aheadRequests, aheadBytes, blocksPerRequest } = this.#limits;
    for (let height = this.#first; height <= this.#last; ) {
      const asked = this.#askedFor(height);
      if (this.#arrived.has(height) || asked !== null) {
        height = asked === null ? height + 1 : asked.height + asked.count;
        continue;
      }
      // The next one is wanted whatever waits behind it.
      const bytes = this.#bytes + this.#asked.size * answerBytes;
      const isFull = this.#asked.size >= aheadRequests || bytes >= aheadBytes;
      if (isFull && height > this.#first) return;
      let count = 1;
      while (count < blocksPerRequest && this.#isMissing(height + count)) count += 1;
      this.#ask(height, count);
      height += count;
    }
  }

  #isMissing(height: number): boolean {
    return height <= this.#last && !this.#arrived.has(height) && this.#askedFor(height) === null;
  }

  #askedFor(height: number): Asked | null {
    for (const asked of this.#asked) {
      if (asked.height <= height && height < asked.height + asked.count) return asked;
    }
    return null;
  }

  #ask(height: number, count: number): void {
    const done = this.#source.fetch(height, count).then((run) => {
      // It may be that nobody waits for it any more.
      if (!this.#asked.delete(asked)) return;
      for (const certified of run ?? []) this.#keep(certified);
      if (run !== null) this.#fill();
    });
    const asked: Asked = { height, count, done };
    this.#asked.add(asked);
  }

  #keep(certified: CertifiedBlock): void {
    const { height } = certified.block.header;
    if (height < this.#first || height > this.#last || this.#arrived.has(height)) return;
    this.#arrived.set(height, certified);
    this.#bytes += certified.block.bytes.length;
  }

  #drop(height: number): void {
    this.#bytes -= this.#arrived.get(height)?.block.bytes.length ?? 0;
    this.#arrived.delete(height);
  }
}
