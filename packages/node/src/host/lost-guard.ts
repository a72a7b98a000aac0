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

  /** A member says at which height it is; only its first word counts, later ones are new heights. */
  name(member: MemberId, height: number): void {
    if (this.#named.has(member)) return;
    this.#named.add(member);
    this.#height = Math.max(this.#height, height);
  }

  /** A height begins here; while too few have spoken it may be one that was signed before. */
  begin(height: number, quorum: number): void {
    if (this.#named.size + 1 < quorum) this.#height = Math.max(this.#height, height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number): boolean {
    return height > this.#height + 1;
  }
}
