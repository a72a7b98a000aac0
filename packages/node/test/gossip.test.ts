import { encode, fromHex, type MemberId, type TransactionId } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { Backlog } from "../src/gossip/backlog.ts";
import { decodeIds, encodeIds } from "../src/gossip/frames.ts";
import { WantedTransactions } from "../src/gossip/wanted.ts";

const anyId = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("hex") as TransactionId);

function member(number: number): MemberId {
  return number.toString(16).padStart(64, "0") as MemberId;
}

function id(number: number): TransactionId {
  return number.toString(16).padStart(64, "0") as TransactionId;
}

describe("lists of transaction ids", () => {
  test("are canonical bytes, and come back as they were", () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 300 }), (ids) => {
        const bytes = encodeIds(ids);
        expect(bytes).toEqual(encode(ids.map(fromHex)));
        expect(decodeIds(bytes)).toEqual(ids);
      }),
      { numRuns: 60 },
    );
    const many = Array.from({ length: 4_096 }, (_, number) => id(number));
    expect(decodeIds(encodeIds(many))).toEqual(many);
  });

  test("are refused in any other form", () => {
    const bytes = encodeIds([id(1), id(2)]);
    const broken = [
      bytes.subarray(1),
      Uint8Array.of(...bytes, 0),
      bytes.with(0, 0x83),
      bytes.with(1, 0x59),
      bytes.with(2, 0x1f),
      encode(Array.from({ length: 4_097 }, (_, number) => fromHex(id(number)))),
      Uint8Array.of(0x98, 0x01, ...encodeIds([id(1)]).subarray(1)),
      new Uint8Array(0),
    ];
    for (const one of broken) expect(() => decodeIds(one)).toThrow();
  });
});

describe("what others announced and this node lacks", () => {
  test("is asked for after a while, from one holder after the other, and then forgotten", () => {
    const wanted = new WantedTransactions();
    wanted.add(id(1), member(1), 0);
    wanted.add(id(1), member(2), 5);
    expect(wanted.due(100, 10).size).toBe(0);
    expect([...wanted.due(150, 10)]).toEqual([[member(1), [id(1)]]]);
    expect(wanted.due(200, 10).size).toBe(0);
    expect([...wanted.due(1_150, 10)]).toEqual([[member(2), [id(1)]]]);
    expect([...wanted.due(2_150, 10)]).toEqual([[member(1), [id(1)]]]);
    expect(wanted.due(15_001, 10).size).toBe(0);
    expect(wanted.size).toBe(0);
  });

  test("is bounded for each member", () => {
    const limits = {
      patienceMs: 0,
      againMs: 1,
      forgetMs: 1_000,
      idsMax: 10,
      idsPerMemberMax: 4,
    };
    const wanted = new WantedTransactions(limits);
    for (let number = 0; number < 100; number += 1) wanted.add(id(number), member(1), 0);
    expect(wanted.size).toBe(4);
    for (let number = 100; number < 200; number += 1) wanted.add(id(number), member(2), 0);
    expect(wanted.size).toBe(8);
    wanted.remove(id(0));
    wanted.add(id(300), member(1), 0);
    expect(wanted.size).toBe(8);
  });
});

describe("the backlog", () => {
  /** A piece of work of some steps, each of which takes a while. */
  function* work(steps: number, log: string[], name: string): Generator<void> {
    for (let step = 0; step < steps; step += 1) {
      const endMs = performance.now() + 1;
      while (performance.now() < endMs);
      log.push(name);
      yield;
    }
  }

  test("lets members take turns and other events through", async () => {
    const faults: unknown[] = [];
    const backlog = new Backlog((error) => faults.push(error));
    const log: string[] = [];
    void backlog.add(member(1), 10, work(40, log, "flood"));
    void backlog.add(member(2), 10, work(3, log, "quiet"));
    setTimeout(() => log.push("vote"), 0);
    await until("all is done", () => log.length === 44);
    expect(log.lastIndexOf("quiet")).toBeLessThan(20);
    expect(log.indexOf("vote")).toBeLessThan(40);
    expect(faults).toEqual([]);
  });

  test("makes whoever brought too much wait until it is judged", async () => {
    const backlog = new Backlog(() => undefined);
    const log: string[] = [];
    expect(backlog.add(member(1), 1_000, work(20, log, "small"))).toBeUndefined();
    const waiting = backlog.add(member(1), 5_000_000, work(2, log, "large"));
    expect(waiting).toBeInstanceOf(Promise);
    await waiting;
    expect(log.filter((name) => name === "large")).toHaveLength(2);
  });

  test("tells of a fault and stops", async () => {
    const faults: unknown[] = [];
    const backlog = new Backlog((error) => faults.push(error));
    const failing: Iterator<void> = {
      next: () => {
        throw new Error("a bug");
      },
    };
    void backlog.add(member(1), 1, failing);
    await until("the fault is told", () => faults.length === 1);
  });
});
