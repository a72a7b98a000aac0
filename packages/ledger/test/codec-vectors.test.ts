import { readFileSync } from "node:fs";
import { Encoder } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson, sharedData, vectorPath } from "../../../test/helpers/shared-data.ts";
import {
  decode,
  encode,
  fromHex,
  LedgerError,
  toHex,
  type Value,
} from "../src/primitives/index.ts";

function accepts(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_NOT_CANONICAL") return false;
    throw error;
  }
}

/** Bytes in `h'..'` of CBOR diagnostic notation, which may hold spaces. */
function ednBytes(text: string): Uint8Array {
  return fromHex(text.replaceAll(/\s/g, "").toLowerCase());
}

/** The examples of appendix A that have no place in the canonical subset, by first byte. */
function outsideSubset(hex: string): boolean {
  const first = Number.parseInt(hex.slice(0, 2), 16);
  const major = first >> 5;
  const indefinite = (first & 0x1f) === 0x1f;
  const tooLarge = hex === "1bffffffffffffffff" || hex === "3bffffffffffffffff";
  const simple = major === 7 && ![0xf4, 0xf5, 0xf6].includes(first);
  const inner = ["826161a161626163", "826161bf61626163ff", "83018202039f0405ff"];
  inner.push("83019f0203ff820405");
  return indefinite || tooLarge || simple || [5, 6].includes(major) || inner.includes(hex);
}

describe("public vectors", () => {
  test.skipIf(sharedData === null)("RFC 8949 appendix A: our subset and nothing else", () => {
    interface Example {
      readonly hex: string;
      readonly decoded?: Value;
      readonly diagnostic?: string;
    }
    const examples = readJson<readonly Example[]>(vectorPath("cbor", "appendix-a.json"));
    expect(examples.length).toBe(82);
    let inside = 0;
    for (const { hex, decoded, diagnostic } of examples) {
      const bytes = fromHex(hex);
      expect(accepts(bytes), hex).toBe(!outsideSubset(hex));
      if (outsideSubset(hex)) continue;
      inside += 1;
      expect(toHex(encode(decode(bytes)))).toBe(hex);
      if (diagnostic === undefined) expect(decode(bytes)).toStrictEqual(decoded);
      else expect(diagnostic).toBe(`h'${toHex(decode(bytes) as Uint8Array)}'`);
    }
    expect(inside).toBe(30);
  });

  test.skipIf(sharedData === null)("everything RFC 8949 calls malformed is refused", () => {
    const text = readFileSync(vectorPath("cbor", "rfc8949-bad.edn"), "utf8");
    const inputs = [...text.matchAll(/"encoded": h'([0-9a-fA-F\s]*)'/g)];
    expect(inputs.length).toBe(47);
    for (const [, hex = ""] of inputs) expect(accepts(ednBytes(hex)), hex).toBe(false);
    expect(accepts(readFileSync(vectorPath("cbor", "rfc8949-bad.cbor")))).toBe(false);
  });

  test.skipIf(sharedData === null)(
    "of what RFC 8949 calls well-formed, only the preferred form",
    () => {
      const text = readFileSync(vectorPath("cbor", "rfc8949-good.edn"), "utf8");
      const blocks = text.split('"description"').slice(1);
      let accepted = 0;
      for (const block of blocks) {
        const [, hex] = /"encoded": h'([0-9a-fA-F\s]*)'/.exec(block) ?? [];
        if (hex === undefined) continue;
        const bytes = ednBytes(hex);
        if (!accepts(bytes)) continue;
        accepted += 1;
        expect(block, hex).not.toMatch(/"roundtrip": false/);
        expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes));
        const [, integer] = /"decoded": (-?[0-9]+|-?0x[0-9a-f]+),/.exec(block) ?? [];
        if (integer === undefined) continue;
        const sign = integer.startsWith("-") ? -1 : 1;
        expect(decode(bytes), block).toBe(sign * Number(integer.replace("-", "")));
      }
      expect(blocks.length).toBe(89);
      expect(accepted).toBe(12);
    },
  );

  test.skipIf(sharedData === null)(
    "DAG-CBOR fixtures: maps, tags and floats out, the rest as it is",
    () => {
      const lines = readFileSync(vectorPath("cbor", "dag-cbor-canonical.ndjson"), "utf8");
      const fixtures = lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly file: string; readonly hex: string });
      expect(fixtures.length).toBe(67);
      for (const { file, hex } of fixtures) {
        const [, digits = "0"] = /^int-(-?[0-9]+)\./.exec(file) ?? [];
        const unsafe = !Number.isSafeInteger(Number(digits));
        const outside = unsafe || /^map-|^float-(?!array)/.test(file);
        expect(accepts(fromHex(hex)), file).toBe(!outside);
        if (!outside) expect(toHex(encode(decode(fromHex(hex)))), file).toBe(hex);
      }
    },
  );
});

describe("cbor-x", () => {
  const foreign = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });

  test("reads what we write, and writes the same where it is canonical", () => {
    const leaf = fc.oneof(
      fc.constantFrom<Value>(null, true, false),
      fc
        .integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
        .map((number) => (number === 0 ? 0 : number)),
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(leaf, fc.array(leaf)), { maxLength: 30 }), (value) => {
        const bytes = encode(value);
        expect(toHex(foreign.encode(value))).toBe(toHex(bytes));
        expect(toHex(encode(foreign.decode(bytes) as Value))).toBe(toHex(bytes));
      }),
      { numRuns: 300 },
    );
  });

  test("what it writes differently, we refuse", () => {
    // Integers above 32 bits become floats there, and big integers take eight bytes.
    expect(accepts(foreign.encode(2 ** 40))).toBe(false);
    expect(accepts(foreign.encode(10n))).toBe(false);
    expect(accepts(foreign.encode({ a: 1 }))).toBe(false);
    expect(accepts(foreign.encode(1.5))).toBe(false);
  });
});
