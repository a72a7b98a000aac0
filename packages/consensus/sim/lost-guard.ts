import { faultyMax, quorumOf, type ValidatorSet } from "../src/index.ts";
import { memberOf } from "./identity.ts";

/**
 * How long a member without its guard stays silent: until heights are decided that lie above everything it
 * can have signed before. If that was at height h, then a quorum had decided h - 1; the member itself and f - 1
 * others apart, all of them are correct and say so. Those who have not spoken yet may be among them: so
 * many of the words that were heard have to be believed from the highest on. A liar prolongs the silence
 * only while somebody else is away.
 */
export class LostGuard {
  /** The first height that each member named; later ones are new heights. */
  readonly #named = new Map<number, number>();
  #height: number;

  /** `height`: the one after the own head. */
  constructor(height: number) {
    this.#height = height;
  }

  /** A member says at which height it is; only its first word counts. */
  name(from: number, height: number): void {
    if (!this.#named.has(from)) this.#named.set(from, height);
  }

  /** An own signature of this height turned up. */
  raise(height: number): void {
    this.#height = Math.max(this.#height, height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number, validators: ValidatorSet, self: number): boolean {
    const others = validators.flatMap(({ member }) => (member === memberOf(self) ? [] : [member]));
    const named = [...this.#named]
      .flatMap(([from, at]) => (others.includes(memberOf(from)) ? [at] : []))
      .sort((one, other) => other - one);
    const missing = others.length - named.length;
    const correct = quorumOf(validators.length) - Math.max(1, faultyMax(validators.length));
    const believed = named[correct - missing - 1];
    return believed !== undefined && height > Math.max(believed, this.#height) + 1;
  }
}
