import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../../src/primitives/index.ts";
import {
  isPaddedLength,
  pad,
  paddedBytesMax,
  paddedLength,
  unpad,
} from "../../src/vault/padding.ts";

describe("padding", () => {
  test("pitfall 20: contents of 1 to 10,000 bytes have at most 8 sizes", () => {
    const sizes = new Set<number | null>();
    for (let length = 1; length <= 10_000; length += 1) sizes.add(paddedLength(length));
    expect([...sizes]).toEqual([256, 512, 1_024, 2_048, 4_096, 8_192, 16_384]);
  });

  test("always leaves room for the end mark, up to 1 MiB", () => {
    expect([0, 255, 256, 511, 512].map(paddedLength)).toEqual([256, 256, 512, 512, 1_024]);
    expect(paddedLength(paddedBytesMax - 1)).toBe(paddedBytesMax);
    expect(paddedLength(paddedBytesMax)).toBeNull();
    expect(() => pad(new Uint8Array(paddedBytesMax))).toThrow(InvariantError);
    expect([0, 128, 255, 257, 768, 2 ** 21, 256.5, -256].some(isPaddedLength)).toBe(false);
  });

  test("comes off again, whatever the content ends with", () => {
    const tail = fc.constantFrom([], [0], [0x80], [0x80, 0], [0, 0, 0]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_100 }), tail, (head, end) => {
        const content = Uint8Array.of(...head, ...end);
        expect(unpad(pad(content))).toEqual(content);
      }),
    );
    const largest = new Uint8Array(paddedBytesMax - 1).fill(0x80);
    expect(unpad(pad(largest))).toEqual(largest);
  });

  test("pitfall 20: only exactly what is written comes off", () => {
    const padded = pad(new Uint8Array(10).fill(1));
    expect(unpad(padded.with(255, 1))).toBeNull();
    expect(unpad(padded.with(100, 0x80))).not.toEqual(unpad(padded));
    expect(unpad(padded.with(10, 0x81))).toBeNull();
    expect(unpad(padded.with(10, 0))).toBeNull();
    expect(unpad(new Uint8Array(256))).toBeNull();
    expect(unpad(new Uint8Array(0))).toBeNull();
    expect(unpad(padded.subarray(0, 255))).toBeNull();
    const tooLarge = new Uint8Array(512);
    tooLarge.set(padded);
    expect(unpad(tooLarge)).toBeNull();
  });
});
