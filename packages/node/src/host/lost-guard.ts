import type { MemberId } from "@tegata/ledger/primitives";

/**
 * How long a node without its signer guard stays silent: until heights are decided that lie above
 * everything it can have signed before. How far that was, the others know: the first height that each of
 * a quorum names, its own included, bounds it. A node alone never learns it.
 */
export class LostGuard {
  readonly #named = new Set<MemberId>();
  #height: number;

  /** `height`: the height after the own head. */
  constructor(height: number) {
    this.#height = height;
  }

  /** Silence lasts until a height above this one is decided. */
  get height(): number {
    return this.#height;
  }

  /**
   * A member says at which height it is; only its first word counts, later ones are new heights. True if
   * the silence lasts longer now.
   */
  name(member: MemberId, height: number): boolean {
    if (this.#named.has(member)) return false;
    this.#named.add(member);
    return this.#raise(height);
  }

  /** A height begins here; while too few have spoken it may be one that was signed before. */
  begin(height: number, quorum: number): boolean {
    return this.#named.size + 1 < quorum && this.#raise(height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number): boolean {
    return height > this.#height + 1;
  }

  #raise(height: number): boolean {
    if (height <= this.#height) return false;
    this.#height = height;
    return true;
  }
}
