// Evidence a member knows of and no block carries yet.
import type { Evidence } from "../src/index.ts";
import { type ChainState, type Chains, offenceKey } from "./chain.ts";

/** Pieces a member keeps. */
export const poolMax = 64;

/** One piece for each key and height, allowed by the own chain when it came. */
export class EvidencePool {
  readonly #chains: Chains;
  readonly #pieces = new Map<string, Evidence>();

  constructor(chains: Chains) {
    this.#chains = chains;
  }

  get size(): number {
    return this.#pieces.size;
  }

  /** True if the piece is news and may be committed. */
  add(piece: Evidence, state: ChainState): boolean {
    const key = offenceKey(piece);
    if (this.#pieces.has(key) || this.#pieces.size >= poolMax) return false;
    if (this.#chains.allowed(state, [piece]).length === 0) return false;
    this.#pieces.set(key, piece);
    return true;
  }

  /** What the own next block carries. */
  candidates(state: ChainState): readonly Evidence[] {
    if (this.#pieces.size === 0) return [];
    return this.#chains.allowed(state, [...this.#pieces.values()]).map(([piece]) => piece);
  }

  /** A block was committed: what may no longer follow it goes. */
  prune(state: ChainState): void {
    for (const [key, piece] of this.#pieces) {
      if (this.#chains.allowed(state, [piece]).length === 0) this.#pieces.delete(key);
    }
  }
}
