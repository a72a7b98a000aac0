import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EMPTY_HASH,
  InvariantError,
  sha256,
  taggedHash,
  tagPrefix,
  toHex,
} from "../src/primitives/index.ts";

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "ascii"));
}

function reference(...parts: readonly Uint8Array[]): string {
  return createHash("sha256").update(Buffer.concat(parts)).digest("hex");
}

describe("SHA-256", () => {
  // FIPS 180-4 example values, as published with NIST's example algorithms.
  test.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ])("of %j", (text, expected) => {
    expect(toHex(sha256(ascii(text)))).toBe(expected);
  });

  test("of a million letters a, in one part and in many", () => {
    const expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    const thousand = new Uint8Array(1_000).fill(0x61);
    expect(toHex(sha256(new Uint8Array(1_000_000).fill(0x61)))).toBe(expected);
    expect(toHex(sha256(...new Array<Uint8Array>(1_000).fill(thousand)))).toBe(expected);
  });

  test("parts count as if they were one, around the bound of joining too", () => {
    for (const length of [16_383, 16_384, 16_385]) {
      const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
      for (const cut of [0, 1, length - 1, length]) {
        const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
        expect(toHex(sha256(...parts))).toBe(reference(bytes));
      }
    }
    expect(toHex(sha256())).toBe(toHex(EMPTY_HASH));
    expect(toHex(EMPTY_HASH)).toBe(reference());
  });

  test("a hash is a plain byte array of its own", () => {
    for (const hash of [sha256(), sha256(ascii("a")), sha256(new Uint8Array(20_000), ascii("a"))]) {
      expect(hash.constructor).toBe(Uint8Array);
      expect(hash.length).toBe(32);
    }
  });
});

describe("tagged hash", () => {
  test("is SHA-256 over the tag's length, the tag and the parts", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (parts) => {
        const prefix = Buffer.concat([Uint8Array.of(14), ascii("tegata/1/block")]);
        expect(toHex(taggedHash("block", ...parts))).toBe(reference(prefix, ...parts));
      }),
    );
  });

  test("answers alike when the tag is seen again", () => {
    expect(toHex(taggedHash("again", ascii("x")))).toBe(toHex(taggedHash("again", ascii("x"))));
    expect(tagPrefix("again")).toBe(tagPrefix("again"));
  });

  test("another tag is another hash, even where the texts run together", () => {
    expect(toHex(taggedHash("a", ascii("bc")))).not.toBe(toHex(taggedHash("ab", ascii("c"))));
  });

  test("a tag is short printable ASCII", () => {
    for (const tag of ["", "日本", "a b", "a\n", "x".repeat(247)]) {
      expect(() => taggedHash(tag)).toThrow(InvariantError);
    }
    expect(tagPrefix("x".repeat(246))[0]).toBe(255);
  });

  test("many tags in a row stay right", () => {
    for (let index = 0; index < 400; index += 1) {
      const tag = `many-${index}`;
      expect(tagPrefix(tag)).toStrictEqual(
        Uint8Array.from([9 + tag.length, ...ascii(`tegata/1/${tag}`)]),
      );
    }
  });
});
