import type { Lane, Transaction } from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";

/** A transaction that waits, with everything its block will need. */
export interface PooledTransaction {
  readonly transaction: Transaction;
  readonly payloads: readonly Uint8Array[];
  /** The key that its signature was verified against. */
  readonly signedBy: PublicKey;
  /** It came from this node's own gateway, which is told when it is refused later. */
  readonly own: boolean;
  /** Memory it is charged for. */
  readonly chargedBytes: number;
  /** Other members that are known to hold it. */
  readonly holders: Set<MemberId>;
  /** By the steady clock of its door. */
  readonly addedAtMs: number;
  /** How often it was announced again because somebody had not said to hold it. */
  repeats: number;
}

/** Signed versions of one sequence that wait at a time; only one of them can commit. */
export const versionsMax = 4;

/** Whether the next transaction of a lane could enter a block now. */
export type LaneState = "empty" | "ready" | "waiting";

/** The waiting transactions of one member's lane. */
export class LanePool {
  readonly memberId: MemberId;
  readonly lane: Lane;
  /** Lowest sequence that is not committed. */
  #next: number;
  /** Highest sequence held, or `next - 1`. */
  #highest: number;
  /** Versions by sequence, the newest first; never an empty list. */
  readonly #versions = new Map<number, PooledTransaction[]>();
  state: LaneState = "empty";

  constructor(memberId: MemberId, lane: Lane, next: number) {
    this.memberId = memberId;
    this.lane = lane;
    this.#next = next;
    this.#highest = next - 1;
  }

  get next(): number {
    return this.#next;
  }

  get highest(): number {
    return this.#highest;
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** Versions of a sequence, the newest first. */
  versionsOf(sequence: number): readonly PooledTransaction[] {
    return this.#versions.get(sequence) ?? [];
  }

  /** Adds the newest version of its sequence and gives back the oldest when there are too many. */
  add(pooled: PooledTransaction): PooledTransaction | null {
    const { sequence } = pooled.transaction;
    const versions = this.#versions.get(sequence);
    if (versions === undefined) this.#versions.set(sequence, [pooled]);
    else versions.unshift(pooled);
    this.#highest = Math.max(this.#highest, sequence);
    return versions !== undefined && versions.length > versionsMax
      ? (versions.pop() ?? null)
      : null;
  }

  /** Removes one version; false if it is not here. */
  remove(pooled: PooledTransaction): boolean {
    const { sequence } = pooled.transaction;
    const versions = this.#versions.get(sequence);
    const index = versions?.indexOf(pooled) ?? -1;
    if (versions === undefined || index === -1) return false;
    versions.splice(index, 1);
    if (versions.length === 0) this.#versions.delete(sequence);
    this.#lowerHighest();
    return true;
  }

  /** The lane committed up to a sequence: everything at or below it leaves the pool. */
  commit(sequence: number): readonly PooledTransaction[] {
    const left: PooledTransaction[] = [];
    if (sequence < this.#next) return left;
    for (let done = this.#next; done <= sequence && this.#versions.size > 0; done += 1) {
      left.push(...this.versionsOf(done));
      this.#versions.delete(done);
    }
    this.#next = sequence + 1;
    this.#highest = Math.max(this.#highest, sequence);
    this.#lowerHighest();
    return left;
  }

  #lowerHighest(): void {
    if (this.#versions.size === 0) this.#highest = this.#next - 1;
    while (this.#highest >= this.#next && !this.#versions.has(this.#highest)) this.#highest -= 1;
  }
}
