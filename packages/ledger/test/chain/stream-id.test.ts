import { describe, expect, test } from "vitest";
import { buildBlock, checkTransaction, readStream, streamIdOf } from "../../src/chain/index.ts";
import { fromHex, LedgerError, streamId } from "../../src/primitives/index.ts";
import {
  bytesOf,
  commit,
  founderOf,
  member,
  newLedger,
  nextContext,
  plan,
  sign,
  streamCreate,
  streamOf,
  voidEntry,
} from "./fixtures.ts";

describe("the id of a stream", () => {
  test("is the first 8 bytes of its owner's id, then 8 random bytes", () => {
    const { id } = founderOf(0);
    const drawn = bytesOf("drawn");
    const expected = [...fromHex(id).subarray(0, 8), ...drawn.subarray(0, 8)];
    expect([...fromHex(streamIdOf(id, drawn.subarray(0, 8)))]).toEqual(expected);
    for (const length of [0, 7, 9, 16]) {
      expect(() => streamIdOf(id, drawn.subarray(0, length))).toThrow(LedgerError);
    }
  });

  test("cannot be taken by another member, and its owner still creates the stream", () => {
    const ledger = newLedger();
    const [owner, other] = [member(ledger, 0), member(ledger, 1)];
    const stream = streamOf("seen in gossip", owner);
    const taking = sign(ledger, other, streamCreate(ledger, other, stream));
    expect(checkTransaction(ledger.state, taking, nextContext(ledger))).toEqual({
      ok: false,
      code: "LEDGER_TX_LANE",
      cure: "never",
      detail: { kind: "stream-create", expected: other.id.slice(0, 16) },
    });
    expect(buildBlock(plan(ledger, [taking])).block.transactions).toEqual([]);
    // A void in the lane of this name is one of the other's own lanes.
    commit(ledger, [sign(ledger, other, voidEntry(ledger, other, stream))]);
    commit(ledger, [sign(ledger, owner, streamCreate(ledger, owner, stream))]);
    expect(readStream(ledger.state, stream)?.owner).toBe(owner.id);
  });

  test("is bound to its owner by exactly 8 bytes", () => {
    const ledger = newLedger();
    const owner = member(ledger, 0);
    const bytes = fromHex(streamOf("own", owner));
    const accepted = Array.from(bytes, (byte, index) => {
      const changed = streamId(bytes.with(index, byte ^ 1));
      const create = sign(ledger, owner, streamCreate(ledger, owner, changed));
      return checkTransaction(ledger.state, create, nextContext(ledger)).ok;
    });
    expect(accepted).toEqual([...Array(8).fill(false), ...Array(8).fill(true)]);
  });
});
