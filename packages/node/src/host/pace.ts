import type { MemberId } from "@tegata/ledger/primitives";
import { nextTurn } from "../timers.ts";

/** Frames of one member that are read before everybody else has a turn; a big network needs fewer. */
const framesPerTurnMax = 256;

/**
 * How fast the streams of votes are read. Whoever brings more than its share in one turn waits until what
 * all have brought is dealt with, so that a flood of one costs the others nothing but that share, and
 * what waits to be dealt with stays small.
 */
export class Pace {
  readonly #settled: () => Promise<void>;
  readonly #frames = new Map<MemberId, number>();
  #turn: Promise<void> | null = null;

  /** `settled` resolves when everything that was brought until now is dealt with. */
  constructor(settled: () => Promise<void>) {
    this.#settled = settled;
  }

  /** A member brought a frame; a promise where it has to wait before it brings more. */
  count(member: MemberId): Promise<void> | void {
    const frames = (this.#frames.get(member) ?? 0) + 1;
    this.#frames.set(member, frames);
    this.#turn ??= this.#end();
    return frames >= framesPerTurnMax ? this.#turn : undefined;
  }

  async #end(): Promise<void> {
    await this.#settled();
    await nextTurn();
    this.#frames.clear();
    this.#turn = null;
  }
}
