import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assembleBlock,
  buildBlock,
  type ContentOf,
  checkTransaction,
  decodeStateKey,
  decodeStateValue,
  isPurged,
  type Kind,
  limits,
  readQuota,
  readRetained,
  readStream,
  retainedKey,
  retainedSequences,
  StateView,
  type Transaction,
  type TransactionOf,
  writeLane,
} from "../../src/chain/index.ts";
import type { StreamId } from "../../src/primitives/index.ts";
import {
  commit,
  coverFor,
  type Founder,
  grant,
  hashOf,
  type Ledger,
  ledgerWithStream,
  member,
  nextContext,
  openStreams,
  payload,
  plan,
  purge,
  records,
  refusalOf,
  sign,
  streamOf,
  streamRoll,
  voidEntry,
} from "./fixtures.ts";

const metaBytes = 272;

/** What a naive reader of the ledger notes of a batch. */
interface Noted {
  readonly transaction: TransactionOf<"records">;
  readonly bytes: number;
  isPurged: boolean;
}

type Draw =
  | { readonly what: "records"; readonly size: number }
  | { readonly what: "void" | "grant" | "roll" | "foreign" }
  | { readonly what: "purge"; readonly from: number; readonly count: number };

const draw: fc.Arbitrary<Draw> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant("records"), size: fc.nat(4_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom("void", "grant", "roll", "foreign") }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("purge"), from: fc.nat(60), count: fc.nat(40) }),
  },
) as fc.Arbitrary<Draw>;

/** Streams of the first founder, and what a naive reader knows of them. */
class Walk {
  readonly ledger: Ledger;
  readonly owner: Founder;
  readonly streams: readonly StreamId[];
  readonly noted: readonly Noted[][];

  constructor() {
    const { ledger, owner, stream } = ledgerWithStream();
    const second = streamOf("second");
    openStreams(ledger, { founder: owner, stream: second });
    this.ledger = ledger;
    this.owner = owner;
    this.streams = [stream, second];
    this.noted = [[], []];
  }

  step(at: number, drawn: Draw): void {
    const { ledger, owner } = this;
    const stream = this.streams[at] as StreamId;
    const batches = this.noted[at] as Noted[];
    const put = <K extends Kind>(founder: Founder, content: ContentOf<K>): TransactionOf<K> => {
      const transaction = sign(ledger, founder, content);
      commit(ledger, [transaction as Transaction]);
      return transaction;
    };
    switch (drawn.what) {
      case "records": {
        const content = records(ledger, owner, stream);
        const generation = readStream(ledger.state, stream)?.generation ?? 0;
        const payloads = [payload("part 0"), payload("part 1", 1 + drawn.size)];
        const body = { ...content.body, generation };
        const transaction = put(owner, { ...content, payloads, body });
        batches.push({ transaction, bytes: 273 + drawn.size, isPurged: false });
        break;
      }
      case "purge": {
        const content = purge(ledger, owner, stream, [0, 0]);
        if (content.sequence === 2) break;
        const first = 2 + (drawn.from % (content.sequence - 2));
        const last = Math.min(content.sequence - 1, first + drawn.count);
        put(owner, { ...content, body: { sequenceFirst: first, sequenceLast: last } });
        for (const batch of batches) {
          const { sequence } = batch.transaction;
          if (sequence >= first && sequence <= last) batch.isPurged = true;
        }
        break;
      }
      case "roll": {
        const generation = (readStream(ledger.state, stream)?.generation ?? 0) + 1;
        const content = streamRoll(ledger, owner, stream);
        put(owner, { ...content, body: { ...content.body, generation } });
        break;
      }
      case "grant": {
        const covers = [coverFor(member(ledger, 1).id)];
        put(owner, grant(ledger, owner, stream, covers));
        break;
      }
      case "void":
        put(owner, voidEntry(ledger, owner, stream));
        break;
      case "foreign":
        put(member(ledger, 1), voidEntry(ledger, member(ledger, 1), stream));
        break;
    }
  }

  /** What the state says that is kept, by stream and sequence. */
  kept(): ReadonlyMap<string, number> {
    const kept = new Map<string, number>();
    for (const [key, value] of this.ledger.state.entries()) {
      const name = decodeStateKey(key);
      if (name.table !== "retained") continue;
      for (const batch of decodeStateValue("retained", value)) {
        expect(Math.floor(batch.sequence / retainedSequences)).toBe(name.row);
        kept.set(`${name.streamId} ${batch.sequence}`, batch.payloadBytes);
      }
    }
    return kept;
  }
}

describe("a purge", () => {
  test("gives back each batch's bytes once, whatever stands between, as a naive model says", () => {
    let purged = 0;
    const step = fc.tuple(fc.nat(1), draw);
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 70 }), (steps) => {
        const walk = new Walk();
        const { ledger, owner, streams, noted } = walk;
        for (const [at, drawn] of steps) {
          walk.step(at, drawn);
          const kept = new Map<string, number>();
          for (const [index, batches] of noted.entries()) {
            for (const { transaction, bytes, isPurged: isGone } of batches) {
              expect(isPurged(ledger.state, transaction)).toBe(isGone);
              if (isGone) purged += 1;
              else kept.set(`${streams[index]} ${transaction.sequence}`, bytes);
            }
          }
          expect(walk.kept()).toEqual(kept);
          const sum = [...kept.values()].reduce((all, bytes) => all + bytes, 2 * metaBytes);
          expect(readQuota(ledger.state, owner.id).retainedPayloadBytes).toBe(sum);
          expect(readQuota(ledger.state, member(ledger, 1).id).retainedPayloadBytes).toBe(0);
        }
      }),
      { numRuns: 20, seed: 22 },
    );
    expect(purged).toBeGreaterThan(100);
  });

  test("makes room for new records, and leaves the bytes of the day alone", () => {
    const { ledger, owner, stream } = ledgerWithStream({
      memberRetainedPayloadBytesMax: metaBytes + 1_600,
    });
    const write = () => sign(ledger, owner, records(ledger, owner, stream));
    commit(ledger, [write()]);
    commit(ledger, [write()]);
    expect(refusalOf(ledger, write())).toBe("LEDGER_TX_QUOTA_RETAINED");
    commit(ledger, [sign(ledger, owner, purge(ledger, owner, stream, [2, 2]))]);
    expect(readQuota(ledger.state, owner.id)).toMatchObject({
      dayPayloadBytes: metaBytes + 1_600,
      retainedPayloadBytes: metaBytes + 800,
    });
    commit(ledger, [write()]);
    expect(readRetained(ledger.state, stream, 2)).toBeNull();
    expect(readRetained(ledger.state, stream, 5)).toEqual({
      sequence: 5,
      height: ledger.head.height,
      payloadBytes: 800,
    });
  });

  test("a member at its limits is refused alone: the others' bytes are their own", () => {
    const spent = metaBytes + 800;
    for (const limit of ["memberDayPayloadBytesMax", "memberRetainedPayloadBytesMax"] as const) {
      const { ledger, owner, stream } = ledgerWithStream({ [limit]: spent });
      commit(ledger, [sign(ledger, owner, records(ledger, owner, stream))]);
      const verdict = checkTransaction(
        ledger.state,
        sign(ledger, owner, records(ledger, owner, stream)),
        nextContext(ledger),
      );
      expect(verdict).toMatchObject({ ok: false, cure: "wait" });
      const other = member(ledger, 1);
      const own = streamOf("other", other);
      openStreams(ledger, { founder: other, stream: own });
      commit(ledger, [sign(ledger, other, records(ledger, other, own))]);
      expect(readQuota(ledger.state, other.id).retainedPayloadBytes).toBe(spent);
    }
  });

  test("of everything leaves no row behind, and nothing that is not committed is purged", () => {
    const { ledger, owner, stream } = ledgerWithStream();
    const first = sign(ledger, owner, records(ledger, owner, stream));
    expect(isPurged(ledger.state, first)).toBe(false);
    commit(ledger, [first]);
    expect(isPurged(ledger.state, first)).toBe(false);
    commit(ledger, [sign(ledger, owner, purge(ledger, owner, stream, [2, 2]))]);
    expect(ledger.state.get(retainedKey(stream, 0))).toBeNull();
    expect(isPurged(ledger.state, first)).toBe(true);
    const later = sign(ledger, owner, records(ledger, owner, stream));
    expect(isPurged(ledger.state, later)).toBe(false);
  });

  test("names 65,536 sequences at most, and only those behind it", () => {
    const { ledger, owner, stream } = ledgerWithStream();
    const view = new StateView(ledger.state);
    writeLane(view, owner.id, stream, 200_000, hashOf("a long lane"));
    const codeOf = (first: number, last: number): string | null => {
      const content = purge(ledger, owner, stream, [first, last], view);
      return refusalOf(ledger, sign(ledger, owner, content), {}, view);
    };
    const max = limits.purgedSequencesMax;
    expect(codeOf(2, 1 + max)).toBeNull();
    expect(codeOf(2, 2 + max)).toBe("LEDGER_TX_PURGE_RANGE");
    expect(codeOf(200_000, 200_000)).toBeNull();
    expect(codeOf(200_000, 200_001)).toBe("LEDGER_TX_PURGE_RANGE");
  });

  test("beyond a block's share waits for the next block, and a block with more is refused", () => {
    const { ledger, owner } = ledgerWithStream();
    const streams = ["a", "b"].map((word) => streamOf(word));
    openStreams(ledger, ...streams.map((stream) => ({ founder: owner, stream })));
    const long = new StateView(ledger.state);
    for (const stream of streams) writeLane(long, owner.id, stream, 90_000, hashOf("long"));
    ledger.state.write(long.changes());
    const all = streams.map((stream) =>
      sign(ledger, owner, purge(ledger, owner, stream, [2, 60_000])),
    );
    const { block } = buildBlock(plan(ledger, all));
    expect(block.transactions).toHaveLength(1);
    const [one = ""] = streams;
    const inverted = purge(ledger, owner, one as never, [Number.MAX_SAFE_INTEGER, 0]);
    // A range that is no range gives the others no room.
    for (const more of [all, [...all, sign(ledger, owner, inverted)]]) {
      expect(() => assembleBlock({ ...block, transactions: more })).toThrow(
        expect.objectContaining({ code: "LEDGER_TOO_LARGE" }),
      );
    }
  });
});
