import { createSecretKey, Decipheriv } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sharedData } from "../../../../test/helpers/shared-data.ts";
import { InvariantError, LedgerError, toHex } from "../../src/primitives/index.ts";
import { openAead, sealAead, tagBytes } from "../../src/vault/aead.ts";
import { bytesOf, keyOf } from "./fixtures.ts";
import { hex, wycheproof } from "./wycheproof.ts";

const nonce = bytesOf("nonce").subarray(0, 12);
const aad = hex("aa");
const message = new TextEncoder().encode("what only the reader may see");

afterEach(() => vi.restoreAllMocks());

describe("AES-256-GCM", () => {
  // Test cases 13 to 16 of the GCM specification (McGrew, Viega).
  const key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  const plain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
  const sealed16 =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
    "76fc6ece0f4e1768cddf8853bb2d551b";
  test.each([
    ["00".repeat(32), "00".repeat(12), "", "", "530f8afbc74536b9a963b4f1c4cb738b"],
    [
      "00".repeat(32),
      "00".repeat(12),
      "",
      "00".repeat(16),
      "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ],
    [key, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", plain, sealed16],
  ])("gives the answers of the specification", (k, n, a, plaintext, sealed) => {
    const secret = createSecretKey(hex(k));
    expect(toHex(sealAead(secret, hex(n), hex(a), hex(plaintext)))).toBe(sealed);
    expect(openAead(secret, hex(n), hex(a), hex(sealed))).toEqual(hex(plaintext));
  });

  test.skipIf(sharedData === null)("Wycheproof: 66 of our sizes judged, 250 others refused", () => {
    let judged = 0;
    let refused = 0;
    for (const { tcId, result, field, size } of wycheproof("aes_gcm")) {
      const [key, nonce, aad, plain] = ["key", "iv", "aad", "msg"].map((name) => hex(field(name)));
      const secret = createSecretKey(key as Uint8Array);
      const sealed = hex(field("ct") + field("tag"));
      const open = (): Uint8Array | null =>
        openAead(secret, nonce as Uint8Array, aad as Uint8Array, sealed);
      if (size("keySize") !== 256 || size("ivSize") !== 96) {
        refused += 1;
        expect(open, `test ${tcId}`).toThrow();
        continue;
      }
      judged += 1;
      expect(open(), `test ${tcId}`).toEqual(result === "valid" ? plain : null);
      if (result === "invalid") continue;
      const made = sealAead(secret, nonce as Uint8Array, aad as Uint8Array, plain as Uint8Array);
      expect(made).toEqual(sealed);
    }
    expect([judged, refused]).toEqual([66, 250]);
  });

  test("opens what it sealed, for any content and size", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.uint8Array({ maxLength: 60 }),
        (text, a) => {
          const sealed = sealAead(keyOf("k"), nonce, a, text);
          expect(sealed).toHaveLength(text.length + tagBytes);
          expect(openAead(keyOf("k"), nonce, a, sealed)).toEqual(text);
        },
      ),
    );
  });

  test("takes keys of 32 bytes and nonces of 12 only", () => {
    for (const length of [16, 24, 31, 33]) {
      const odd = createSecretKey(new Uint8Array(length));
      expect(() => sealAead(odd, nonce, aad, message)).toThrow(InvariantError);
      expect(() => openAead(odd, nonce, aad, message)).toThrow(InvariantError);
    }
    for (const length of [0, 8, 11, 13, 16]) {
      const odd = new Uint8Array(length);
      expect(() => sealAead(keyOf("k"), odd, aad, message)).toThrow(LedgerError);
      expect(() => openAead(keyOf("k"), odd, aad, message)).toThrow(LedgerError);
    }
  });

  test("pitfall 1: a tag cut to any shorter length opens nothing", () => {
    const sealed = sealAead(keyOf("k"), nonce, aad, message);
    for (let cut = 1; cut <= tagBytes; cut += 1) {
      expect(openAead(keyOf("k"), nonce, aad, sealed.subarray(0, sealed.length - cut))).toBeNull();
    }
    expect(openAead(keyOf("k"), nonce, aad, new Uint8Array(0))).toBeNull();
  });

  test("pitfall 2: what was decrypted before a wrong tag is overwritten and not released", () => {
    const released: Uint8Array[] = [];
    const update = Decipheriv.prototype.update;
    vi.spyOn(Decipheriv.prototype, "update").mockImplementation(function (
      this: Decipheriv,
      ...args: unknown[]
    ) {
      const plaintext = Reflect.apply(update, this, args) as Buffer;
      released.push(plaintext);
      return plaintext as unknown as string;
    });
    const sealed = sealAead(keyOf("k"), nonce, aad, message);
    expect(openAead(keyOf("k"), nonce, aad, sealed)).toEqual(message);
    expect(released).toHaveLength(1);
    const last = sealed.length - 1;
    expect(
      openAead(keyOf("k"), nonce, aad, sealed.with(last, (sealed[last] as number) ^ 1)),
    ).toBeNull();
    expect(released).toHaveLength(2);
    expect(released[1]).toHaveLength(message.length);
    expect(released[1]?.every((byte) => byte === 0)).toBe(true);
  });
});
