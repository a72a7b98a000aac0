// The law that keeps two blocks from being decided, over all honest members at once: where enough of them
// precommitted a block, those prevote no other in a later round, and so no other gets a polka any more.
import type { BlockId } from "@tegata/ledger/primitives";
import type { Vote } from "../src/index.ts";

interface Lock {
  readonly round: number;
  readonly blockId: BlockId;
  readonly voters: ReadonlySet<number>;
}

interface Height {
  /** Honest voters, by type, round and value. */
  readonly votes: Map<string, Set<number>>;
  /** Blocks that enough honest members precommitted. */
  readonly locks: Lock[];
}

/** Heights looked back at. */
const heightsKept = 4;

/** Watches what honest members sign. Source: the inductive invariant of the published proofs. */
export class LockLaw {
  readonly #violate: (member: number, sentence: string) => void;
  readonly #heights = new Map<number, Height>();

  constructor(violate: (member: number, sentence: string) => void) {
    this.#violate = violate;
  }

  /** `liars`: validators that may have said anything, of so many. */
  onVote(member: number, vote: Vote, validators: number, liars: number): void {
    const { height, round, type, blockId } = vote;
    if (blockId === null) return;
    const seen = this.#at(height);
    const voters = this.#add(seen, `${type} ${round} ${blockId}`, member);
    const needed = Math.floor((2 * validators) / 3) + 1 - liars;
    if (type === "precommit") {
      if (voters.size === needed) seen.locks.push({ round, blockId, voters });
      return;
    }
    for (const lock of seen.locks) {
      if (lock.round >= round || lock.blockId === blockId) continue;
      if (this.#hasPolka(seen, blockId, lock.round, round, needed)) continue;
      if (!lock.voters.has(member) && voters.size < needed) continue;
      this.#violate(member, `prevotes ${height}/${round} against what ${lock.round} made certain`);
    }
  }

  #at(height: number): Height {
    const known = this.#heights.get(height);
    if (known !== undefined) return known;
    const made: Height = { votes: new Map(), locks: [] };
    this.#heights.set(height, made);
    this.#heights.delete(height - heightsKept);
    return made;
  }

  #add({ votes }: Height, key: string, member: number): ReadonlySet<number> {
    const voters = votes.get(key) ?? new Set<number>();
    votes.set(key, voters.add(member));
    return voters;
  }

  /** Whether honest prevotes, with those that liars may have cast, made a polka in one of these rounds. */
  #hasPolka(
    { votes }: Height,
    blockId: BlockId,
    from: number,
    to: number,
    needed: number,
  ): boolean {
    for (let round = from; round < to; round += 1) {
      if ((votes.get(`prevote ${round} ${blockId}`)?.size ?? 0) >= needed) return true;
    }
    return false;
  }
}
