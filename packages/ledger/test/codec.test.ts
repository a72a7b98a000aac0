import { decode as cborgDecode, encode as cborgEncode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decode,
  decodeLimits,
  encode,
  equalBytes,
  fromHex,
  LedgerError,
  toHex,
  type Value,
} from "../src/primitives/index.ts";

/** The examples of RFC 8949 appendix A that lie in the canonical subset. */
const examples: readonly (readonly [string, Value])[] = [
  ["00", 0],
  ["01", 1],
  ["0a", 10],
  ["17", 23],
  ["1818", 24],
  ["1819", 25],
  ["1864", 100],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["20", -1],
  ["29", -10],
  ["3863", -100],
  ["3903e7", -1000],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["40", new Uint8Array(0)],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["60", ""],
  ["6161", "a"],
  ["6449455446", "IETF"],
  ["62225c", '"\\'],
  ["62c3bc", "ü"],
  ["63e6b0b4", "水"],
  ["64f0908591", "\u{10151}"],
  ["80", []],
  ["83010203", [1, 2, 3]],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  [
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    Array.from({ length: 25 }, (_, index) => index + 1),
  ],
];

/** Where the length of an argument changes; the neighbours of each must take the right form. */
const boundaries: readonly (readonly [string, Value])[] = [
  ["18ff", 255],
  ["190100", 256],
  ["19ffff", 65_535],
  ["1a00010000", 65_536],
  ["1affffffff", 4_294_967_295],
  ["1b0000000100000000", 4_294_967_296],
  ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ["37", -24],
  ["3818", -25],
  ["38ff", -256],
  ["390100", -257],
  ["39ffff", -65_536],
  ["3a00010000", -65_537],
  ["3affffffff", -4_294_967_296],
  ["3b0000000100000000", -4_294_967_297],
  ["3b001ffffffffffffe", Number.MIN_SAFE_INTEGER],
  ["617f", "\u007f"],
  ["62c280", "\u0080"],
  ["62dfbf", "\u07ff"],
  ["63e0a080", "\u0800"],
  ["63efbfbf", "\uffff"],
  ["64f48fbfbf", "\u{10ffff}"],
];

/** Bytes that are refused, and why. */
const refusals: readonly (readonly [string, number, string, string])[] = [
  ["", 0, "truncated", "no bytes"],
  ["0000", 1, "trailing bytes", "two values"],
  ["18", 1, "truncated", "an argument of one byte is missing"],
  ["1901", 2, "truncated", "half of an argument"],
  ["1817", 0, "not the shortest form", "23 in one byte more than it needs"],
  ["1900ff", 0, "not the shortest form", "255 in two bytes"],
  ["1a0000ffff", 0, "not the shortest form", "65,535 in four bytes"],
  ["1b00000000ffffffff", 0, "not the shortest form", "4,294,967,295 in eight bytes"],
  ["3817", 0, "not the shortest form", "-24 in one byte more than it needs"],
  ["580101", 0, "not the shortest form", "a length in one byte more than it needs"],
  ["98020001", 0, "not the shortest form", "a count in one byte more than it needs"],
  ["78016a", 0, "not the shortest form", "a text length in one byte more than it needs"],
  ["1b0020000000000000", 0, "not a safe integer", "2^53"],
  ["3b001fffffffffffff", 0, "not a safe integer", "-2^53"],
  ["1bffffffffffffffff", 0, "not a safe integer", "2^64 - 1"],
  ["1c", 0, "reserved or indefinite length", "a reserved argument"],
  ["5f4100ff", 0, "reserved or indefinite length", "an indefinite byte string"],
  ["7f6161ff", 0, "reserved or indefinite length", "an indefinite text"],
  ["9f00ff", 0, "reserved or indefinite length", "an indefinite array"],
  ["420a", 0, "longer than the input", "a byte string that is cut"],
  ["626a", 0, "longer than the input", "a text that is cut"],
  ["8200", 0, "longer than the input", "an array that is cut"],
  ["9b001fffffffffffff", 0, "longer than the input", "an array of 2^53 - 1"],
  ["5b001fffffffffffff", 0, "longer than the input", "a byte string of 2^53 - 1"],
  ["a0", 0, "a type outside the canonical subset", "a map"],
  ["c100", 0, "a type outside the canonical subset", "a tag"],
  ["f7", 0, "a type outside the canonical subset", "undefined"],
  ["f0", 0, "a type outside the canonical subset", "a simple value"],
  ["f814", 0, "a type outside the canonical subset", "false in two bytes"],
  ["f93c00", 0, "a type outside the canonical subset", "a half float"],
  ["fa3f800000", 0, "a type outside the canonical subset", "a single float"],
  ["fb3ff0000000000000", 0, "a type outside the canonical subset", "a double float"],
  ["ff", 0, "a type outside the canonical subset", "a break"],
  ["61ff", 0, "not UTF-8", "text with a byte that never occurs"],
  ["62c080", 0, "not UTF-8", "an overlong NUL"],
  ["63eda080", 0, "not UTF-8", "a surrogate"],
  ["64f4908080", 0, "not UTF-8", "a code point above U+10FFFF"],
  [`7821${"61".repeat(32)}ff`, 0, "not UTF-8", "long text with a byte that never occurs"],
  ["8261ff00", 1, "not UTF-8", "a fault behind the first byte"],
];

function refusalOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_NOT_CANONICAL") return error.detail;
    throw error;
  }
  return "accepted";
}

/** Nested arrays, `depth` of them. */
function nested(depth: number): Value {
  let value: Value = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

const { value: anyValue } = fc.letrec<{ value: Value; leaf: Value; array: Value[] }>((tie) => ({
  value: fc.oneof({ depthSize: "small", maxDepth: 14 }, tie("leaf"), tie("array")),
  leaf: fc.oneof(
    fc.constantFrom<Value>(null, true, false),
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    fc.integer({ min: -300, max: 300 }).map((number) => (number === 0 ? 0 : number)),
    fc.integer({ min: -70_000, max: 70_000 }).map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
  ),
  array: fc.array(tie("value"), { maxLength: 30 }),
}));

const strict = { strict: true, allowIndefinite: false, allowInfinity: false, allowNaN: false };

/** Whether a foreign decoder's value is one that the canonical subset can say. */
function inSubset(value: unknown): value is Value {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0);
  return value instanceof Uint8Array || (Array.isArray(value) && value.every(inSubset));
}

describe("canonical encoding", () => {
  test.each([...examples, ...boundaries])("%s stands for one value", (hex, value) => {
    expect(toHex(encode(value))).toBe(hex);
    expect(decode(fromHex(hex))).toStrictEqual(value);
  });

  test.each(refusals)("%s is refused at byte %i: %s (%s)", (hex, offset, reason) => {
    expect(refusalOf(() => decode(fromHex(hex)))).toStrictEqual({ offset, reason });
  });

  test.each([
    ["a fraction", 1.5, "not a safe integer"],
    ["2^53", 2 ** 53, "not a safe integer"],
    ["-2^53", -(2 ** 53), "not a safe integer"],
    ["NaN", Number.NaN, "not a safe integer"],
    ["infinity", Number.POSITIVE_INFINITY, "not a safe integer"],
    ["negative zero", -0, "negative zero"],
    ["a lone high surrogate", "a\ud800", "lone surrogate"],
    ["a lone low surrogate", "\udc00", "lone surrogate"],
    ["undefined", undefined, "a type that has no canonical form"],
    ["a big integer", 1n, "a type that has no canonical form"],
    ["an object", {}, "a type that has no canonical form"],
    ["a map", new Map(), "a type that has no canonical form"],
    ["a sixteen-bit array", Uint16Array.of(1), "a type that has no canonical form"],
  ])("%s has no encoding", (_, value, reason) => {
    expect(refusalOf(() => encode(value as Value))).toStrictEqual({ offset: 0, reason });
  });

  test("a sparse array has no encoding", () => {
    const sparse = new Array<Value>(2);
    const reason = "a type that has no canonical form";
    expect(refusalOf(() => encode(sparse))).toStrictEqual({ offset: 1, reason });
  });

  test("an array within itself is refused before the stack ends", () => {
    const endless: Value[] = [];
    endless.push(endless);
    expect(refusalOf(() => encode(endless))).toMatchObject({ reason: "too deep" });
  });

  test("a leading byte order mark is text like any other", () => {
    for (const text of ["\ufeff", `\ufeff${"long ".repeat(20)}`]) {
      expect(decode(encode(text))).toBe(text);
    }
  });

  test("pitfall 9: text is not normalised", () => {
    expect(decode(encode("e\u0301"))).toBe("e\u0301");
    expect(toHex(encode("e\u0301"))).not.toBe(toHex(encode("\u00e9")));
  });

  test("a failed encoding leaves no trace in the next one", () => {
    refusalOf(() => encode([1, 2, 3, "lost", 1.5]));
    expect(toHex(encode([7]))).toBe("8107");
  });

  test("nothing is lost where the buffer grows", () => {
    const large = new Uint8Array(1_100_000);
    const tails: readonly Value[] = [
      true,
      2 ** 40,
      "short text, but over 9 bytes",
      "not ascii: ü",
      "x".repeat(40),
      large,
    ];
    for (const tail of [...tails, new Uint8Array(20)]) {
      for (let size = 4_060; size <= 4_096; size += 1) {
        // A large value makes the writer start again with its smallest buffer.
        encode(large);
        const value = [new Uint8Array(size).fill(1), tail];
        expect(equalBytes(encode(value), cborgEncode(value))).toBe(true);
      }
    }
  });

  test("values larger than the first buffer come back whole", () => {
    const value = [new Uint8Array(3_000_000).fill(7), "x".repeat(5_000), [1, 2, 3]];
    expect(decode(encode(value))).toStrictEqual(value);
    expect(toHex(encode([7]))).toBe("8107");
  });
});

describe("limits", () => {
  test("sixteen arrays within each other are the most", () => {
    expect(decode(encode(nested(16)))).toStrictEqual(nested(16));
    expect(refusalOf(() => encode(nested(17)))).toMatchObject({ reason: "too deep" });
    const deep = fromHex(`${"81".repeat(17)}00`);
    expect(refusalOf(() => decode(deep))).toStrictEqual({ offset: 16, reason: "too deep" });
  });

  test("100,000 arrays within each other are refused, not a stack overflow", () => {
    const deep = new Uint8Array(100_000).fill(0x81);
    expect(refusalOf(() => decode(deep))).toStrictEqual({ offset: 16, reason: "too deep" });
  });

  test("65,536 items are the most, the array counted", () => {
    const most = new Array<Value>(65_535).fill(0);
    expect(decode(encode(most))).toStrictEqual(most);
    expect(refusalOf(() => encode([...most, 0]))).toMatchObject({ reason: "too many items" });
    const many = encode([...most, 0], { depthMax: 1, itemsMax: 65_537 });
    expect(refusalOf(() => decode(many))).toStrictEqual({ offset: 0, reason: "too many items" });
  });

  test("items are counted over all arrays together", () => {
    const limits = { depthMax: 4, itemsMax: 6 };
    expect(decode(fromHex("82820001820203"), { ...limits, itemsMax: 7 })).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const bytes = fromHex("82820001820203");
    expect(refusalOf(() => decode(bytes, limits))).toMatchObject({ reason: "too many items" });
    expect(refusalOf(() => decode(fromHex("820000"), { depthMax: 1, itemsMax: 2 }))).toStrictEqual({
      offset: 0,
      reason: "too many items",
    });
  });

  test("arrays within each other cannot announce more than the limit in all", () => {
    // Each of the two would fit alone; the second is refused where it begins, before it is made.
    const claims = Uint8Array.from([0x99, 0x9c, 0x40, 0x99, 0x9c, 0x40, ...new Uint8Array(80_000)]);
    expect(refusalOf(() => decode(claims))).toStrictEqual({ offset: 3, reason: "too many items" });
  });

  test("a lone value needs no depth and one item", () => {
    const limits = { depthMax: 0, itemsMax: 1 };
    expect(decode(encode(5, limits), limits)).toBe(5);
    expect(refusalOf(() => decode(fromHex("80"), limits))).toMatchObject({ reason: "too deep" });
    expect(refusalOf(() => decode(fromHex("00"), { depthMax: 0, itemsMax: 0 }))).toMatchObject({
      reason: "too many items",
    });
  });

  test("the limits of the protocol are what docs/PROTOCOL.md says", () => {
    expect(decodeLimits).toStrictEqual({ depthMax: 16, itemsMax: 65_536 });
  });
});

describe("memory", () => {
  test("decoded byte strings are copies: the input may be overwritten", () => {
    for (const size of [3, 300]) {
      const original = new Uint8Array(size).fill(7);
      const input = Buffer.concat([Uint8Array.of(0), encode([original])]).subarray(1);
      const [copy] = decode(input) as readonly Uint8Array[];
      input.fill(0);
      expect(copy).toStrictEqual(original);
      expect(copy?.buffer.byteLength).toBe(size);
    }
  });

  test("encoded bytes stay as they are when something else is encoded", () => {
    const first = encode("first");
    encode("second");
    expect(toHex(first)).toBe("656669727374");
    expect(first.buffer.byteLength).toBe(first.length);
  });
});

describe("against other implementations", () => {
  test("what we encode is what cborg encodes and decodes", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encode(value);
        expect(toHex(bytes)).toBe(toHex(cborgEncode(value)));
        expect(decode(bytes)).toStrictEqual(value);
        expect(cborgDecode(bytes, strict)).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  /** Random bytes, and valid encodings with one byte changed, removed or added. */
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 24 }),
    fc
      .tuple(anyValue, fc.nat(), fc.nat(255), fc.constantFrom("change", "remove", "add"))
      .map(([value, seed, byte, how]) => {
        const bytes = [...encode(value)];
        const at = seed % bytes.length;
        if (how === "change") bytes[at] = byte;
        else if (how === "remove") bytes.splice(at, 1);
        else bytes.splice(at, 0, byte);
        return Uint8Array.from(bytes);
      }),
  );

  test("pitfall 9: what we accept is the one encoding of its value, and cborg agrees on the value", () => {
    let accepted = 0;
    fc.assert(
      fc.property(hostile, (bytes) => {
        if (refusalOf(() => decode(bytes)) !== "accepted") return;
        accepted += 1;
        const value = decode(bytes);
        expect(toHex(encode(value))).toBe(toHex(bytes));
        expect(cborgDecode(bytes, strict)).toStrictEqual(value);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test("what cborg reads and would write the same way, we accept", () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        let value: unknown;
        try {
          value = cborgDecode(bytes, strict);
          if (!inSubset(value) || toHex(cborgEncode(value)) !== toHex(bytes)) return;
        } catch {
          return;
        }
        expect(decode(bytes)).toStrictEqual(value);
      }),
      { numRuns: 3_000 },
    );
  });
});
