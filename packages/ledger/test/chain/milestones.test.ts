import { describe, expect, test } from "vitest";
import {
  checkTransaction,
  latestMilestone,
  limits,
  protocolVersionAt,
  readMilestone,
  type Transaction,
  unsupportedFrom,
} from "../../src/chain/index.ts";
import type { BlockId } from "../../src/primitives/index.ts";
import { founderOf, type Ledger, newLedger, nextContext, sign } from "./fixtures.ts";
import { admitNewcomer, pass, ready } from "./membership-fixtures.ts";

function heightsOf({ state }: Ledger): readonly number[] {
  return state.entries().flatMap(([key]) => {
    if (key[0] !== 21) return [];
    return Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
  });
}

const newcomer = founderOf(4);

function refusalOf(ledger: Ledger, at: { height: number; blockId: BlockId }): string | null {
  const said = sign(ledger, newcomer, ready(ledger, newcomer, at)) as Transaction;
  const verdict = checkTransaction(ledger.state, said, nextContext(ledger));
  return verdict.ok ? null : verdict.code;
}

describe("the blocks that a company can be ready at", () => {
  test("are every sixteenth, from the genesis on", () => {
    const ledger = newLedger(4);
    expect(latestMilestone(ledger.state)).toBeNull();
    pass(ledger, 1);
    const { networkId, timeMs } = ledger.genesis;
    expect(latestMilestone(ledger.state)).toMatchObject({ height: 0, blockId: networkId, timeMs });
    pass(ledger, 15);
    const sixteenth = { ...ledger.head };
    expect(latestMilestone(ledger.state)).toMatchObject({ height: 0 });
    pass(ledger, 1);
    expect(latestMilestone(ledger.state)).toMatchObject(sixteenth);
  });

  test("are kept for a hundred heights where blocks are rare, each with its own id", () => {
    const ledger = newLedger(4);
    pass(ledger, 1, 3_600_000);
    admitNewcomer(ledger, newcomer);
    pass(ledger, 97 - ledger.head.height, 3_600_000);
    const blockId = ledger.genesis.networkId as string as BlockId;
    expect(refusalOf(ledger, { height: 0, blockId })).toBeNull();
    expect(refusalOf(ledger, { height: 16, blockId })).toBe("LEDGER_READY_BLOCK");
    pass(ledger, 3, 3_600_000);
    expect(refusalOf(ledger, { height: 0, blockId })).toBe("LEDGER_READY_BLOCK");
    expect(readMilestone(ledger.state, 0)).not.toBeNull();
    pass(ledger, 13, 3_600_000);
    expect(heightsOf(ledger)).toEqual([16, 32, 48, 64, 80, 96, 112]);
  });

  test("are kept for five minutes where blocks are many, and go four at a time", () => {
    const ledger = newLedger(4);
    pass(ledger, 401, 100);
    expect(heightsOf(ledger)).toHaveLength(26);
    pass(ledger, 1, limits.milestoneAgeMs);
    pass(ledger, 15, 100);
    expect(heightsOf(ledger)).toEqual(Array.from({ length: 23 }, (_, index) => 64 + 16 * index));
    pass(ledger, 16 * 20, 100);
    expect(heightsOf(ledger).length).toBeLessThan(30);
  });
});

describe("the version of the protocol", () => {
  const activations = [
    { version: 1, height: 0 },
    { version: 3, height: 2_000 },
  ];

  test("is the last one whose height has come", () => {
    const at = [0, 1, 1_999, 2_000, 9_000].map((height) => protocolVersionAt(activations, height));
    expect(at).toEqual([1, 1, 1, 3, 3]);
  });

  test("that a program does not follow begins at a height it can stop before", () => {
    expect(unsupportedFrom(activations)).toBe(2_000);
    expect(unsupportedFrom(activations, 3)).toBeNull();
  });
});
