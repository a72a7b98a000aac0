import { createHmac, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedData } from "../../../../test/helpers/shared-data.ts";
import { InvariantError, LedgerError, toHex } from "../../src/primitives/index.ts";
import { exportSecret, hkdfExpand, hkdfExtract, hmac, importSecret } from "../../src/vault/hkdf.ts";
import { keyOf } from "./fixtures.ts";
import { hex, wycheproof } from "./wycheproof.ts";

// RFC 5869 appendix A, test cases 1 to 3.
const rfc5869 = [
  {
    ikm: "0b".repeat(22),
    salt: "000102030405060708090a0b0c",
    info: "f0f1f2f3f4f5f6f7f8f9",
    prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
    okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  },
  {
    ikm: Buffer.from(Array.from({ length: 80 }, (_, index) => index)).toString("hex"),
    salt: Buffer.from(Array.from({ length: 80 }, (_, index) => 0x60 + index)).toString("hex"),
    info: Buffer.from(Array.from({ length: 80 }, (_, index) => 0xb0 + index)).toString("hex"),
    prk: "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
    okm:
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c" +
      "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71" +
      "cc30c58179ec3e87c14c01d5c1f3434f1d87",
  },
  {
    ikm: "0b".repeat(22),
    salt: "",
    info: "",
    prk: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
    okm: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  },
];

describe("HKDF-SHA-256", () => {
  test.each(rfc5869)("gives the answers of RFC 5869 ($okm)", ({ ikm, salt, info, prk, okm }) => {
    const key = hkdfExtract(hex(salt), hex(ikm));
    expect(toHex(exportSecret(key))).toBe(prk);
    expect(toHex(hkdfExpand(key, hex(info), okm.length / 2))).toBe(okm);
  });

  test.skipIf(sharedData === null)("gives the answers of Wycheproof, all 86", () => {
    const cases = wycheproof("hkdf_sha256");
    expect(cases).toHaveLength(86);
    for (const { result, field, size } of cases) {
      const key = hkdfExtract(hex(field("salt")), hex(field("ikm")));
      const expanded = (): Uint8Array => hkdfExpand(key, hex(field("info")), size("size"));
      if (result === "valid") expect(toHex(expanded())).toBe(field("okm"));
      else expect(expanded).toThrow(InvariantError);
    }
  });

  test("agrees with the native function for any input", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 1, max: 400 }),
        (ikm, salt, info, length) => {
          const native = new Uint8Array(hkdfSync("sha256", ikm, salt, info, length));
          expect(hkdfExpand(hkdfExtract(salt, ikm), info, length)).toEqual(native);
        },
      ),
    );
  });

  test("a keyed hash over parts is the one over their sum", () => {
    const whole = createHmac("sha256", keyOf("k")).update("abc").digest("hex");
    expect(toHex(hmac(keyOf("k"), hex("61"), hex(""), hex("6263")))).toBe(whole);
  });

  test("a secret has 32 bytes and outlives the bytes it was made of", () => {
    const bytes = new Uint8Array(32).fill(7);
    const secret = importSecret(bytes, "secret");
    bytes.fill(0);
    expect(exportSecret(secret)).toEqual(new Uint8Array(32).fill(7));
    expect(() => importSecret(new Uint8Array(31), "secret")).toThrow(LedgerError);
  });

  test("pitfall 15: longer outputs begin like shorter ones, so no key and info serve two lengths", () => {
    const key = keyOf("k");
    expect(hkdfExpand(key, hex("61"), 76).subarray(0, 32)).toEqual(hkdfExpand(key, hex("61"), 32));
  });
});
