import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { decode, encode } from "./codec.ts";
import { LedgerError } from "./errors.ts";
import { EMPTY_HASH, sha256, taggedHash } from "./hash.ts";
import { concat, fromHex, type PublicKey, publicKey, toHex } from "./ids.ts";
import { checkSigningKey } from "./key-admission.ts";
import { merkleRoot } from "./merkle.ts";
import { createSigner, verifySignature } from "./signature.ts";

/** A function that judges signatures; the self-test takes another one only to be tested itself. */
export type VerifySignature = (
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

type Point = typeof ed25519.Point.BASE;

/** The fourteen encodings of the eight points of small order, canonical or not. */
const smallOrderEncodings: readonly Uint8Array[] = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
].map(fromHex);

/** A point of order 8, which generates all points of small order. */
const orderEight = smallOrderEncodings[6] as Uint8Array;

/** Order of the base point. Source: RFC 8032 section 5.1. */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

function expect(condition: boolean, test: string): void {
  if (condition) return;
  throw new LedgerError("LEDGER_SELF_TEST_FAILED", `self-test failed: ${test}`, { test });
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

function scalarBytes(scalar: bigint): Uint8Array {
  return fromHex(scalar.toString(16).padStart(64, "0")).reverse();
}

/** k of the verification equation. Source: RFC 8032 section 5.1.7. */
function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return littleEndian(sha512(concat(r, a, message))) % L;
}

function testHashes(): void {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  // Root over the eight leaves that the Certificate Transparency implementations test with.
  const root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"];
  leaves.push("606162636465666768696a6b6c6d6e6f");
  expect(toHex(EMPTY_HASH) === empty, "hash of the empty string");
  expect(toHex(sha256(ascii("abc"))) === abc, "hash of abc");
  const long = new Uint8Array(20_000).fill(0x61);
  const joined = toHex(sha256(long));
  expect(toHex(sha256(long.subarray(1), ascii("a"))) === joined, "hash of pieces in a stream");
  const tagged = toHex(sha256(Uint8Array.of(10), ascii("tegata/1/x"), ascii("abc")));
  expect(toHex(taggedHash("x", ascii("abc"))) === tagged, "tagged hash");
  expect(toHex(merkleRoot(leaves.map(fromHex))) === root, "Merkle root");
}

function decodes(hex: string): boolean {
  try {
    decode(fromHex(hex));
    return true;
  } catch {
    return false;
  }
}

function testCodec(): void {
  const canonical = "88001b001fffffffffffff3863f4f5f6426869626869";
  const value = [0, Number.MAX_SAFE_INTEGER, -100, false, true, null, ascii("hi"), "hi"];
  expect(toHex(encode(value)) === canonical, "canonical encoding");
  expect(toHex(encode(decode(fromHex(canonical)))) === canonical, "canonical decoding");
  expect(!decodes("61ff") && !decodes(`7821${"61".repeat(32)}ff`), "invalid UTF-8");
  expect(decode(fromHex("63efbbbf")) === "\ufeff", "a byte order mark is text");
}

/** Test 2 of RFC 8032 section 7.1, and what may be changed about a signature. */
function testSigning(verify: VerifySignature): void {
  const seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
  const key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  const r = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da";
  const s = "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
  const message = Uint8Array.of(0x72);
  const signer = createSigner(fromHex(seed));
  const signature = fromHex(r + s);
  expect(signer.publicKey === key, "public key of a seed");
  expect(toHex(signer.sign(message)) === r + s, "signature is deterministic");
  expect(verify(signer.publicKey, message, signature), "a signature verifies");
  expect(!verify(signer.publicKey, Uint8Array.of(0x73), signature), "another message");
  const malleated = concat(fromHex(r), scalarBytes(littleEndian(fromHex(s)) + L));
  expect(!verify(signer.publicKey, message, malleated), "S + L in place of S");
  expect(!verify(signer.publicKey, message, signature.subarray(0, 63)), "a short signature");
  expect(!verify(signer.publicKey, message, concat(signature, message)), "a long signature");
}

/** All pairs of small-order A and R with S = 0: a rule with the cofactor accepts every one. */
function testSmallOrder(verify: VerifySignature): void {
  const message = ascii("small order");
  for (const a of smallOrderEncodings) {
    for (const r of smallOrderEncodings) {
      const signature = concat(r, new Uint8Array(32));
      const accepts = verify(publicKey(a), message, signature);
      expect(!accepts, `A ${toHex(a)} and R ${toHex(r)} of small order`);
    }
  }
}

/**
 * Signatures whose A = aB + iT and R = rB + jT carry a torsion component, T of order 8. With the
 * cofactor each verifies; without it only those with j + ki divisible by 8, k being the challenge.
 */
function testMixedOrder(verify: VerifySignature): void {
  const a = littleEndian(sha256(ascii("self-test a"))) % L;
  const r = littleEndian(sha256(ascii("self-test r"))) % L;
  const torsion = torsionPoints();
  const keys = shifted(ed25519.Point.BASE.multiply(a), torsion);
  const commitments = shifted(ed25519.Point.BASE.multiply(r), torsion);
  expect(checkSigningKey(keys[0] as Uint8Array).ok, "a key of prime order");
  expect(!checkSigningKey(keys[1] as Uint8Array).ok, "a key with a torsion component");
  const shifts = [...torsion.keys()];
  const pairs = [...shifts.map((i) => [i, 0]), ...shifts.map((j) => [0, j])];
  for (const [i = 0, j = 0] of [...pairs, [1, 1], [3, 5], [4, 4]]) {
    const keyBytes = keys[i] as Uint8Array;
    const commitment = commitments[j] as Uint8Array;
    const seen = new Set<boolean>();
    // A handful of messages meets both answers wherever both exist.
    for (let counter = 0; counter < 32 && seen.size < 2; counter += 1) {
      const message = Uint8Array.of(counter);
      const k = challenge(commitment, keyBytes, message);
      const expected = (BigInt(j) + k * BigInt(i)) % 8n === 0n;
      if (seen.has(expected)) continue;
      seen.add(expected);
      const signature = concat(commitment, scalarBytes((r + k * a) % L));
      const answer = verify(publicKey(keyBytes), message, signature);
      expect(answer === expected, `A + ${i}T and R + ${j}T, message ${counter}`);
    }
  }
}

function torsionPoints(): readonly Point[] {
  const generator = ed25519.Point.fromBytes(orderEight);
  const points: Point[] = [ed25519.Point.ZERO];
  for (let index = 1; index < 8; index += 1) {
    points.push((points[index - 1] as Point).add(generator));
  }
  return points;
}

function shifted(point: Point, torsion: readonly Point[]): readonly Uint8Array[] {
  return torsion.map((shift) => point.add(shift).toBytes());
}

/**
 * Proves at start that this machine's cryptography answers as the protocol says, on cases it makes itself:
 * one node that judges a signature differently splits the network. Takes about 100 ms.
 * Source: docs/PROTOCOL.md, Signatures.
 * @throws LEDGER_SELF_TEST_FAILED
 */
export function selfTestPrimitives(verify: VerifySignature = verifySignature): void {
  testHashes();
  testCodec();
  testSigning(verify);
  testSmallOrder(verify);
  testMixedOrder(verify);
}
