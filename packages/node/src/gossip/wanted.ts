import type { MemberId, TransactionId } from "@tegata/ledger/primitives";

/** A transaction others announced and this node does not hold. */
interface Wanted {
  /** Who said to hold it, in the order of their saying so. */
  readonly holders: MemberId[];
  readonly sinceMs: number;
  /** When it was last asked for; null: not yet. */
  askedMs: number | null;
  asked: number;
}

/** Bounds on what is remembered of announcements. */
export interface WantedLimits {
  /** A push is on its way most of the time: nothing is asked for earlier. */
  readonly patienceMs: number;
  /** Pause before the next holder is asked. */
  readonly againMs: number;
  /** What nobody gave by then is forgotten; it will be announced again. */
  readonly forgetMs: number;
  readonly idsMax: number;
  /** One member's announcements take at most this share. */
  readonly idsPerMemberMax: number;
}

/** The bounds of a node in production. */
export const wantedLimits: WantedLimits = Object.freeze({
  patienceMs: 150,
  againMs: 1_000,
  forgetMs: 15_000,
  idsMax: 65_536,
  idsPerMemberMax: 16_384,
});

/** What is missing and whom to ask for it. */
export class WantedTransactions {
  readonly #limits: WantedLimits;
  readonly #wanted = new Map<TransactionId, Wanted>();
  readonly #counts = new Map<MemberId, number>();

  constructor(limits: WantedLimits = wantedLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#wanted.size;
  }

  /** A member announced a transaction that is not held. */
  add(id: TransactionId, holder: MemberId, nowMs: number): void {
    const known = this.#wanted.get(id);
    if (known !== undefined) {
      if (known.holders.length < 4 && !known.holders.includes(holder)) known.holders.push(holder);
      return;
    }
    const count = this.#counts.get(holder) ?? 0;
    if (this.#wanted.size >= this.#limits.idsMax || count >= this.#limits.idsPerMemberMax) return;
    this.#counts.set(holder, count + 1);
    this.#wanted.set(id, { holders: [holder], sinceMs: nowMs, askedMs: null, asked: 0 });
  }

  /** It came, or nobody needs it any more. */
  remove(id: TransactionId): void {
    const known = this.#wanted.get(id);
    if (known === undefined) return;
    this.#wanted.delete(id);
    const first = known.holders[0];
    if (first === undefined) return;
    const count = (this.#counts.get(first) ?? 0) - 1;
    if (count > 0) this.#counts.set(first, count);
    else this.#counts.delete(first);
  }

  /** Ids to ask for now, by the member to ask; at most `idsMax` each. */
  due(nowMs: number, idsMax: number): ReadonlyMap<MemberId, readonly TransactionId[]> {
    const questions = new Map<MemberId, TransactionId[]>();
    for (const [id, wanted] of this.#wanted) {
      if (nowMs - wanted.sinceMs > this.#limits.forgetMs) {
        this.remove(id);
        continue;
      }
      const waitedMs = nowMs - (wanted.askedMs ?? wanted.sinceMs);
      const pauseMs = wanted.askedMs === null ? this.#limits.patienceMs : this.#limits.againMs;
      if (waitedMs < pauseMs) continue;
      const holder = wanted.holders[wanted.asked % wanted.holders.length];
      if (holder === undefined) continue;
      const ids = questions.get(holder) ?? [];
      if (ids.length >= idsMax) continue;
      questions.set(holder, ids);
      ids.push(id);
      wanted.askedMs = nowMs;
      wanted.asked += 1;
    }
    return questions;
  }
}
