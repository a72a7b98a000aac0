import type * as Crypto from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  concat,
  createSigner,
  fromHex,
  type PublicKey,
  publicKey,
  sha256,
  toHex,
  verifySignature,
} from "../src/primitives/index.ts";

const imports = vi.hoisted(() => ({ count: 0 }));

// A native verifier that accepts everything shows what our own checks refuse before it is asked.
vi.mock("node:crypto", async (importOriginal) => {
  const original = await importOriginal<typeof Crypto>();
  return {
    ...original,
    verify: () => true,
    createPublicKey: (input: Crypto.PublicKeyInput) => {
      imports.count += 1;
      return original.createPublicKey(input);
    },
  };
});

const signer = createSigner(sha256(Buffer.from("signature-checks.test.ts")));
const message = new Uint8Array(8);
const signature = signer.sign(message);
const r = signature.subarray(0, 32);
const s = signature.subarray(32);

const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const P = 2n ** 255n - 19n;

function little(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, "0")).reverse();
}

/** Points that may stand neither for A nor for R: y from p on, and the eight of small order. */
const inadmissible: readonly Uint8Array[] = [
  ...Array.from({ length: 19 }, (_, index) => little(P + BigInt(index))),
  ...[
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ].map(fromHex),
].flatMap((point) => {
  const signed = Uint8Array.from(point);
  signed[31] = (signed[31] as number) | 0x80;
  return [point, signed];
});

describe("whatever the native verifier says", () => {
  test("a well-formed signature reaches it", () => {
    expect(verifySignature(signer.publicKey, message, signature)).toBe(true);
    expect(verifySignature(signer.publicKey, message, concat(r, little(L - 1n)))).toBe(true);
    expect(verifySignature(signer.publicKey, message, concat(little(P - 2n), s))).toBe(true);
    expect(verifySignature(publicKey(little(P - 2n)), message, signature)).toBe(true);
    expect(verifySignature(publicKey(little(2n)), message, signature)).toBe(true);
  });

  test.each([0, 32, 63, 65, 128])("%i bytes are no signature", (size) => {
    const bytes = concat(signature, new Uint8Array(64)).subarray(0, size);
    expect(verifySignature(signer.publicKey, message, bytes)).toBe(false);
  });

  test.each([L, L + 1n, 2n * L, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n])(
    "S = %i is refused",
    (number) => {
      expect(verifySignature(signer.publicKey, message, concat(r, little(number)))).toBe(false);
    },
  );

  test.each(inadmissible.map((point) => [toHex(point), point] as const))("point %s", (_, point) => {
    expect(verifySignature(publicKey(point), message, signature)).toBe(false);
    expect(verifySignature(signer.publicKey, message, concat(point, s))).toBe(false);
  });
});

test("a key of another length is no key", () => {
  for (const size of [0, 31, 33]) {
    const key = "05".repeat(size) as PublicKey;
    expect(verifySignature(key, message, signature)).toBe(false);
  }
});

describe("the cache of imported keys", () => {
  function keyNumber(index: number): PublicKey {
    const point = new Uint8Array(32);
    new DataView(point.buffer).setUint32(8, index + 1);
    return publicKey(point);
  }

  function importsFor(key: PublicKey): number {
    const before = imports.count;
    verifySignature(key, message, signature);
    return imports.count - before;
  }

  beforeEach(() => {
    // Fills the cache with keys that no test asks for.
    for (let index = 10_000; index < 14_096; index += 1) importsFor(keyNumber(index));
  });

  test("a key is imported once while it stays among the last 4,096", () => {
    expect(importsFor(keyNumber(0))).toBe(1);
    expect(importsFor(keyNumber(0))).toBe(0);
    for (let index = 1; index < 4_096; index += 1) importsFor(keyNumber(index));
    expect(importsFor(keyNumber(0))).toBe(0);
    // Key 0 was just used, so key 1 is the oldest and makes room.
    expect(importsFor(keyNumber(4_096))).toBe(1);
    expect(importsFor(keyNumber(0))).toBe(0);
    expect(importsFor(keyNumber(1))).toBe(1);
  });

  test("a refused key never enters it", () => {
    const [refused = new Uint8Array(32)] = inadmissible;
    expect(importsFor(publicKey(refused))).toBe(0);
    expect(importsFor(publicKey(refused))).toBe(0);
  });
});
