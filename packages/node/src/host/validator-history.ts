import {
  type BlockHeader,
  type ConsensusKeyState,
  couldVote,
  type Validator,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import type { Hash, MemberId, PublicKey } from "@tegata/ledger/primitives";
import type { Accusation } from "./standings.ts";

/** Sets that are remembered; they change rarely. */
const setsMax = 64;
/** Members that may have been suspended at an old height; each doubles the sets that are tried. */
const doubtsMax = 10;

/** What a block header says of the validators that decided it. */
export type ValidatorsClaim = Pick<BlockHeader, "height" | "validatorsHash">;

/** What an old set is put together from. */
export interface HistoryFacts {
  readonly keys: readonly (readonly [PublicKey, ConsensusKeyState])[];
  readonly accusations: readonly Accusation[];
}

/** Who voted under a key at a height, and under which last key members that were suspended by then did. */
function candidatesAt(height: number, { keys, accusations }: HistoryFacts) {
  const row = (key: PublicKey, member: MemberId, suspended: boolean): Validator => ({
    member,
    key,
    suspended,
  });
  const voters = keys.flatMap(([key, state]) =>
    couldVote(state, height) ? [row(key, state.member, false)] : [],
  );
  const isAccused = (member: MemberId, lastHeight: number | null) =>
    accusations.some((one) => one.member === member && one.height === lastHeight);
  const doubts = keys.flatMap(([key, state]) => {
    if (voters.some(({ member }) => member === state.member)) return [];
    const before = state.intervals.findLast(({ firstHeight }) => firstHeight <= height);
    const wasSuspended = before !== undefined && isAccused(state.member, before.lastHeight);
    return wasSuspended ? [row(key, state.member, true)] : [];
  });
  return { voters, doubts };
}

/**
 * The validators in force at a height, or null if the state does not give them: those whose keys could
 * vote, with any of those suspended before, as the hash in the header says.
 */
export function validatorsAt(
  claim: ValidatorsClaim,
  facts: HistoryFacts,
): readonly Validator[] | null {
  const { voters, doubts } = candidatesAt(claim.height, facts);
  if (doubts.length > doubtsMax) return null;
  for (let choice = 2 ** doubts.length - 1; choice >= 0; choice -= 1) {
    const suspended = doubts.filter((_, index) => (choice & (1 << index)) !== 0);
    const set = [...voters, ...suspended].sort((one, other) => (one.key < other.key ? -1 : 1));
    if (validatorsHashOf(set) === claim.validatorsHash) return set;
  }
  return null;
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
