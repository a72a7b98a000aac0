// Where two honest members decided differently, more than f lied; their own words tell who.
import type { BlockId } from "@tegata/ledger/primitives";
import type { Certificate, CommitCertificate, Input, Vote } from "../src/index.ts";
import { votesOf } from "../src/index.ts";

type Said = Omit<Vote, "signature">;

function isQuorum(votes: number, validators: number): boolean {
  return 3 * votes > 2 * validators;
}

function both(a: ReadonlySet<number>, b: ReadonlySet<number>): readonly number[] {
  return [...a].filter((voter) => b.has(voter));
}

/** All votes that reached any honest member. */
export class Forensics {
  /** Voters by `height type round block`. */
  readonly #voters = new Map<string, Set<number>>();
  readonly #decisions = new Map<number, CommitCertificate>();
  #roundMax = 0;

  hear(input: Input): void {
    if (input.type === "vote") this.#add(input.vote);
    else if (input.type === "certificate") this.#addAll(input.certificate);
    else if (input.type === "proposal" && input.proposal.polka !== null) {
      this.#addAll(input.proposal.polka);
    }
  }

  #addAll(certificate: Certificate): void {
    for (const vote of votesOf(certificate)) this.#add(vote);
  }

  #add({ height, type, round, blockId, voter }: Said): void {
    this.#at(height, type, round, blockId).add(voter);
    this.#roundMax = Math.max(this.#roundMax, round);
  }

  #at(height: number, type: Vote["type"], round: number, blockId: BlockId | null): Set<number> {
    const key = `${height} ${type} ${round} ${blockId}`;
    const voters = this.#voters.get(key) ?? new Set<number>();
    this.#voters.set(key, voters);
    return voters;
  }

  /**
   * A decision; whom it proves dishonest, by index, if it contradicts an earlier one: those who precommitted
   * both, or who prevoted another block after their precommit although nothing allowed them to.
   */
  onDecision(certificate: CommitCertificate, validators: number): readonly number[] {
    this.#addAll(certificate);
    const { height, blockId } = certificate;
    const other = this.#decisions.get(height);
    if (other === undefined) this.#decisions.set(height, certificate);
    if (other === undefined || other.blockId === blockId) return [];
    const [first, second] =
      other.round <= certificate.round ? [other, certificate] : [certificate, other];
    const locked = this.#at(height, "precommit", first.round, first.blockId);
    const rival = this.#at(height, "precommit", second.round, second.blockId);
    if (first.round === second.round) return both(locked, rival);
    return this.#unlocked(first, locked, validators);
  }

  /** In the first round with a polka for another block, a quorum prevoted it: with the lock, more than f too many. */
  #unlocked(
    { height, round, blockId }: CommitCertificate,
    locked: ReadonlySet<number>,
    validators: number,
  ): readonly number[] {
    for (let later = round; later <= this.#roundMax; later += 1) {
      for (const [key, voters] of this.#voters) {
        const isRival =
          key.startsWith(`${height} prevote ${later} `) && !key.endsWith(` ${blockId}`);
        if (!isRival || key.endsWith(" null") || !isQuorum(voters.size, validators)) continue;
        const same = this.#at(height, "prevote", round, blockId);
        return both(later === round ? same : locked, voters);
      }
    }
    return [];
  }
}
