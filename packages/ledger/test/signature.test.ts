import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson, sharedData, vectorPath } from "../../../test/helpers/shared-data.ts";
import {
  concat,
  createSigner,
  fromHex,
  InvariantError,
  idBytes,
  LedgerError,
  type NetworkId,
  type PublicKey,
  publicKey,
  sha256,
  signBytes,
  toHex,
  verifySignature,
  ZERO_NETWORK,
} from "../src/primitives/index.ts";

/** RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature. */
const rfc8032: readonly (readonly [string, string, string, string])[] = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const P = 2n ** 255n - 19n;

function little(number: bigint): Uint8Array {
  return fromHex(number.toString(16).padStart(64, "0")).reverse();
}

function big(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

function key(bytes: Uint8Array): PublicKey {
  return publicKey(bytes);
}

const signer = createSigner(sha256(Buffer.from("signature.test.ts")));
const message = Uint8Array.from(Buffer.from("a message"));
const signature = signer.sign(message);

describe("signing", () => {
  test.each(rfc8032)("RFC 8032 test with seed %s", (seed, expectedKey, text, expected) => {
    const rfc = createSigner(fromHex(seed));
    expect(rfc.publicKey).toBe(expectedKey);
    expect(toHex(rfc.sign(fromHex(text)))).toBe(expected);
    expect(verifySignature(rfc.publicKey, fromHex(text), fromHex(expected))).toBe(true);
  });

  test("a signer does not depend on the seed's memory and does not show it", () => {
    const seed = new Uint8Array(32).fill(9);
    const expected = createSigner(seed.slice()).sign(message);
    const own = createSigner(seed);
    seed.fill(0);
    expect(toHex(own.sign(message))).toBe(toHex(expected));
    expect(JSON.stringify(own)).toBe(JSON.stringify({ publicKey: own.publicKey }));
    expect(own.sign(message).constructor).toBe(Uint8Array);
  });

  test("a seed has 32 bytes", () => {
    for (const size of [0, 31, 33, 64]) {
      expect(() => createSigner(new Uint8Array(size))).toThrow(LedgerError);
    }
  });

  test("every signature of an honest signer verifies, and with one bit changed it does not", () => {
    const inputs = fc.tuple(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(511),
    );
    fc.assert(
      fc.property(inputs, ([seed, text, bit]) => {
        const honest = createSigner(seed);
        const signed = honest.sign(text);
        expect(verifySignature(honest.publicKey, text, signed)).toBe(true);
        const at = bit >> 3;
        signed[at] = (signed[at] as number) ^ (1 << (bit & 7));
        expect(verifySignature(honest.publicKey, text, signed)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the rule: strict and cofactorless", () => {
  test("a signature has 64 bytes", () => {
    for (const size of [0, 32, 63]) {
      expect(verifySignature(signer.publicKey, message, signature.subarray(0, size))).toBe(false);
    }
    const longer = concat(signature, Uint8Array.of(0));
    expect(verifySignature(signer.publicKey, message, longer)).toBe(false);
  });

  test("S is below L: adding L to S makes no second signature", () => {
    const s = big(signature.subarray(32));
    for (const multiple of [1n, 2n, 15n]) {
      const other = concat(signature.subarray(0, 32), little(s + multiple * L));
      expect(verifySignature(signer.publicKey, message, other)).toBe(false);
    }
  });

  test("bytes of anything else are no signature and no key", () => {
    const inputs = fc.tuple(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
    );
    fc.assert(
      fc.property(inputs, ([keyBytes, other]) => {
        expect(verifySignature(key(keyBytes), message, other)).toBe(false);
        expect(verifySignature(key(keyBytes), message, signature)).toBe(false);
        other[63] = 0;
        expect(verifySignature(signer.publicKey, message, other)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test("a key of small order verifies nothing, whatever library judges", () => {
    // [8]A = 0: with A the identity and S = 0, R = identity satisfies the equation for any message.
    const identity = little(1n);
    const forged = concat(identity, new Uint8Array(32));
    expect(verifySignature(key(identity), message, forged)).toBe(false);
  });

  test("R of mixed order is refused though it satisfies the equation times eight", () => {
    const seed = sha256(Buffer.from("mixed order"));
    const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(seed);
    const torsion = ed25519.Point.fromBytes(
      fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    );
    const r = 12_345n;
    const mixed = ed25519.Point.BASE.multiply(r).add(torsion).toBytes();
    const digest = createHash("sha512").update(mixed).update(pointBytes).update(message).digest();
    const made = concat(mixed, little((r + (big(digest) % L) * scalar) % L));
    // The other library judges with the cofactor, which is why it may not judge here.
    expect(ed25519.verify(made, message, pointBytes)).toBe(true);
    expect(verifySignature(key(pointBytes), message, made)).toBe(false);
  });

  test("another spelling of a key or of R is refused: y + p, and minus zero", () => {
    // y = 3 .. 18 have a second spelling below 2^255; some of them are on the curve.
    let onCurve = 0;
    for (let y = 2n; y < 19n; y += 1n) {
      try {
        ed25519.Point.fromBytes(little(y), true);
        onCurve += 1;
      } catch {
        continue;
      }
      for (const sign of [0n, 2n ** 255n]) {
        const spelled = little(y + P + sign);
        expect(verifySignature(key(spelled), message, signature)).toBe(false);
        const other = concat(spelled, signature.subarray(32));
        expect(verifySignature(signer.publicKey, message, other)).toBe(false);
      }
    }
    expect(onCurve).toBeGreaterThan(3);
  });

  test("more keys than the cache holds verify as before", () => {
    const many = Array.from({ length: 4_200 }, (_, index) => {
      const bytes = sha256(Buffer.from(`key ${index}`));
      return key(bytes);
    });
    for (const other of many) verifySignature(other, message, signature);
    expect(verifySignature(signer.publicKey, message, signature)).toBe(true);
    expect(verifySignature(many[0] as PublicKey, message, signature)).toBe(false);
  });
});

describe("sign bytes", () => {
  const network = "11".repeat(32) as NetworkId;
  const hash = new Uint8Array(32).fill(0x22);

  test("are tag, network, era and hash", () => {
    const tag = `17${Buffer.from("tegata/1/sign/prevote").toString("hex")}`;
    const expected = `${"15"}${tag.slice(2)}${"11".repeat(32)}01020304${"22".repeat(32)}`;
    expect(toHex(signBytes("prevote", network, 0x01020304, hash))).toBe(expected);
  });

  test("differ in every part", () => {
    const other = "12".repeat(32) as NetworkId;
    const all = [
      signBytes("prevote", network, 0, hash),
      signBytes("precommit", network, 0, hash),
      signBytes("prevote", other, 0, hash),
      signBytes("prevote", network, 1, hash),
      signBytes("prevote", network, 0, new Uint8Array(32)),
      signBytes("prevote", ZERO_NETWORK, 0, hash),
    ];
    expect(new Set(all.map(toHex)).size).toBe(all.length);
  });

  test("take a hash of 32 bytes, a network of 32 and an era of four", () => {
    for (const size of [0, 31, 33]) {
      expect(() => signBytes("x", network, 0, new Uint8Array(size))).toThrow(LedgerError);
    }
    expect(() => signBytes("x", "11" as NetworkId, 0, hash)).toThrow(LedgerError);
    for (const era of [-1, 2 ** 32, 0.5, Number.NaN]) {
      expect(() => signBytes("x", network, era, hash)).toThrow(InvariantError);
    }
    expect(signBytes("x", network, 2 ** 32 - 1, hash).length).toBe(1 + 15 + 32 + 4 + 32);
    expect(idBytes(ZERO_NETWORK)).toStrictEqual(new Uint8Array(32));
  });
});

describe("public vectors", () => {
  test.skipIf(sharedData === null)("speccheck: of the twelve cases exactly case 3 verifies", () => {
    interface Case {
      readonly message: string;
      readonly pub_key: string;
      readonly signature: string;
    }
    const cases = readJson<readonly Case[]>(vectorPath("ed25519", "speccheck-cases.json"));
    const answers = cases.map((speccheck) =>
      verifySignature(
        key(fromHex(speccheck.pub_key)),
        fromHex(speccheck.message),
        fromHex(speccheck.signature),
      ),
    );
    const expected = new Array<boolean>(12).fill(false);
    expected[3] = true;
    expect(answers).toEqual(expected);
  });

  test.skipIf(sharedData === null)("Wycheproof: all 151 signatures", () => {
    interface Wycheproof {
      readonly testGroups: readonly {
        readonly publicKey: { readonly pk: string };
        readonly tests: readonly {
          readonly tcId: number;
          readonly msg: string;
          readonly sig: string;
          readonly result: "valid" | "invalid";
        }[];
      }[];
    }
    const suite = readJson<Wycheproof>(vectorPath("wycheproof", "ed25519_test.json"));
    let count = 0;
    for (const { publicKey: group, tests } of suite.testGroups) {
      for (const { tcId, msg, sig, result } of tests) {
        count += 1;
        const answer = verifySignature(key(fromHex(group.pk)), fromHex(msg), fromHex(sig));
        expect(answer, `test ${tcId}`).toBe(result === "valid");
      }
    }
    expect(count).toBe(151);
  });
});
