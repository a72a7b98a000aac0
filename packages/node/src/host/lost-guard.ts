import { faultyMax, quorumOf, type ValidatorSet } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";

/**
 * How long a node without its signer guard stays silent: until heights are decided that lie above
 * everything it can have signed before. If that was at height h, a quorum had decided h - 1: this node, at
 * most f - 1 more that cannot be relied on, and others that are correct and say so. Those that have not
 * spoken yet may be among them, so that of the words heard the highest count until all have spoken: a liar
 * prolongs the silence only while somebody else is away. A node alone never learns it.
 */
export class LostGuard {
  /** The first height that each member named; later ones are new heights. */
  readonly #named = new Map<MemberId, number>();
  #signed: number;

  /** `height`: the height after the own head. */
  constructor(height: number) {
    this.#signed = height;
  }

  /** A member says at which height it is; only its first word counts. */
  name(member: MemberId, height: number): void {
    if (!this.#named.has(member)) this.#named.set(member, height);
  }

  /** An own signature of this height was seen. */
  raise(height: number): void {
    this.#signed = Math.max(this.#signed, height);
  }

  /** Whether a message of this height is above everything that can have been signed. */
  isOver(height: number, validators: ValidatorSet, self: MemberId): boolean {
    const words = validators
      .filter(({ member }) => member !== self)
      .map(({ member }) => this.#named.get(member) ?? null);
    const heard = words.filter((word) => word !== null).sort((one, other) => other - one);
    const count = validators.length;
    const correct = quorumOf(count) - Math.max(1, faultyMax(count));
    const believed = heard[correct - 1 - (words.length - heard.length)];
    return believed !== undefined && height > Math.max(believed, this.#signed) + 1;
  }
}
