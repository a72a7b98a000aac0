import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BlockBudget,
  budgetFor,
  buildBlock,
  changesRootOf,
  checkBlock,
  executeBlock,
  grantId,
  isTimely,
  limits,
  proposalTimeMs,
  readClock,
  readLane,
  readWriter,
  StateView,
  type Transaction,
  writeGrant,
} from "../../src/chain/index.ts";
import {
  hashId,
  idBytes,
  type MemberId,
  type StreamId,
  type TransactionId,
  taggedHash,
} from "../../src/primitives/index.ts";
import {
  certifiedOf,
  checksOf,
  claimWriter,
  commit,
  coverFor,
  type Founder,
  grant,
  hashOf,
  type Ledger,
  ledgerWithStream,
  member,
  newLedger,
  nextContext,
  openStreams,
  payload,
  plan,
  records,
  sign,
  streamOf,
  streamRoll,
  voidEntry,
} from "./fixtures.ts";

/** A ledger on which each of three members has two streams. */
function wideLedger(): { readonly ledger: Ledger; readonly lanes: readonly Lane[] } {
  const ledger = newLedger(3);
  const lanes = ledger.founders.flatMap((founder, index) =>
    [0, 1].map((stream) => ({ founder, stream: streamOf(`${index} ${stream}`, founder) })),
  );
  openStreams(ledger, ...lanes);
  return { ledger, lanes };
}

interface Lane {
  readonly founder: Founder;
  readonly stream: StreamId;
}

const { ledger, lanes } = wideLedger();

type Step = "records" | "void" | "grant" | "roll";

/** The entry that takes sequence `index + 2` of a lane; a roll is only good as the first. */
function entry({ founder, stream }: Lane, step: Step, index: number): Transaction {
  const sequence = index + 2;
  switch (step) {
    case "records":
      return sign(ledger, founder, { ...records(ledger, founder, stream), sequence });
    case "void":
      return sign(ledger, founder, { ...voidEntry(ledger, founder, stream), sequence });
    case "roll":
      return sign(ledger, founder, { ...streamRoll(ledger, founder, stream), sequence });
    case "grant": {
      const grantee = ledger.founders.find(({ id }) => id !== founder.id) as Founder;
      const covers = [coverFor(grantee.id)];
      return sign(ledger, founder, { ...grant(ledger, founder, stream, covers), sequence });
    }
  }
}

const step = fc.constantFrom<Step>("records", "records", "void", "grant", "roll");
const workload = fc
  .array(fc.array(step, { maxLength: 5 }), { minLength: lanes.length, maxLength: lanes.length })
  .map((steps) =>
    steps.flatMap((own, lane) =>
      own.map((kind, index) => entry(lanes[lane] as (typeof lanes)[0], kind, index)),
    ),
  );

function shuffledWorkload(): fc.Arbitrary<Transaction[]> {
  return workload.chain((all) =>
    fc.shuffledSubarray(all, { minLength: Math.floor(all.length / 2), maxLength: all.length }),
  );
}

describe("building a block", () => {
  test("whatever the candidates, the block is valid on the same state", () => {
    fc.assert(
      fc.property(shuffledWorkload(), (candidates) => {
        const { block, changesRoot } = buildBlock(plan(ledger, candidates));
        const verdict = checkBlock(ledger.state, ledger.head, block, checksOf(ledger));
        expect(verdict).toMatchObject({ ok: true, changesRoot });
      }),
      { numRuns: 60 },
    );
  });

  test("every lane stands in the order of its sequences, from the next one on, without gaps", () => {
    fc.assert(
      fc.property(shuffledWorkload(), (candidates) => {
        const { block } = buildBlock(plan(ledger, candidates));
        for (const { founder, stream } of lanes) {
          const own = block.transactions.filter(
            ({ memberId, lane }) => memberId === founder.id && lane === stream,
          );
          expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 2));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("what is left out is refused, or waits behind something that is not there", () => {
    const lane = lanes[0] as Lane;
    const [first, , third] = [0, 1, 2].map((index) => entry(lane, "records", index));
    const late = { ...records(ledger, lane.founder, lane.stream), sequence: 1 };
    const used = sign(ledger, lane.founder, late);
    const { block, skipped } = buildBlock(
      plan(ledger, [third as Transaction, first as Transaction, used]),
    );
    expect(block.transactions.map(({ id }) => id)).toEqual([first?.id]);
    expect(skipped.map(({ transaction, refusal }) => [transaction.id, refusal.code])).toEqual([
      [used.id, "LEDGER_TX_SEQUENCE_USED"],
    ]);
  });

  test("of several versions of one sequence the first that passes is taken", () => {
    const lane = lanes[0] as Lane;
    const bad = sign(ledger, lane.founder, {
      ...records(ledger, lane.founder, lane.stream),
      payloads: [],
    });
    const [good, spare] = [entry(lane, "records", 0), entry(lane, "records", 0)];
    const next = entry(lane, "records", 1);
    const { block, skipped } = buildBlock(plan(ledger, [bad, good, spare, next]));
    expect(block.transactions.map(({ id }) => id)).toEqual([good.id, next.id]);
    expect(skipped.map(({ transaction }) => transaction.id)).toEqual([bad.id]);
  });

  test("members take turns, and every height begins with another", () => {
    const candidates = lanes.flatMap((lane) => [0, 1].map((index) => entry(lane, "void", index)));
    const budget: BlockBudget = { ...budgetFor(0), transactionsMax: 4 };
    const { block } = buildBlock({ ...plan(ledger, candidates), budget });
    const turns = block.transactions.map(({ memberId }) => memberId);
    expect(new Set(turns.slice(0, 3)).size).toBe(3);
    expect(turns[3]).toBe(turns[0]);
    const later = { ...ledger.head, height: ledger.head.height + 1 };
    const next = buildBlock({ ...plan(ledger, candidates), budget, head: later }).block;
    expect(next.transactions[0]?.memberId).toBe(turns[1]);
  });

  test("a member's lanes take turns too", () => {
    const own = lanes.slice(0, 2);
    const candidates = own.flatMap((lane) => [0, 1].map((index) => entry(lane, "void", index)));
    const { block } = buildBlock(plan(ledger, candidates));
    const [first, second, third] = block.transactions.map(({ lane }) => lane);
    expect(first).not.toBe(second);
    expect(third).toBe(first);
  });

  test("stays within its budgets, but always takes one transaction", () => {
    const candidates = lanes.map((lane) => entry(lane, "records", 0));
    const size = candidates[0]?.bytes.length ?? 0;
    const count = (budget: Partial<BlockBudget>): number =>
      buildBlock({ ...plan(ledger, candidates), budget: { ...budgetFor(0), ...budget } }).block
        .transactions.length;
    expect(count({})).toBe(lanes.length);
    expect(count({ transactionsMax: 2 })).toBe(2);
    expect(count({ transactionBytesMax: size * 3 })).toBe(3);
    expect(count({ payloadBytesMax: 2 * 800 })).toBe(2);
    expect(count({ payloadBytesMax: 0, transactionBytesMax: 0, transactionsMax: 0 })).toBe(1);
  });

  test("a larger budget than the protocol's does not count", () => {
    const facets = { hash: payload("full").hash, size: limits.payloadBytesMax };
    const candidates = lanes.map((lane) => {
      const content = records(ledger, lane.founder, lane.stream);
      return sign(ledger, lane.founder, { ...content, payloads: [facets, facets] });
    });
    const budget = { ...budgetFor(0), payloadBytesMax: Number.MAX_SAFE_INTEGER };
    const { block } = buildBlock({ ...plan(ledger, candidates), budget });
    expect(block.transactions).toHaveLength(3);
  });

  test("ends no more grants than a block may, and the rest in the next one", () => {
    const { ledger: own, owner, stream } = ledgerWithStream();
    const view = new StateView(own.state);
    const { sealed: _, ...cover } = coverFor(member(own, 1).id);
    const place = { transactionId: hashOf("grants") as string as TransactionId, coverIndex: 0 };
    const live = { ...cover, ...place, height: 1, endedHeight: null };
    const rolls = Array.from({ length: 17 }, (_roll, roll) => {
      const endedGrants = Array.from({ length: limits.endedGrantsMax }, (_grant, at) =>
        grantId(stream, 2 + at, roll),
      );
      for (const id of endedGrants) writeGrant(view, stream, id, live);
      const content = streamRoll(own, owner, stream);
      const body = { ...content.body, generation: 2 + roll, endedGrants };
      return sign(own, owner, { ...content, sequence: content.sequence + roll, body });
    });
    own.state.write(view.changes());
    const { block, skipped } = buildBlock(plan(own, rolls));
    expect(block.transactions).toHaveLength(16);
    expect(skipped).toEqual([]);
    commit(own, rolls.slice(0, 16));
    commit(own, rolls.slice(16));
  });

  test("rounds halve the budget down to one transaction", () => {
    expect(budgetFor(0).payloadBytesMax).toBe(limits.blockPayloadBytesMax);
    expect(budgetFor(3).transactionBytesMax).toBe(limits.blockTransactionBytesMax / 8);
    expect(budgetFor(60).transactionsMax).toBe(1);
    expect(budgetFor(2 ** 31 - 1)).toEqual({
      transactionsMax: 1,
      transactionBytesMax: 0,
      payloadBytesMax: 0,
    });
  });
});

describe("executing a block", () => {
  const { height, timeMs } = nextContext(ledger);
  const proposer = ledger.founders[0]?.id as MemberId;
  const frame = {
    height,
    timeMs,
    proposer,
    previousBlockId: ledger.head.blockId,
    certified: certifiedOf(ledger, ledger.head),
    isSigned: checksOf(ledger).isSigned,
    evidence: [],
    offence: () => null,
  };

  test("twice gives the same changes", () => {
    fc.assert(
      fc.property(shuffledWorkload(), (candidates) => {
        const { transactions } = buildBlock(plan(ledger, candidates)).block;
        const run = { ...frame, transactions };
        const [a, b] = [executeBlock(ledger.state, run), executeBlock(ledger.state, run)];
        expect(a).toEqual(b);
        expect(a.ok && changesRootOf(a.changes)).toBe(a.ok && a.changesRoot);
      }),
      { numRuns: 30 },
    );
  });

  test("any interleaving that keeps the order of lanes gives the same changes", () => {
    const withTurns = workload.chain((all) =>
      fc.tuple(fc.constant(all), fc.infiniteStream(fc.nat(lanes.length - 1))),
    );
    fc.assert(
      fc.property(withTurns, ([candidates, turns]) => {
        const { transactions, header } = buildBlock(plan(ledger, candidates)).block;
        const queues = lanes.map(({ stream }) =>
          transactions.filter(({ lane }) => lane === stream),
        );
        const mixed: Transaction[] = [];
        for (const turn of turns) {
          if (mixed.length === transactions.length) break;
          const waiting = queues.filter((queue) => queue.length > 0);
          const taken = waiting[turn % waiting.length]?.shift();
          if (taken !== undefined) mixed.push(taken);
        }
        const executed = executeBlock(ledger.state, { ...frame, transactions: mixed });
        expect(executed).toMatchObject({ ok: true, changesRoot: header.changesRoot });
      }),
      { numRuns: 40 },
    );
  });

  test("out of order, a lane is refused at the first transaction out of place", () => {
    const lane = lanes[0] as Lane;
    const transactions = [entry(lane, "void", 1), entry(lane, "void", 0)];
    const executed = executeBlock(ledger.state, { ...frame, transactions });
    expect(executed).toMatchObject({
      ok: false,
      code: "LEDGER_BLOCK_TRANSACTION",
      index: 0,
      refusal: { code: "LEDGER_TX_SEQUENCE_GAP", cure: "wait" },
    });
  });

  test("an empty block moves the clock and nothing else", () => {
    const executed = executeBlock(ledger.state, { ...frame, transactions: [] });
    if (!executed.ok) throw new Error("an empty block is executed");
    expect(executed.changes).toHaveLength(1);
    const view = new StateView(ledger.state);
    for (const [key, value] of executed.changes) view.set(key, value);
    expect(readClock(view)).toEqual({ height, timeMs, proposer });
  });

  test("changes are sorted by key, each key once", () => {
    const candidates = lanes.flatMap((lane) => [entry(lane, "records", 0), entry(lane, "roll", 1)]);
    const { changes } = buildBlock(plan(ledger, candidates));
    const keys = changes.map(([key]) => Buffer.from(key).toString("hex"));
    expect(keys).toEqual([...new Set(keys)].sort());
  });
});

describe("lanes and writers", () => {
  test("the head of a lane chains every id of it", () => {
    const { ledger: own, lanes: ownLanes } = wideLedger();
    const { founder, stream } = ownLanes[0] as Lane;
    const first = readLane(own.state, founder.id, stream);
    const batch = sign(own, founder, records(own, founder, stream));
    commit(own, [batch]);
    const second = readLane(own.state, founder.id, stream);
    if (first === null || second === null) throw new Error("the lane has begun");
    const chained = taggedHash("lane", idBytes(first.head), idBytes(batch.id));
    expect(second).toEqual({ sequence: 2, head: hashId(chained) });
  });

  test("after a claim only the new writer's transactions pass, in every lane of the member", () => {
    const { ledger: own, lanes: ownLanes } = wideLedger();
    const [mine, , theirs] = ownLanes as [Lane, Lane, Lane];
    const before = [mine, theirs].map(({ founder, stream }) =>
      sign(own, founder, records(own, founder, stream)),
    );
    commit(own, [sign(own, mine.founder, claimWriter(own, mine.founder))]);
    expect(readWriter(own.state, mine.founder.id)).toBe(1);
    const { block, skipped } = buildBlock(plan(own, before));
    expect(block.transactions.map(({ memberId }) => memberId)).toEqual([theirs.founder.id]);
    expect(skipped[0]?.refusal.code).toBe("LEDGER_TX_WRITER_OVERTAKEN");
    const after = sign(own, mine.founder, records(own, mine.founder, mine.stream));
    expect(buildBlock(plan(own, [after])).block.transactions).toHaveLength(1);
  });

  test("two claims of one number cannot both pass", () => {
    const founder = member(ledger, 0);
    const rivals = [claimWriter(ledger, founder), claimWriter(ledger, founder)];
    const second = { ...(rivals[1] as (typeof rivals)[0]), sequence: 2 };
    const claims = [rivals[0] as (typeof rivals)[0], second].map((c) => sign(ledger, founder, c));
    const { block, skipped } = buildBlock(plan(ledger, claims));
    expect(block.transactions.map(({ id }) => id)).toEqual([claims[0]?.id]);
    expect(skipped[0]?.refusal.code).toBe("LEDGER_TX_WRITER_OVERTAKEN");
  });
});

describe("the time of a proposal", () => {
  const at = (timeMs: number, round: number, previousMs = 0): boolean =>
    isTimely(timeMs, { nowMs: 1_000_000, previousMs, round });

  test("is near the clock in round 0, within bounds that widen with the rounds", () => {
    expect(at(998_000, 0)).toBe(true);
    expect(at(997_999, 0)).toBe(false);
    expect(at(997_999, 1)).toBe(true);
    expect(at(1_000_500, 0)).toBe(true);
    expect(at(1_000_501, 0)).toBe(false);
    expect(at(1_000_501, 1)).toBe(true);
  });

  test("is bounded ahead whatever the round, and not behind", () => {
    expect(at(1_060_000, 40)).toBe(true);
    expect(at(1_060_001, 2_000)).toBe(false);
    expect(at(0, 30)).toBe(true);
    expect(at(0, 2 ** 31 - 1)).toBe(true);
  });

  test("is always good right after the block before, so that a clock set back halts nothing", () => {
    expect(at(2_000_001, 0, 2_000_000)).toBe(true);
    expect(at(2_000_002, 0, 2_000_000)).toBe(false);
    expect(proposalTimeMs(1_000_000, 2_000_000)).toBe(2_000_001);
    expect(proposalTimeMs(3_000_000, 2_000_000)).toBe(3_000_000);
  });
});
