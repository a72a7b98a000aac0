import type { Lane, Transaction, TransactionVerdict } from "@tegata/ledger/chain";
import {
  assert,
  type MemberId,
  type Refusal,
  refuse,
  type TransactionId,
} from "@tegata/ledger/primitives";
import { LanePool, type PooledTransaction } from "./lane.ts";

/** Bounds of the pool. */
export interface MempoolLimits {
  /** How many sequences a lane may run ahead of what is committed. */
  readonly lookAheadMax: number;
  /** All members together; each has an equal share that nobody else can use up. */
  readonly bytesMax: number;
  /** A member's share is never below this: the next transaction of a lane must find room. */
  readonly memberBytesMin: number;
  readonly memberBytesMax: number;
  /** Lanes of one member with something waiting. */
  readonly lanesPerMemberMax: number;
}

const MIB = 1_048_576;

/** The bounds of a node in production. */
export const mempoolLimits: MempoolLimits = Object.freeze({
  lookAheadMax: 4_096,
  bytesMax: 1_024 * MIB,
  memberBytesMin: 10 * MIB,
  memberBytesMax: 64 * MIB,
  lanesPerMemberMax: 4_096,
});

/** Why there is no room; time cures it. */
export type RoomRefusalCode = "NODE_TX_AHEAD" | "NODE_TX_POOL_FULL";

/** What left the pool without being committed, and why. */
export interface Dropped {
  readonly pooled: PooledTransaction;
  readonly verdict: Extract<TransactionVerdict, { ok: false }> | null;
}

/** What the pool asks the ledger. */
export interface MempoolRules {
  /** Lowest sequence of a lane that the head state does not hold. */
  nextSequence(memberId: MemberId, lane: Lane): number;
  /** Whether the next block could take this transaction first. */
  check(transaction: Transaction): TransactionVerdict;
  /** Members of the network, who share the room. */
  memberCount(): number;
}

/** What is given to a proposer. */
export interface CandidateBudget {
  readonly transactionsMax: number;
  readonly transactionBytesMax: number;
  readonly payloadBytesMax: number;
  /** Bytes of transactions and payloads that are not yet known to be held by a quorum. */
  readonly unspreadBytesMax: number;
  /** Other members that must hold a transaction before it counts as spread. */
  readonly holdersMin: number;
  /** Members whose holding counts; null where everybody's does. */
  readonly voters: ReadonlySet<MemberId> | null;
}

interface MemberPool {
  bytes: number;
  readonly lanes: Map<Lane, LanePool>;
}

/**
 * Transactions that wait for a block, in lanes. Everything in it has a verified signature and verified
 * payloads; whether it may enter a block is asked for the next of each lane only.
 */
export class Mempool {
  readonly #rules: MempoolRules;
  readonly #limits: MempoolLimits;
  readonly #byId = new Map<TransactionId, PooledTransaction>();
  readonly #members = new Map<MemberId, MemberPool>();
  readonly #ready = new Set<LanePool>();
  readonly #waiting = new Set<LanePool>();
  #bytes = 0;

  constructor(rules: MempoolRules, limits: MempoolLimits = mempoolLimits) {
    this.#rules = rules;
    this.#limits = limits;
  }

  get transactions(): number {
    return this.#byId.size;
  }

  /** Memory charged for everything that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a block could take something now. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  get(id: TransactionId): PooledTransaction | null {
    return this.#byId.get(id) ?? null;
  }

  /** Everything that waits, the oldest first. */
  all(): IterableIterator<PooledTransaction> {
    return this.#byId.values();
  }

  /**
   * Whether a transaction of this place and size finds room, by what may be evicted for it. Asked before
   * its signature is verified, so that a full pool costs a member's flood nothing but this.
   */
  checkRoom(
    transaction: Transaction,
    chargedBytes: number,
  ): { ok: true } | Refusal<RoomRefusalCode> {
    const { memberId, lane, sequence } = transaction;
    const next = this.#nextOf(memberId, lane);
    const distance = sequence - next;
    if (distance >= this.#limits.lookAheadMax) {
      return refuse("NODE_TX_AHEAD", { next, sequence });
    }
    const member = this.#members.get(memberId);
    const bytesMax = this.#memberBytesMax();
    const full = refuse("NODE_TX_POOL_FULL", { bytesMax });
    if (member === undefined) return { ok: true };
    const lanes = member.lanes.has(lane) ? 0 : 1;
    const fits = member.bytes + chargedBytes <= bytesMax;
    if (fits && member.lanes.size + lanes <= this.#limits.lanesPerMemberMax) return { ok: true };
    const victim = furthest(member);
    return victim !== null && victim.highest - victim.next > distance ? { ok: true } : full;
  }

  /**
   * Takes a transaction that passed the door. The next of a lane evicts its member's furthest ones where
   * there is no room. Gives back what had to leave for it, or null if it found no room itself.
   */
  add(pooled: PooledTransaction): readonly PooledTransaction[] | null {
    const { id, memberId, lane } = pooled.transaction;
    assert(!this.#byId.has(id), "a transaction waits once");
    const evicted: PooledTransaction[] = [];
    while (!this.#hasRoom(pooled)) {
      const victim = this.#evictFor(pooled);
      if (victim === null) return null;
      evicted.push(victim);
    }
    const pool = this.#laneOf(memberId, lane);
    this.#byId.set(id, pooled);
    this.#charge(memberId, pooled.chargedBytes);
    const oldest = pool.add(pooled);
    if (oldest !== null) {
      this.#forget(oldest);
      evicted.push(oldest);
    }
    if (pooled.transaction.sequence === pool.next) this.#recheckLane(pool);
    return evicted;
  }

  /**
   * The head moved: what the block holds leaves the pool, and the next of every lane that the block may
   * have touched is checked again. Gives back what the ledger now refuses.
   */
  commit(transactions: readonly Transaction[]): readonly Dropped[] {
    const dropped: Dropped[] = [];
    const touched = new Set<LanePool>();
    const members = new Set<MemberId>();
    for (const { id, memberId, lane, sequence, kind } of transactions) {
      if (kind !== "records") members.add(memberId);
      const pool = this.#members.get(memberId)?.lanes.get(lane);
      if (pool === undefined) continue;
      for (const pooled of pool.commit(sequence)) {
        this.#forget(pooled);
        if (pooled.transaction.id !== id) dropped.push({ pooled, verdict: null });
      }
      touched.add(pool);
    }
    for (const memberId of members) {
      for (const pool of this.#members.get(memberId)?.lanes.values() ?? []) touched.add(pool);
    }
    for (const pool of touched) dropped.push(...this.#recheckLane(pool));
    return dropped;
  }

  /** Checks again what only time holds back, and what time may have spoilt. */
  recheck(): readonly Dropped[] {
    return [...this.#waiting, ...this.#ready].flatMap((pool) => this.#recheckLane(pool));
  }

  /** A builder met a refusal: if it is about the next of a lane, it is judged now. */
  reconsider(transaction: Transaction): readonly Dropped[] {
    const { memberId, lane, sequence } = transaction;
    const pool = this.#members.get(memberId)?.lanes.get(lane);
    return pool !== undefined && pool.next === sequence ? this.#recheckLane(pool) : [];
  }

  /**
   * Transactions for a block, members and their lanes in turn, each lane unbroken from its next one on,
   * all versions of a sequence with the newest first.
   */
  candidates(budget: CandidateBudget): readonly Transaction[] {
    const selection = new CandidateSelection(budget);
    let turns = this.#turns();
    while (turns.length > 0 && !selection.isFull) {
      turns = turns.filter((lanes) => {
        for (let turn = lanes.shift(); turn !== undefined; turn = lanes.shift()) {
          if (!selection.take(turn.pool.versionsOf(turn.sequence))) continue;
          turn.sequence += 1;
          lanes.push(turn);
          return true;
        }
        return false;
      });
    }
    return selection.taken;
  }

  /** The ready lanes of each member. */
  #turns(): LaneTurn[][] {
    const members = new Map<MemberId, LaneTurn[]>();
    for (const pool of this.#ready) {
      const turns = members.get(pool.memberId) ?? [];
      members.set(pool.memberId, turns);
      turns.push({ pool, sequence: pool.next });
    }
    return [...members.values()];
  }

  #memberBytesMax(): number {
    const share = Math.floor(this.#limits.bytesMax / Math.max(1, this.#rules.memberCount()));
    return Math.min(this.#limits.memberBytesMax, Math.max(this.#limits.memberBytesMin, share));
  }

  #nextOf(memberId: MemberId, lane: Lane): number {
    const pool = this.#members.get(memberId)?.lanes.get(lane);
    return pool?.next ?? this.#rules.nextSequence(memberId, lane);
  }

  #hasRoom(pooled: PooledTransaction): boolean {
    const member = this.#members.get(pooled.transaction.memberId);
    if (member === undefined) return true;
    const lanes = member.lanes.has(pooled.transaction.lane) ? 0 : 1;
    return (
      member.bytes + pooled.chargedBytes <= this.#memberBytesMax() &&
      member.lanes.size + lanes <= this.#limits.lanesPerMemberMax
    );
  }

  /** Makes room at the far end of the member's lanes, never for something that is further itself. */
  #evictFor(pooled: PooledTransaction): PooledTransaction | null {
    const { memberId, lane, sequence } = pooled.transaction;
    const member = this.#members.get(memberId);
    const victim = member === undefined ? null : furthest(member);
    const distance = sequence - this.#nextOf(memberId, lane);
    if (victim === null || victim.highest - victim.next <= distance) return null;
    const evicted = victim.versionsOf(victim.highest).at(-1);
    assert(evicted !== undefined, "the highest sequence of a lane is held");
    this.#remove(victim, evicted);
    return evicted;
  }

  #laneOf(memberId: MemberId, lane: Lane): LanePool {
    const member = this.#members.get(memberId) ?? { bytes: 0, lanes: new Map() };
    this.#members.set(memberId, member);
    const known = member.lanes.get(lane);
    if (known !== undefined) return known;
    const pool = new LanePool(memberId, lane, this.#rules.nextSequence(memberId, lane));
    member.lanes.set(lane, pool);
    return pool;
  }

  #charge(memberId: MemberId, bytes: number): void {
    const member = this.#members.get(memberId);
    assert(member !== undefined, "what is charged belongs to a member's pool");
    member.bytes += bytes;
    this.#bytes += bytes;
  }

  #forget(pooled: PooledTransaction): void {
    this.#byId.delete(pooled.transaction.id);
    this.#charge(pooled.transaction.memberId, -pooled.chargedBytes);
  }

  #remove(pool: LanePool, pooled: PooledTransaction): void {
    const removed = pool.remove(pooled);
    assert(removed, "what is removed waits in its lane");
    this.#forget(pooled);
    if (pool.versionsOf(pool.next).length === 0) this.#setState(pool, "empty");
  }

  /** Judges the versions of the next sequence, the newest first, until one passes or only time is missing. */
  #recheckLane(pool: LanePool): readonly Dropped[] {
    const dropped: Dropped[] = [];
    let state: LanePool["state"] = "empty";
    for (const pooled of [...pool.versionsOf(pool.next)]) {
      const verdict = this.#rules.check(pooled.transaction);
      if (verdict.ok) {
        state = "ready";
        break;
      }
      if (verdict.cure === "wait") {
        state = "waiting";
        continue;
      }
      this.#remove(pool, pooled);
      dropped.push({ pooled, verdict });
    }
    this.#setState(pool, state);
    return dropped;
  }

  #setState(pool: LanePool, state: LanePool["state"]): void {
    pool.state = state;
    this.#ready.delete(pool);
    this.#waiting.delete(pool);
    if (state === "ready") this.#ready.add(pool);
    if (state === "waiting") this.#waiting.add(pool);
    if (!pool.isEmpty) return;
    const member = this.#members.get(pool.memberId);
    member?.lanes.delete(pool.lane);
    if (member?.lanes.size === 0) this.#members.delete(pool.memberId);
  }
}

interface LaneTurn {
  readonly pool: LanePool;
  sequence: number;
}

/** The lane of a member that runs furthest ahead, or null when all hold their next one only. */
function furthest(member: MemberPool): LanePool | null {
  let found: LanePool | null = null;
  for (const pool of member.lanes.values()) {
    const distance = pool.highest - pool.next;
    if (distance > 0 && (found === null || distance > found.highest - found.next)) found = pool;
  }
  return found;
}

/** Counts what a proposer may take; the first transaction always fits. */
class CandidateSelection {
  readonly taken: Transaction[] = [];
  readonly #budget: CandidateBudget;
  #count = 0;
  #transactionBytes = 0;
  #payloadBytes = 0;
  #unspreadBytes = 0;

  constructor(budget: CandidateBudget) {
    this.#budget = budget;
  }

  get isFull(): boolean {
    return this.#count >= this.#budget.transactionsMax;
  }

  /** Takes all versions of one sequence or none; false ends the lane. */
  take(versions: readonly PooledTransaction[]): boolean {
    const newest = versions[0];
    if (newest === undefined) return false;
    const payloadBytes = newest.payloads.reduce((sum, payload) => sum + payload.length, 0);
    const transactionBytes = newest.transaction.bytes.length;
    const spread = versions.every(({ holders }) => this.#isSpread(holders));
    const unspreadBytes = spread ? 0 : transactionBytes + payloadBytes;
    const { transactionsMax, transactionBytesMax, payloadBytesMax, unspreadBytesMax } =
      this.#budget;
    const fits =
      this.#count < transactionsMax &&
      this.#transactionBytes + transactionBytes <= transactionBytesMax &&
      this.#payloadBytes + payloadBytes <= payloadBytesMax &&
      this.#unspreadBytes + unspreadBytes <= unspreadBytesMax;
    if (!fits && this.#count > 0) return false;
    this.#count += 1;
    this.#transactionBytes += transactionBytes;
    this.#payloadBytes += payloadBytes;
    this.#unspreadBytes += unspreadBytes;
    for (const { transaction } of versions) this.taken.push(transaction);
    return true;
  }

  #isSpread(holders: ReadonlySet<MemberId>): boolean {
    const { voters, holdersMin } = this.#budget;
    if (holders.size < holdersMin) return false;
    if (voters === null) return true;
    let count = 0;
    for (const holder of holders) if (voters.has(holder)) count += 1;
    return count >= holdersMin;
  }
}
