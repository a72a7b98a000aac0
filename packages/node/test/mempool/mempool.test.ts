import { CONTROL_LANE, type Transaction, type TransactionVerdict } from "@tegata/ledger/chain";
import {
  createSigner,
  type MemberId,
  type NetworkId,
  type StreamId,
} from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PooledTransaction } from "../../src/mempool/lane.ts";
import { Mempool, type MempoolLimits } from "../../src/mempool/mempool.ts";
import { Writer, type Written } from "../helpers/writer.ts";

const network = "11".repeat(32) as NetworkId;
const accepted: TransactionVerdict = { ok: true };
const whole = {
  transactionsMax: 1_000,
  transactionBytesMax: 1 << 22,
  payloadBytesMax: 1 << 23,
  unspreadBytesMax: 1 << 23,
  holdersMin: 0,
  voters: null,
};

function memberId(number: number): MemberId {
  return number.toString(16).padStart(64, "0") as MemberId;
}

function laneId(number: number): StreamId {
  return (number + 1).toString(16).padStart(32, "0") as StreamId;
}

function writerOf(number: number): Writer {
  return new Writer(memberId(number), createSigner(new Uint8Array(32).fill(number + 1)), network);
}

function pooled(written: Written, changed: Partial<PooledTransaction> = {}): PooledTransaction {
  const { decoded, payloads } = written;
  return {
    transaction: decoded,
    payloads,
    signedBy: "22".repeat(32) as PooledTransaction["signedBy"],
    own: true,
    chargedBytes: 1_000,
    holders: new Set(),
    repeats: 0,
    addedAtMs: 0,
    ...changed,
  };
}

interface Pool {
  readonly pool: Mempool;
  readonly next: Map<string, number>;
  check: (transaction: Transaction) => TransactionVerdict;
}

/** A pool on a ledger that knows only the next sequence of each lane and accepts everything. */
function newPool(limits: Partial<MempoolLimits> = {}): Pool {
  const next = new Map<string, number>();
  const made: Pool = {
    next,
    check: () => accepted,
    pool: new Mempool(
      {
        nextSequence: (member, lane) => next.get(`${member}/${lane}`) ?? 1,
        check: (transaction) => made.check(transaction),
        memberCount: () => 4,
      },
      {
        lookAheadMax: 4_096,
        bytesMax: 1_000_000,
        memberBytesMin: 10_000,
        memberBytesMax: 100_000,
        lanesPerMemberMax: 4_096,
        ...limits,
      },
    ),
  };
  return made;
}

/** Commits what a block would take, as the ledger would. */
function commit({ pool, next }: Pool, transactions: readonly Transaction[]): void {
  for (const { memberId: member, lane, sequence } of transactions) {
    next.set(`${member}/${lane}`, sequence + 1);
  }
  pool.commit(transactions);
}

describe("the mempool", () => {
  test("gives each lane unbroken and in order, whatever the order of arrival", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 }),
        (sequences) => {
          const made = newPool();
          const writer = writerOf(1);
          const held = new Set<number>();
          for (const sequence of sequences) {
            made.pool.add(pooled(writer.voidAt(sequence)));
            held.add(sequence);
          }
          let expected = 0;
          while (held.has(expected + 1)) expected += 1;
          const taken = made.pool.candidates(whole).map(({ sequence }) => sequence);
          const distinct = [...new Set(taken)];
          expect(distinct).toEqual(Array.from({ length: expected }, (_, index) => index + 1));
          expect(made.pool.hasReady).toBe(held.has(1));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("holds at most four versions of a sequence and offers the newest first", () => {
    const { pool } = newPool();
    const writer = writerOf(1);
    const versions = Array.from({ length: 6 }, () => pooled(writer.voidAt(1)));
    const left = versions.flatMap((version) => pool.add(version) ?? []);
    expect(left.map(({ transaction }) => transaction.id)).toEqual(
      versions.slice(0, 2).map(({ transaction }) => transaction.id),
    );
    const newest = versions.slice(2).reverse();
    expect(pool.candidates(whole).map(({ id }) => id)).toEqual(
      newest.map(({ transaction }) => transaction.id),
    );
  });

  test("admits the next of a lane to a full pool at the cost of the furthest of that member", () => {
    const made = newPool();
    const writer = writerOf(1);
    for (let sequence = 2; sequence <= 101; sequence += 1) {
      expect(made.pool.add(pooled(writer.voidAt(sequence)))).toEqual([]);
    }
    const other = pooled(writerOf(2).voidAt(1));
    expect(made.pool.add(other)).toEqual([]);
    const next = writer.voidAt(1);
    expect(made.pool.checkRoom(next.decoded, 1_000)).toEqual({ ok: true });
    const evicted = made.pool.add(pooled(next));
    expect(evicted?.map(({ transaction }) => transaction.sequence)).toEqual([101]);
    const further = pooled(writer.voidAt(150));
    expect(made.pool.checkRoom(further.transaction, 1_000)).toMatchObject({
      ok: false,
      code: "NODE_TX_POOL_FULL",
    });
    expect(made.pool.add(further)).toBeNull();
    expect(made.pool.get(other.transaction.id)).not.toBeNull();
  });

  test("refuses what runs more than 4,096 places ahead", () => {
    const made = newPool();
    made.next.set(`${memberId(1)}/${CONTROL_LANE}`, 5);
    const writer = writerOf(1);
    expect(made.pool.checkRoom(writer.voidAt(4_100).decoded, 1).ok).toBe(true);
    expect(made.pool.checkRoom(writer.voidAt(4_101).decoded, 1)).toMatchObject({
      code: "NODE_TX_AHEAD",
    });
  });

  test("never charges a member more than its share, whatever comes in and whatever commits", () => {
    const step = fc.record({
      member: fc.integer({ min: 0, max: 2 }),
      lane: fc.integer({ min: 0, max: 3 }),
      ahead: fc.integer({ min: 0, max: 9 }),
      bytes: fc.integer({ min: 500, max: 9_000 }),
      commits: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const made = newPool({ memberBytesMax: 30_000, lanesPerMemberMax: 3 });
        const held = new Map<string, number>();
        for (const { member, lane, ahead, bytes, commits } of steps) {
          const key = `${memberId(member)}/${laneId(lane)}`;
          const sequence = (made.next.get(key) ?? 1) + ahead;
          const decoded = {
            ...writerOf(member).voidAt(sequence).decoded,
            lane: laneId(lane),
          } as Transaction;
          const one = pooled(
            { decoded, payloads: [], id: decoded.id, transaction: decoded.bytes },
            { chargedBytes: bytes },
          );
          made.pool.add(one);
          if (commits) commit(made, made.pool.candidates({ ...whole, transactionsMax: 3 }));
          held.clear();
          let total = 0;
          for (const { transaction, chargedBytes } of made.pool.all()) {
            total += chargedBytes;
            const sum = (held.get(transaction.memberId) ?? 0) + chargedBytes;
            held.set(transaction.memberId, sum);
            const next = made.next.get(`${transaction.memberId}/${transaction.lane}`) ?? 1;
            expect(transaction.sequence).toBeGreaterThanOrEqual(next);
          }
          expect(made.pool.bytes).toBe(total);
          for (const sum of held.values()) expect(sum).toBeLessThanOrEqual(30_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("takes members in turn, so that a flood of one keeps nobody out", () => {
    const { pool } = newPool();
    const flood = writerOf(1);
    for (let sequence = 1; sequence <= 50; sequence += 1) pool.add(pooled(flood.voidAt(sequence)));
    const quiet = pooled(writerOf(2).voidAt(1));
    pool.add(quiet);
    const taken = pool.candidates({ ...whole, transactionsMax: 4 });
    expect(taken).toHaveLength(4);
    expect(taken.map(({ id }) => id)).toContain(quiet.transaction.id);
  });

  test("offers what others are not known to hold only up to a bound", () => {
    const { pool } = newPool();
    const writer = writerOf(1);
    const all = Array.from({ length: 10 }, (_, index) => pooled(writer.voidAt(index + 1)));
    for (const one of all) pool.add(one);
    const size = all[0]?.transaction.bytes.length ?? 0;
    const budget = { ...whole, holdersMin: 2, unspreadBytesMax: size * 3 };
    expect(pool.candidates(budget)).toHaveLength(3);
    for (const one of all) one.holders.add(memberId(7)).add(memberId(8));
    expect(pool.candidates(budget)).toHaveLength(10);
    expect(pool.candidates({ ...budget, unspreadBytesMax: 0 })).toHaveLength(10);
    // Whoever has no vote may hold it: that helps no quorum.
    const voters = new Set([memberId(7), memberId(9)]);
    expect(pool.candidates({ ...budget, voters })).toHaveLength(3);
    voters.add(memberId(8));
    expect(pool.candidates({ ...budget, voters })).toHaveLength(10);
  });

  test("checks the next of a lane again after each block and gives back what is refused now", () => {
    const made = newPool();
    const writer = writerOf(1);
    const [first, second] = [pooled(writer.voidAt(1)), pooled(writer.voidAt(2))];
    made.pool.add(first);
    made.pool.add(second);
    made.check = ({ sequence }) =>
      sequence === 2 ? { ok: false, code: "LEDGER_TX_GENERATION", cure: "renumber" } : accepted;
    made.next.set(`${memberId(1)}/${CONTROL_LANE}`, 2);
    const dropped = made.pool.commit([first.transaction]);
    expect(dropped.map(({ pooled: one, verdict }) => [one.transaction.id, verdict?.code])).toEqual([
      [second.transaction.id, "LEDGER_TX_GENERATION"],
    ]);
    expect(made.pool.transactions).toBe(0);
  });

  test("keeps what only time holds back, and offers it when its time has come", () => {
    const made = newPool();
    made.check = () => ({ ok: false, code: "LEDGER_TX_EPOCH_AHEAD", cure: "wait" });
    made.pool.add(pooled(writerOf(1).voidAt(1)));
    expect([made.pool.hasReady, made.pool.hasWaiting]).toEqual([false, true]);
    made.check = () => accepted;
    expect(made.pool.recheck()).toEqual([]);
    expect([made.pool.hasReady, made.pool.hasWaiting]).toEqual([true, false]);
  });
});
