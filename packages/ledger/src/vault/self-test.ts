import { createSecretKey } from "node:crypto";
import { equalBytes, fromHex, LedgerError, toHex } from "../primitives/index.ts";
import { openAead, sealAead, tagBytes } from "./aead.ts";
import { openCommitted, sealCommitted } from "./committed-seal.ts";
import { hkdfExpand, hkdfExtract } from "./hkdf.ts";
import { openSealed, sealTo } from "./hpke.ts";
import { sealVector } from "./self-test-vector.ts";
import {
  createXwingKeyPair,
  decapsulateXwing,
  encapsulationBytes,
  importXwingKey,
} from "./xwing.ts";

/** What the self-test judges; another set is given only to test the test itself. */
export interface VaultCryptography {
  readonly sealAead: typeof sealAead;
  readonly openAead: typeof openAead;
  readonly openCommitted: typeof openCommitted;
  readonly hkdfExpand: typeof hkdfExpand;
  readonly importXwingKey: typeof importXwingKey;
  readonly decapsulateXwing: typeof decapsulateXwing;
  readonly openSealed: typeof openSealed;
}

const native: VaultCryptography = Object.freeze({
  sealAead,
  openAead,
  openCommitted,
  hkdfExpand,
  importXwingKey,
  decapsulateXwing,
  openSealed,
});

/** An X25519 coordinate of order 8. Source: RFC 7748 section 6.1; Curve25519 paper, small-order points. */
const lowOrder = fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
const mlKemKeyBytes = 1_184;

function expect(condition: boolean, test: string): void {
  if (condition) return;
  throw new LedgerError("LEDGER_SELF_TEST_FAILED", `self-test failed: ${test}`, { test });
}

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** Test case 14 of the GCM specification, then what must not open. */
function testAead(crypto: VaultCryptography): void {
  const key = createSecretKey(new Uint8Array(32));
  const nonce = new Uint8Array(12);
  const none = new Uint8Array(0);
  const sealed = crypto.sealAead(key, nonce, none, new Uint8Array(16));
  const known = "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919";
  expect(toHex(sealed) === known, "AES-256-GCM gives its known answer");
  const opened = crypto.openAead(key, nonce, none, sealed);
  expect(opened !== null && equalBytes(opened, new Uint8Array(16)), "AES-256-GCM opens its seal");
  for (let index = 0; index < sealed.length; index += 1) {
    const flipped = sealed.with(index, (sealed[index] as number) ^ 1);
    expect(crypto.openAead(key, nonce, none, flipped) === null, "a flipped bit is refused");
  }
  for (let length = 0; length < tagBytes; length += 1) {
    const short = sealed.subarray(0, sealed.length - tagBytes + length);
    expect(crypto.openAead(key, nonce, none, short) === null, "a short tag is refused");
  }
  expect(crypto.openAead(key, nonce, text("a"), sealed) === null, "other aad is refused");
}

/** Test case 1 of RFC 5869, then a seal under another key. */
function testCommitment(crypto: VaultCryptography): void {
  const salt = fromHex("000102030405060708090a0b0c");
  const key = hkdfExtract(salt, new Uint8Array(22).fill(0x0b));
  const expanded = crypto.hkdfExpand(key, fromHex("f0f1f2f3f4f5f6f7f8f9"), 42);
  const known =
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
  expect(toHex(expanded) === known, "HKDF-SHA-256 gives its known answer");

  const secret = createSecretKey(new Uint8Array(32));
  const context = { headerHash: new Uint8Array(32), index: 0 };
  const sealed = sealCommitted(secret, context, text("opened"));
  expect(crypto.openCommitted(secret, context, sealed).ok, "a committed seal opens");
  const other = crypto.openCommitted(createSecretKey(lowOrder), context, sealed);
  expect(!other.ok && other.code === "LEDGER_PART_WRONG_KEY", "another key is refused");
}

function accepts(crypto: VaultCryptography, key: Uint8Array): boolean {
  try {
    crypto.importXwingKey(key);
    return true;
  } catch {
    return false;
  }
}

/** First vector of the X-Wing draft, then keys and shares that must be refused. */
function testXwing(crypto: VaultCryptography): void {
  const keyPair = createXwingKeyPair(fromHex(sealVector.seed));
  const sealed = Uint8Array.from(Buffer.from(sealVector.sealed, "base64"));
  const encapsulated = sealed.slice(0, encapsulationBytes);
  const secret = crypto.decapsulateXwing(keyPair, encapsulated);
  expect(
    secret !== null && toHex(secret) === sealVector.sharedSecret,
    "X-Wing gives its known answer",
  );

  const key = keyPair.publicKey.bytes;
  expect(accepts(crypto, key), "a good encryption key is accepted");
  expect(!accepts(crypto, key.subarray(1)), "a short encryption key is refused");
  const unreduced = key.with(0, 0x01).with(1, ((key[1] as number) & 0xf0) | 0x0d);
  expect(!accepts(crypto, unreduced), "an unreduced coefficient is refused");
  for (const coordinate of [new Uint8Array(32), lowOrder]) {
    const weakKey = Uint8Array.from(key);
    weakKey.set(coordinate, mlKemKeyBytes);
    expect(!accepts(crypto, weakKey), "an encryption key of low order is refused");
    const weakShare = Uint8Array.from(encapsulated);
    weakShare.set(coordinate, encapsulationBytes - 32);
    expect(crypto.decapsulateXwing(keyPair, weakShare) === null, "a low-order share is refused");
  }
}

async function testSeals(crypto: VaultCryptography): Promise<void> {
  const keyPair = createXwingKeyPair(fromHex(sealVector.seed));
  const info = text(sealVector.info);
  const sealed = Uint8Array.from(Buffer.from(sealVector.sealed, "base64"));
  const known = await crypto.openSealed(keyPair, info, sealed);
  expect(
    known.ok && equalBytes(known.plaintext, text(sealVector.plaintext)),
    "HPKE opens a seal of another implementation",
  );
  const fresh = await sealTo(keyPair.publicKey.bytes, info, text("fresh"));
  const opened = await crypto.openSealed(keyPair, info, fresh);
  expect(opened.ok && equalBytes(opened.plaintext, text("fresh")), "HPKE opens its own seal");
  const misused = await crypto.openSealed(keyPair, text("other"), sealed);
  expect(!misused.ok, "a seal for another purpose is refused");
  for (const index of [0, encapsulationBytes - 32, encapsulationBytes, sealed.length - 1]) {
    const flipped = sealed.with(index, (sealed[index] as number) ^ 1);
    expect(!(await crypto.openSealed(keyPair, info, flipped)).ok, "a changed seal is refused");
  }
}

/**
 * Runs the cryptography of the vault on known answers and on what must be refused; part of every start.
 * @throws LEDGER_SELF_TEST_FAILED naming the first test that failed
 */
export async function selfTestVault(crypto: VaultCryptography = native): Promise<void> {
  testAead(crypto);
  testCommitment(crypto);
  testXwing(crypto);
  await testSeals(crypto);
}
