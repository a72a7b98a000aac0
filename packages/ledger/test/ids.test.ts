import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assert,
  blockId,
  compareBytes,
  concat,
  entryId,
  equalBytes,
  fromHex,
  hashId,
  InvariantError,
  idBytes,
  LedgerError,
  memberId,
  networkId,
  publicKey,
  refuse,
  streamId,
  toHex,
  transactionId,
  unreachable,
} from "../src/primitives/index.ts";

function detailOf(code: string, action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof LedgerError && error.code === code) return error.detail;
    throw error;
  }
  return "no error";
}

describe("hex", () => {
  test("all bytes come back, in lower case", () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(toHex(all).slice(-12)).toBe("fafbfcfdfeff");
    expect(fromHex(toHex(all))).toStrictEqual(all);
    expect(toHex(all.subarray(10, 12))).toBe("0a0b");
    expect(fromHex("")).toStrictEqual(new Uint8Array(0));
  });

  test.each([
    ["0", 1],
    ["0A", 1],
    ["g0", 0],
    ["00/0", 2],
    ["00:0", 2],
    ["`0", 0],
    ["00 0", 2],
    ["0x", 1],
    ["00é0", 2],
    ["０0", 0],
    ["00\n0", 2],
  ])("%j is no hex (character %i)", (text, offset) => {
    expect(detailOf("LEDGER_BAD_HEX", () => fromHex(text))).toStrictEqual({ offset });
  });
});

describe("ids", () => {
  test.each([
    ["block id", blockId, 32],
    ["transaction id", transactionId, 32],
    ["member id", memberId, 32],
    ["network id", networkId, 32],
    ["stream id", streamId, 16],
    ["entry id", entryId, 16],
    ["hash", hashId, 32],
    ["public key", publicKey, 32],
  ])("a %s has its length and no other", (what, construct, length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    expect(construct(bytes)).toBe(toHex(bytes));
    expect(idBytes(construct(bytes))).toStrictEqual(bytes);
    for (const actual of [0, length - 1, length + 1]) {
      const refused = detailOf("LEDGER_BAD_LENGTH", () => construct(new Uint8Array(actual)));
      expect(refused).toStrictEqual({ what, expected: length, actual });
    }
  });
});

describe("byte strings", () => {
  test("the order is that of a sorted key space", () => {
    const ordered = ["", "00", "0000", "00ff", "01", "7f", "80", "ff", "ff00"].map(fromHex);
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect(compareBytes(a, b)).toBe(Math.sign(i - j));
        expect(equalBytes(a, b)).toBe(i === j);
      }
    }
  });

  test("joining keeps every byte and takes a copy", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 6 }), (parts) => {
        expect(toHex(concat(...parts))).toBe(parts.map(toHex).join(""));
      }),
    );
    const part = Uint8Array.of(1);
    const joined = concat(part);
    part[0] = 2;
    expect(joined[0]).toBe(1);
  });
});

describe("failures", () => {
  test("a broken invariant stops with its sentence", () => {
    expect(() => assert(false, "water flows down")).toThrow(InvariantError);
    expect(() => assert(0, "water flows down")).toThrow("water flows down");
    expect(() => assert(1, "water flows down")).not.toThrow();
    expect(() => unreachable("x" as never)).toThrow(InvariantError);
  });

  test("an error carries code, detail and cause", () => {
    const cause = new Error("inner");
    const error = new LedgerError("LEDGER_BAD_HEX", "sentence", { offset: 3 }, cause);
    expect([error.name, error.code, error.message]).toEqual([
      "LedgerError",
      "LEDGER_BAD_HEX",
      "sentence",
    ]);
    expect(error.detail.offset).toBe(3);
    expect(error.cause).toBe(cause);
    expect("cause" in new LedgerError("LEDGER_BAD_HEX", "sentence", { offset: 3 })).toBe(false);
  });

  test("a refusal without detail has no such key", () => {
    expect(refuse("X")).toStrictEqual({ ok: false, code: "X" });
    expect(refuse("X", { a: 1 })).toStrictEqual({ ok: false, code: "X", detail: { a: 1 } });
  });
});
