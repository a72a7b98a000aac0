import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { describe, expect, test } from "vitest";
import {
  checkEncryptionKey,
  checkSigningKey,
  concat,
  createSigner,
  fromHex,
  idBytes,
  sha256,
  toHex,
} from "../src/primitives/index.ts";

const P = 2n ** 255n - 19n;

function little(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, "0")).reverse();
}

function refusedSigning(reason: string): object {
  return { ok: false, code: "LEDGER_BAD_SIGNING_KEY", detail: { reason } };
}

function refusedEncryption(reason: string): object {
  return { ok: false, code: "LEDGER_BAD_ENCRYPTION_KEY", detail: { reason } };
}

/** The fourteen encodings of the eight points of small order: libsodium's list, with both signs. */
const smallOrder = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].flatMap((hex) => {
  const signed = fromHex(hex);
  signed[31] = (signed[31] as number) | 0x80;
  return [hex, toHex(signed)];
});

describe("signing keys", () => {
  test("keys that the program makes are admitted", () => {
    for (let index = 0; index < 5; index += 1) {
      const { publicKey } = createSigner(sha256(Uint8Array.of(index)));
      expect(checkSigningKey(idBytes(publicKey))).toStrictEqual({ ok: true });
    }
  });

  test.each(smallOrder)("%s is of small order", (hex) => {
    const refused = refusedSigning("not canonical or of small order");
    expect(checkSigningKey(fromHex(hex))).toStrictEqual(refused);
  });

  test("a key with a torsion component is refused, whichever of the seven", () => {
    const generator = ed25519.Point.fromBytes(fromHex(smallOrder[6] as string));
    const honest = ed25519.Point.fromBytes(idBytes(createSigner(sha256()).publicKey));
    let torsion = generator;
    for (let index = 1; index < 8; index += 1) {
      const mixed = honest.add(torsion).toBytes();
      expect(checkSigningKey(mixed)).toStrictEqual(refusedSigning("not in the prime-order group"));
      torsion = torsion.add(generator);
    }
  });

  test("bytes that are no point of the curve are refused, though native code imports them", () => {
    const noPoint = fromHex("02".padEnd(64, "0"));
    const der = concat(fromHex("302a300506032b6570032100"), noPoint);
    const native = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    expect(native.asymmetricKeyType).toBe("ed25519");
    expect(checkSigningKey(noPoint)).toStrictEqual(refusedSigning("not in the prime-order group"));
  });

  test("coordinates from p on are refused", () => {
    for (let y = P; y < 2n ** 255n; y += 1n) {
      for (const sign of [0n, 2n ** 255n]) {
        const refused = refusedSigning("not canonical or of small order");
        expect(checkSigningKey(little(y + sign))).toStrictEqual(refused);
      }
    }
  });

  test("a key has 32 bytes", () => {
    for (const size of [0, 31, 33, 64]) {
      expect(checkSigningKey(new Uint8Array(size).fill(5))).toStrictEqual(refusedSigning("length"));
    }
  });
});

describe("encryption keys", () => {
  const kem = ml_kem768.keygen(
    concat(sha256(Uint8Array.of(1)), sha256(Uint8Array.of(2))),
  ).publicKey;
  const x25519 = generateKeyPairSync("x25519").publicKey;
  const exported = x25519.export({ format: "der", type: "spki" });
  const u = Uint8Array.from(exported.subarray(exported.length - 32));
  const good = concat(kem, u);

  function changed(change: (key: Uint8Array) => void): Uint8Array {
    const copy = good.slice();
    change(copy);
    return copy;
  }

  /** Writes a coefficient of 12 bits in the order of FIPS 203, ByteEncode. */
  function setCoefficient(key: Uint8Array, index: number, value: number): void {
    for (let bit = 0; bit < 12; bit += 1) {
      const at = index * 12 + bit;
      const byte = key[at >> 3] as number;
      const mask = 1 << (at & 7);
      key[at >> 3] = (value >> bit) & 1 ? byte | mask : byte & ~mask;
    }
  }

  test("a key from the library is admitted", () => {
    expect(good.length).toBe(1_216);
    expect(checkEncryptionKey(good)).toStrictEqual({ ok: true });
  });

  test("a key has 1,216 bytes", () => {
    for (const key of [good.subarray(1), concat(good, Uint8Array.of(0)), new Uint8Array(0), kem]) {
      expect(checkEncryptionKey(key)).toStrictEqual(refusedEncryption("length"));
    }
  });

  test("every coefficient stays below 3,329, at each of the 768 places", () => {
    for (let index = 0; index < 768; index += 1) {
      const largest = changed((key) => setCoefficient(key, index, 3_328));
      expect(checkEncryptionKey(largest)).toStrictEqual({ ok: true });
      for (const value of [3_329, 4_095]) {
        const key = changed((copy) => setCoefficient(copy, index, value));
        const refused = refusedEncryption("a coefficient is not reduced");
        expect(checkEncryptionKey(key)).toStrictEqual(refused);
      }
    }
  });

  test("coefficients that are all zero are refused, one that is not is enough", () => {
    const zero = changed((key) => key.fill(0, 0, 1_152));
    expect(checkEncryptionKey(zero)).toStrictEqual(refusedEncryption("all coefficients are zero"));
    for (const index of [0, 1, 767]) {
      const key = zero.slice();
      setCoefficient(key, index, 1);
      expect(checkEncryptionKey(key)).toStrictEqual({ ok: true });
    }
  });

  test("the X25519 part is below p and has its high bit clear", () => {
    const withU = (number: bigint) => concat(kem, little(number));
    for (const number of [P, P + 1n, P + 9n, 2n ** 255n - 1n, 2n ** 255n + 9n, 2n ** 256n - 1n]) {
      const refused = refusedEncryption("X25519 half is not canonical");
      expect(checkEncryptionKey(withU(number))).toStrictEqual(refused);
    }
    for (const number of [9n, P - 2n]) expect(checkEncryptionKey(withU(number)).ok).toBe(true);
  });

  test("an X25519 part that sends every secret to zero is refused", () => {
    const low = [
      little(0n),
      little(1n),
      little(P - 1n),
      fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
      fromHex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    ];
    const { privateKey } = generateKeyPairSync("x25519");
    for (const part of low) {
      const refused = refusedEncryption("X25519 half is of low order");
      expect(checkEncryptionKey(concat(kem, part))).toStrictEqual(refused);
      const der = concat(fromHex("302a300506032b656e032100"), part);
      const native = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
      // Native code admits such a key and fails only when it is used.
      expect(() => diffieHellman({ privateKey, publicKey: native })).toThrow();
    }
  });
});
