import { createPrivateKey, decapsulate } from "node:crypto";
import { ml_kem768_x25519 } from "@noble/post-quantum/hybrid.js";
import fc from "fast-check";
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from "hpke";
import { describe, expect, test } from "vitest";
import { readJson, sharedData, vectorPath } from "../../../../test/helpers/shared-data.ts";
import { concat, toHex } from "../../src/primitives/index.ts";
import { openSealed, sealOverheadBytes, sealTo } from "../../src/vault/hpke.ts";
import { createXwingKeyPair, decapsulateXwing, encapsulateXwing } from "../../src/vault/xwing.ts";
import { bytesOf } from "./fixtures.ts";
import { decrypt, encrypt, schedule } from "./hpke-reference.ts";
import { hex } from "./wycheproof.ts";

interface HpkeVector {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly exporter_secret: string;
  readonly encryptions: readonly {
    readonly aad: string;
    readonly ct: string;
    readonly pt: string;
  }[];
}

const pair = createXwingKeyPair(bytesOf("pair"));
const key = pair.publicKey.bytes;
const info = bytesOf("info");
const message = new TextEncoder().encode("keys of a facet");
const keySizes = [0, 16, 32, 32];

function x25519Of(raw: Uint8Array): ReturnType<typeof createPrivateKey> {
  const der = Buffer.from(concat(hex("302e020100300506032b656e04220420"), raw));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function expectSchedule(vector: HpkeVector): void {
  const { kem_id, aead_id } = vector;
  const size = keySizes[aead_id] as number;
  const made = schedule(kem_id, aead_id, size, hex(vector.shared_secret), hex(vector.info));
  expect(toHex(made.key)).toBe(vector.key);
  expect(toHex(made.baseNonce)).toBe(vector.base_nonce);
  expect(toHex(made.exporterSecret)).toBe(vector.exporter_secret);
}

describe("the reference that the seals are compared with", () => {
  // RFC 9180 appendix A.1.1 (base mode).
  test("gives the key schedule of RFC 9180 A.1.1, from the native key agreement", () => {
    const secret = decapsulate(
      x25519Of(hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")),
      hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
    );
    expect(toHex(secret)).toBe("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc");
    const made = schedule(0x0020, 1, 16, secret, hex("4f6465206f6e2061204772656369616e2055726e"));
    expect(toHex(made.key)).toBe("4531685d41d65f03dc48f6b8302c05b0");
    expect(toHex(made.baseNonce)).toBe("56d890e5accaaf011cff4b7d");
    expect(toHex(made.exporterSecret)).toBe(
      "45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8",
    );
  });

  test.skipIf(sharedData === null)("gives the base mode vectors of RFC 9180 with X25519", () => {
    const all = readJson<HpkeVector[]>(vectorPath("hpke", "rfc9180-x25519-sha256.json"));
    const vectors = all.filter(({ mode, kdf_id }) => mode === 0 && kdf_id === 1);
    const sized = vectors.filter(({ aead_id }) => aead_id <= 3);
    expect(sized).toHaveLength(3);
    for (const vector of sized) {
      expectSchedule(vector);
      const secret = decapsulate(x25519Of(hex(vector.skRm)), hex(vector.enc));
      expect(toHex(secret)).toBe(vector.shared_secret);
    }
  });
});

describe("a seal", () => {
  test.skipIf(sharedData === null)("rests on the X-Wing of the post-quantum HPKE vectors", () => {
    const all = readJson<HpkeVector[]>(vectorPath("hpke", "hpke-pq.json"));
    const vectors = all.filter(({ kem_id }) => kem_id === 0x647a);
    expect(vectors.map(({ kdf_id }) => kdf_id)).toEqual([0x0001, 0x0011]);
    for (const vector of vectors) {
      const known = createXwingKeyPair(hex(vector.skRm));
      expect(toHex(known.publicKey.bytes)).toBe(vector.pkRm);
      const secret = decapsulateXwing(known, hex(vector.enc));
      expect(toHex(secret ?? hex(""))).toBe(vector.shared_secret);
    }
    expectSchedule(vectors[0] as HpkeVector);
  });

  test("opens as HPKE written from the RFC, and the other way round", async () => {
    const sealed = await sealTo(key, info, message);
    const secret = decapsulateXwing(pair, sealed.slice(0, 1_120)) ?? hex("");
    const ours = schedule(0x647a, 2, 32, secret, info);
    expect(decrypt(ours.key, ours.baseNonce, sealed.slice(1_120))).toEqual(message);

    const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(key);
    const theirs = schedule(0x647a, 2, 32, sharedSecret, info);
    const made = concat(cipherText, encrypt(theirs.key, theirs.baseNonce, message));
    expect(await openSealed(pair, info, made)).toEqual({ ok: true, plaintext: message });
  });

  test("opens with the package's own X-Wing, and the other way round", async () => {
    const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
    const sealed = await sealTo(key, info, message);
    const privateKey = await suite.DeserializePrivateKey(bytesOf("pair"));
    const ciphertext = sealed.slice(1_120);
    expect(await suite.Open(privateKey, sealed.slice(0, 1_120), ciphertext, { info })).toEqual(
      message,
    );
    const publicKey = await suite.DeserializePublicKey(key);
    const made = await suite.Seal(publicKey, message, { info });
    const theirs = concat(made.encapsulatedSecret, made.ciphertext);
    expect(await openSealed(pair, info, theirs)).toEqual({ ok: true, plaintext: message });
  });

  test("adds 1,136 bytes and gives back any plaintext", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (plaintext) => {
        const sealed = await sealTo(key, info, plaintext);
        expect(sealed).toHaveLength(plaintext.length + 1_136);
        expect(await openSealed(pair, info, sealed)).toEqual({ ok: true, plaintext });
      }),
      { numRuns: 20 },
    );
    expect(sealOverheadBytes).toBe(1_136);
  });

  test("never repeats, not even for one message to one key", async () => {
    const [first, second] = await Promise.all([
      sealTo(key, info, message),
      sealTo(key, info, message),
    ]);
    expect(first.subarray(0, 1_120)).not.toEqual(second.subarray(0, 1_120));
    expect(first.subarray(1_120)).not.toEqual(second.subarray(1_120));
  });

  test("is refused with one code wherever it was changed, cut or lengthened", async () => {
    const sealed = await sealTo(key, info, message);
    const wrong = [sealed.subarray(0, 1_135), new Uint8Array(0), concat(sealed, hex("00"))];
    for (const index of [0, 1_087, 1_088, 1_119, 1_120, sealed.length - 1]) {
      wrong.push(sealed.with(index, (sealed[index] as number) ^ 0x10));
    }
    const lowOrderShare = Uint8Array.from(sealed);
    lowOrderShare.fill(0, 1_088, 1_120);
    for (const bytes of [...wrong, lowOrderShare, new Uint8Array(2_000)]) {
      expect(await openSealed(pair, info, bytes)).toEqual({
        ok: false,
        code: "LEDGER_SEAL_NOT_OPENED",
      });
    }
  });

  test("made of anything at all is refused and throws nothing", async () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 1_300 }),
      fc.uint8Array({ minLength: 1_120, maxLength: 1_140 }),
    );
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        expect((await openSealed(pair, info, bytes)).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("for another key or another purpose is refused", async () => {
    const sealed = await sealTo(key, info, message);
    const other = createXwingKeyPair(bytesOf("other"));
    expect((await openSealed(other, info, sealed)).ok).toBe(false);
    expect((await openSealed(pair, bytesOf("other"), sealed)).ok).toBe(false);
    expect((await openSealed(pair, new Uint8Array(0), sealed)).ok).toBe(false);
  });

  test("is not made to a key that admission refuses", async () => {
    const zero = new Uint8Array(1_216);
    await expect(sealTo(zero, info, message)).rejects.toMatchObject({
      code: "LEDGER_BAD_ENCRYPTION_KEY",
    });
  });

  test("keeps its public key apart from the caller's bytes", async () => {
    const bytes = Uint8Array.from(key);
    await sealTo(bytes, info, message);
    bytes.fill(0);
    await expect(sealTo(bytes, info, message)).rejects.toThrow();
    expect((await openSealed(pair, info, await sealTo(key, info, message))).ok).toBe(true);
    expect(encapsulateXwing(pair.publicKey).encapsulated).toHaveLength(1_120);
  });
});
