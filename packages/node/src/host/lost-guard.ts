import { faultyMax, quorumOf, type ValidatorSet } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";

/**
 * How long a node without its signer guard stays silent: until heights are decided that lie above
 * everything it can have signed before. How far that was, the others know. What one of them says is
 * cheap: a height counts once f + 1 validators said to be at least there first, so that one of them is
 * correct, or when an own signature of it turned up. A node alone never learns it.
 */
export class LostGuard {
  /** The first height that each validator named; later ones are new heights. */
  readonly #named = new Map<MemberId, number>();
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
   * A member says at which height it is; only a validator's first word counts. True if the silence
   * lasts longer now.
   */
  name(member: MemberId, height: number, validators: ValidatorSet): boolean {
    if (this.#named.has(member)) return false;
    if (!validators.some((validator) => validator.member === member)) return false;
    this.#named.set(member, height);
    const named = [...this.#named.values()].sort((one, other) => other - one);
    const credible = named[faultyMax(validators.length)];
    return credible !== undefined && this.raise(credible);
  }

  /** A height begins here; while too few have spoken it may be one that was signed before. */
  begin(height: number, validatorCount: number): boolean {
    return this.#named.size + 1 < quorumOf(validatorCount) && this.raise(height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number): boolean {
    return height > this.#height + 1;
  }

  /** An own signature of this height was seen, or it is backed otherwise; true if it is news. */
  raise(height: number): boolean {
    if (height <= this.#height) return false;
    this.#height = height;
    return true;
  }
}
