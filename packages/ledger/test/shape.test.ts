import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type BlockId,
  bytes,
  encode,
  fixedBytes,
  flag,
  fromBytes,
  fromHex,
  hexOf,
  type Infer,
  InvariantError,
  int,
  LedgerError,
  list,
  literal,
  nullable,
  record,
  type Shape,
  text,
  toBytes,
  toHex,
  tuple,
  uint,
  union,
  type Value,
} from "../src/primitives/index.ts";

function misfit(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_BAD_SHAPE") return error.detail;
    throw error;
  }
  return "fits";
}

/** Checks that both directions refuse the value at the same place for the same reason. */
function expectMisfit<T>(shape: Shape<T>, memory: unknown, wire: Value, detail: object): void {
  expect(misfit(() => shape.encode(memory as T))).toStrictEqual(detail);
  expect(misfit(() => shape.decode(wire, "value"))).toStrictEqual(detail);
}

const vote = record({
  version: literal(1),
  height: uint(),
  blockId: nullable(hexOf<BlockId>(32)),
  weights: list(tuple(uint(9), flag), 2),
  note: text(4),
});

const payment = union("kind", {
  transfer: [1, record({ amount: uint(100) })],
  refusal: [7, record({ reason: text(20), code: int })],
});

describe("numbers, flags, text and bytes", () => {
  test.each([
    [0, true],
    [255, true],
    [256, false],
    [-1, false],
    ["1", false],
    [null, false],
    [true, false],
    [[1], false],
  ] as const)("%j as an integer to 255: %s", (value, fits) => {
    const detail = { path: "value", expected: "an integer from 0 to 255" };
    if (fits) expect(fromBytes(uint(255), encode(value))).toBe(value);
    else expectMisfit(uint(255), value, value, detail);
  });

  test("integers without a bound reach the safe range and not beyond", () => {
    for (const number of [Number.MAX_SAFE_INTEGER, 0]) {
      expect(fromBytes(uint(), toBytes(uint(), number))).toBe(number);
    }
    for (const number of [Number.MAX_SAFE_INTEGER, -1, Number.MIN_SAFE_INTEGER]) {
      expect(fromBytes(int, toBytes(int, number))).toBe(number);
    }
    for (const number of [1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(misfit(() => toBytes(uint(), number))).not.toBe("fits");
      expect(misfit(() => toBytes(int, number))).not.toBe("fits");
    }
  });

  test("a flag is true or false", () => {
    expect(fromBytes(flag, toBytes(flag, false))).toBe(false);
    for (const value of [0, null, "true"]) {
      expectMisfit(flag, value, value, { path: "value", expected: "true or false" });
    }
  });

  test("the length of text is counted in bytes of UTF-8", () => {
    const shape = text(6);
    for (const value of ["", "123456", "水水", "üüü", "a\u{10151}"]) {
      expect(fromBytes(shape, toBytes(shape, value))).toBe(value);
    }
    for (const value of ["1234567", "水水a", "üüüa", "ab\u{10151}a", 5, null]) {
      expectMisfit(shape, value, value, { path: "value", expected: "text of at most 6 bytes" });
    }
  });

  test("byte strings keep to their bound or their length", () => {
    for (const size of [0, 3]) {
      const value = new Uint8Array(size).fill(1);
      expect(fromBytes(bytes(3), toBytes(bytes(3), value))).toStrictEqual(value);
    }
    const three = Uint8Array.of(1, 2, 3);
    expect(fromBytes(fixedBytes(3), toBytes(fixedBytes(3), three))).toStrictEqual(three);
    for (const value of [new Uint8Array(4), "abc", [1, 2, 3], null]) {
      expectMisfit(bytes(3), value, value, { path: "value", expected: "at most 3 bytes" });
      expectMisfit(fixedBytes(3), value, value, { path: "value", expected: "3 bytes" });
    }
    expect(misfit(() => toBytes(fixedBytes(3), new Uint8Array(2)))).not.toBe("fits");
  });

  test("an id is hex in memory and bytes on the wire", () => {
    const shape = hexOf<BlockId>(2);
    const id = "0aff" as BlockId;
    expect(shape.encode(id)).toStrictEqual(Uint8Array.of(10, 255));
    expect(fromBytes(shape, toBytes(shape, id))).toBe(id);
    const expected = { path: "value", expected: "2 bytes in hex" };
    for (const memory of ["0aF0", "0aff\n", "0aff00", "0a", "0agg", "", 5, null]) {
      expect(misfit(() => shape.encode(memory as BlockId))).toStrictEqual(expected);
    }
    for (const wire of ["0aff", Uint8Array.of(1), new Uint8Array(3), null]) {
      expect(misfit(() => shape.decode(wire, "value"))).toStrictEqual({
        path: "value",
        expected: "2 bytes",
      });
    }
  });

  test("a literal is itself alone", () => {
    for (const value of ["1", 2, true, null]) {
      expectMisfit(literal(1), value, value, { path: "value", expected: "1" });
    }
    expect(fromBytes(literal("a"), toBytes(literal("a"), "a"))).toBe("a");
  });
});

describe("rows", () => {
  test("a record is a positional array in the order of its declaration", () => {
    const value = {
      version: 1,
      height: 300,
      blockId: null,
      weights: [[3, true]],
      note: "hi",
    } as const;
    expect(toHex(toBytes(vote, value))).toBe("850119012cf6818203f5626869");
    expect(fromBytes(vote, toBytes(vote, value))).toStrictEqual(value);
    const id = "ab".repeat(32) as BlockId;
    expect(fromBytes(vote, toBytes(vote, { ...value, blockId: id })).blockId).toBe(id);
  });

  test("errors name the place", () => {
    const good = [1, 300, null, [[3, true]], "hi"];
    const places: readonly (readonly [Value, string, string])[] = [
      [[2, 300, null, [], ""], "value.version", "1"],
      [[1, -1, null, [], ""], "value.height", "an integer from 0 to 9007199254740991"],
      [[1, 1, "x", [], ""], "value.blockId", "32 bytes"],
      [
        [
          1,
          1,
          null,
          [
            [1, true],
            [10, true],
          ],
          "",
        ],
        "value.weights[1][0]",
        "an integer from 0 to 9",
      ],
      [[1, 1, null, [[1, 1]], ""], "value.weights[0][1]", "true or false"],
      [[1, 1, null, [[1]], ""], "value.weights[0]", "an array of 2"],
      [[1, 1, null, [[1, true, 1]], ""], "value.weights[0]", "an array of 2"],
      [[1, 1, null, [7], ""], "value.weights[0]", "an array of 2"],
      [[1, 1, null, {} as Value, ""], "value.weights", "an array of at most 2"],
      [
        [1, 1, null, new Array<Value>(3).fill([1, true]), ""],
        "value.weights",
        "an array of at most 2",
      ],
      [[1, 1, null, [], "12345"], "value.note", "text of at most 4 bytes"],
      [good.slice(1), "value", "an array of 5"],
      [[...good, 1], "value", "an array of 5"],
      ["hi", "value", "an array of 5"],
    ];
    expect(vote.decode(good, "value").note).toBe("hi");
    for (const [wire, path, expected] of places) {
      expect(misfit(() => vote.decode(wire, "value"))).toStrictEqual({ path, expected });
    }
  });

  test("what does not fit is not written either", () => {
    const good = { version: 1, height: 1, blockId: null, weights: [], note: "" } as const;
    const places: readonly (readonly [object | null, string])[] = [
      [{ ...good, version: 2 }, "value.version"],
      [{ ...good, blockId: "ab" }, "value.blockId"],
      [{ ...good, weights: [[1]] }, "value.weights[0]"],
      [
        {
          ...good,
          weights: [
            [1, true],
            [1, 1],
          ],
        },
        "value.weights[1][1]",
      ],
      [
        {
          ...good,
          weights: [
            [1, true],
            [1, true],
            [1, true],
          ],
        },
        "value.weights",
      ],
      [{ ...good, weights: null }, "value.weights"],
      [{ ...good, note: undefined }, "value.note"],
      [{}, "value.version"],
      [null, "value"],
      ["text" as unknown as object, "value"],
    ];
    for (const [value, path] of places) {
      const detail = misfit(() => toBytes(vote, value as Infer<typeof vote>));
      expect(detail).toMatchObject({ path });
    }
  });

  test("nested shapes give the wire no field of the prototype", () => {
    const shape = record({ constructor: uint() });
    expect(misfit(() => toBytes(shape, {} as { constructor: number }))).toMatchObject({
      path: "value.constructor",
    });
  });

  test("a field name that JavaScript would move to the front is our bug", () => {
    expect(() => record({ b: uint(), 1: uint() })).toThrow(InvariantError);
  });

  test("limits reach the codec", () => {
    const wide = list(uint(), 100);
    const limits = { depthMax: 1, itemsMax: 4 };
    expect(fromBytes(wide, toBytes(wide, [1, 2, 3], limits), limits)).toEqual([1, 2, 3]);
    expect(() => toBytes(wide, [1, 2, 3, 4], limits)).toThrow("too many items");
    expect(() => fromBytes(wide, fromHex("8401020304"), limits)).toThrow("too many items");
  });
});

describe("unions", () => {
  test("a case is its number and its record", () => {
    const value = { kind: "refusal", reason: "late", code: -5 } as const;
    expect(toHex(toBytes(payment, value))).toBe("820782646c61746524");
    expect(fromBytes(payment, toBytes(payment, value))).toStrictEqual(value);
    const transfer = fromBytes(payment, fromHex("82018105"));
    expect(transfer).toStrictEqual({ kind: "transfer", amount: 5 });
  });

  test("an unknown case or another form is refused", () => {
    const unknown = { path: "value.kind", expected: "one of transfer, refusal" };
    expect(misfit(() => payment.decode([2, [5]], "value"))).toStrictEqual(unknown);
    expect(misfit(() => payment.decode(["transfer", [5]], "value"))).toStrictEqual(unknown);
    expect(misfit(() => payment.decode([1], "value"))).toMatchObject({ path: "value" });
    expect(misfit(() => payment.decode([1, [5], 0], "value"))).toMatchObject({ path: "value" });
    expect(misfit(() => payment.decode([1, [101]], "value"))).toMatchObject({
      path: "value.amount",
    });
    const mute = { kind: "toString" } as unknown as Infer<typeof payment>;
    expect(misfit(() => toBytes(payment, mute))).toStrictEqual(unknown);
    expect(misfit(() => toBytes(payment, null as never))).toMatchObject({ path: "value" });
  });

  test("two cases with one number are our bug", () => {
    const empty = record({});
    expect(() => union("kind", { a: [1, empty], b: [1, empty] })).toThrow(InvariantError);
  });
});

test("types follow from shapes", () => {
  expectTypeOf<Infer<typeof vote>>().toEqualTypeOf<{
    readonly version: 1;
    readonly height: number;
    readonly blockId: BlockId | null;
    readonly weights: readonly (readonly [number, boolean])[];
    readonly note: string;
  }>();
  const value = fromBytes(payment, fromHex("82018105"));
  if (value.kind === "transfer") expectTypeOf(value.amount).toBeNumber();
  else expectTypeOf(value.reason).toBeString();
  // @ts-expect-error a field is missing
  expect(() => toBytes(vote, { version: 1 })).toThrow(LedgerError);
});
