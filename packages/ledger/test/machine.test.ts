import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as node from "../src/primitives/machine-node.ts";
import * as plain from "../src/primitives/machine-plain.ts";

/** What both sides of `#machine` offer, without the type of a key, which is each one's own. */
interface Machine<Key> {
  digest(bytes: Uint8Array): Uint8Array;
  digestOfParts(parts: readonly Uint8Array[]): Uint8Array;
  importKey(point: Uint8Array): Key | null;
  verifies(key: Key, message: Uint8Array, signature: Uint8Array): boolean;
  signerOf(seed: Uint8Array): node.MachineSigner;
  hexText(bytes: Uint8Array): string;
  base64Text(bytes: Uint8Array): string;
  base64Bytes(text: string): Uint8Array | null;
  compare(a: Uint8Array, b: Uint8Array): number;
  utf8Length(text: string): number;
}

const native: Machine<node.MachineKey> = node;
const portable: Machine<plain.MachineKey> = plain;

const bytes = fc.uint8Array({ maxLength: 200 });

function answer<Key>(
  machine: Machine<Key>,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = machine.importKey(point);
  return key !== null && machine.verifies(key, message, signature);
}

describe("plain JavaScript and Node", () => {
  test("offer the same names", () => {
    expect(Object.keys(portable).sort()).toEqual(Object.keys(native).sort());
  });

  test("hash alike, in one piece and in parts, small and large", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
        expect(portable.digestOfParts(parts)).toEqual(native.digestOfParts(parts));
        for (const part of parts) expect(portable.digest(part)).toEqual(native.digest(part));
      }),
    );
    const large = new Uint8Array(50_000).fill(7);
    expect(portable.digestOfParts([large, large])).toEqual(native.digestOfParts([large, large]));
  });

  test("write and measure texts alike", () => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: "binary" }), (some, text) => {
        expect(portable.hexText(some)).toBe(native.hexText(some));
        expect(portable.base64Text(some)).toBe(native.base64Text(some));
        expect(portable.base64Bytes(native.base64Text(some))).toEqual(some);
        expect(native.base64Bytes(portable.base64Text(some))).toEqual(some);
        expect(portable.utf8Length(text)).toBe(native.utf8Length(text));
      }),
    );
    const long = Uint8Array.from({ length: 40_000 }, (_, index) => index % 251);
    expect(portable.base64Text(long)).toBe(native.base64Text(long));
    expect(portable.base64Bytes("a*b")).toBeNull();
  });

  test("order byte strings alike", () => {
    const short = fc.uint8Array({ maxLength: 3, max: 3 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(portable.compare(a, b)).toBe(native.compare(a, b));
      }),
    );
  });

  test("sign alike, and judge a signature and each flip of a bit in it alike", () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seed, bytes, fc.nat(95), fc.nat(7), (secret, message, at, bit) => {
        const signer = native.signerOf(secret);
        const signature = signer.sign(message);
        expect(portable.signerOf(secret).point).toEqual(Uint8Array.from(signer.point));
        expect(portable.signerOf(secret).sign(message)).toEqual(signature);
        expect(answer(portable, signer.point, message, signature)).toBe(true);
        const changed = Uint8Array.from([...signature, ...signer.point]);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        // S from the order of the base point on is refused before either is asked.
        if ((changed[63] as number) >= 0x10) return;
        const [flipped, point] = [changed.subarray(0, 64), changed.subarray(64)];
        const expected = answer(native, point, message, flipped);
        expect(answer(portable, point, message, flipped)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });
});
