import { faultyMax, quorumOf, type ValidatorSet } from "../src/index.ts";
import { memberOf } from "./identity.ts";

/**
 * How long a member without its guard stays silent: until heights are decided that lie above everything it
 * can have signed before. What one of the others says of that is cheap: a height counts once f + 1
 * validators were at least there when they first spoke, or when an own signature of it turned up.
 */
export class LostGuard {
  readonly #named = new Map<number, number>();
  #height: number;

  /** `height`: the one after the own head. */
  constructor(height: number) {
    this.#height = height;
  }

  /** Silence lasts until a height above this one is decided. */
  get height(): number {
    return this.#height;
  }

  /** A member says at which height it is; only a validator's first word counts. */
  name(from: number, height: number, validators: ValidatorSet): boolean {
    const isValidator = validators.some(({ member }) => member === memberOf(from));
    if (this.#named.has(from) || !isValidator) return false;
    this.#named.set(from, height);
    const named = [...this.#named.values()].sort((one, other) => other - one);
    const credible = named[faultyMax(validators.length)];
    return credible !== undefined && this.raise(credible);
  }

  /** A height begins; while too few have spoken it may be one that was signed before. */
  begin(height: number, validatorCount: number): boolean {
    return this.#named.size + 1 < quorumOf(validatorCount) && this.raise(height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number): boolean {
    return height > this.#height + 1;
  }

  raise(height: number): boolean {
    if (height <= this.#height) return false;
    this.#height = height;
    return true;
  }
}
