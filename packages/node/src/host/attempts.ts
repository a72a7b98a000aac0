import type { MemberId } from "@tegata/ledger/primitives";
import type { Network } from "../network/network.ts";
import type { OfferedBlock } from "./offered-block.ts";

/** Pause after everybody was asked in vain, growing to the longest. */
const pauseFirstMs = 50;
const pauseMaxMs = 1_000;
/** Whoever brings nothing for this long is not waited for alone: the next is asked too. */
const silenceFirstMs = 200;
const silenceMaxMs = 2_000;

/** Who is asked, until when, and what is called when something of the answer comes. */
export interface Asked {
  readonly member: MemberId;
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}

/**
 * Goes round the members that may have a block, the likeliest first, then through all connected. A member may be
 * connected and yet silent, on a line that loses everything: then others are asked beside it.
 */
export class Attempts {
  readonly #offer: OfferedBlock;
  readonly #network: Pick<Network, "connected">;
  readonly #ending: AbortSignal;
  /** Gives up what is still under way when all is there. */
  readonly #needless = new AbortController();
  readonly #answering = new Set<MemberId>();
  #asked = new Set<MemberId>();
  #pauseMs = pauseFirstMs;
  #silenceMs = silenceFirstMs;
  #fault: { readonly error: unknown } | null = null;

  constructor(offer: OfferedBlock, network: Pick<Network, "connected">, ending: AbortSignal) {
    this.#offer = offer;
    this.#network = network;
    this.#ending = ending;
  }

  /** Whom to ask now; null when everybody was asked, and then everybody may be asked again. */
  next(): MemberId | null {
    const connected = this.#network.connected().filter((member) => !this.#answering.has(member));
    const likely = this.#offer.sources.filter((member) => connected.includes(member));
    const member = [...likely, ...connected].find((one) => !this.#asked.has(one));
    if (member === undefined) {
      this.#asked = new Set();
      return null;
    }
    this.#asked.add(member);
    return member;
  }

  pauseMs(): number {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMaxMs, pauseMs * 2);
    return pauseMs;
  }

  /**
   * Asks a member and waits until that is over, nothing has come from it for a while, or there is news from
   * elsewhere. What it brings later counts as well.
   */
  async ask(
    member: MemberId,
    isNews: () => boolean,
    fetch: (asked: Asked) => Promise<void>,
  ): Promise<void> {
    const { changed } = this.#offer;
    const signal = AbortSignal.any([this.#ending, this.#needless.signal]);
    let heardMs = performance.now();
    const onProgress = (): void => {
      heardMs = performance.now();
    };
    this.#answering.add(member);
    fetch({ member, signal, onProgress })
      .catch((error: unknown) => {
        this.#fault = { error };
      })
      .finally(() => {
        this.#answering.delete(member);
        changed.fire();
      });
    while (this.#answering.has(member) && !isNews() && !this.#ending.aborted) {
      const leftMs = heardMs + this.#silenceMs - performance.now();
      if (leftMs > 0) await changed.wait(leftMs, this.#ending);
      else {
        this.#silenceMs = Math.min(silenceMaxMs, 2 * this.#silenceMs);
        break;
      }
    }
    if (this.#fault !== null) throw this.#fault.error;
  }

  /** All is there: nobody needs to answer any more. */
  end(): void {
    if (this.#answering.size > 0) this.#needless.abort();
  }
}
