import {
  type BlockHeader,
  type ConsensusKeyState,
  couldVote,
  type Validator,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import type { Hash, PublicKey } from "@tegata/ledger/primitives";

/** Sets that are remembered; they change rarely. */
const setsMax = 64;

/** What a block header says of the validators that decided it. */
export type ValidatorsClaim = Pick<BlockHeader, "height" | "validatorsHash">;

/** Who could vote at a height: the whole set of it where nobody in it was suspended. */
export function votersAt(
  height: number,
  keys: readonly (readonly [PublicKey, ConsensusKeyState])[],
): readonly Validator[] {
  return keys
    .filter(([, state]) => couldVote(state, height))
    .map(([key, { member }]) => ({ member, key, suspended: false }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** Sets of validators that were in force, by the hash that headers name. */
export class ValidatorHistory {
  readonly #sets = new Map<Hash, readonly Validator[]>();

  remember(validators: readonly Validator[]): void {
    const hash = validatorsHashOf(validators);
    this.#sets.delete(hash);
    this.#sets.set(hash, validators);
    if (this.#sets.size <= setsMax) return;
    for (const oldest of this.#sets.keys()) {
      this.#sets.delete(oldest);
      break;
    }
  }

  find({ validatorsHash }: ValidatorsClaim): readonly Validator[] | null {
    return this.#sets.get(validatorsHash) ?? null;
  }
}
