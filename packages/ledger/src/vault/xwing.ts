import {
  createHash,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  type KeyObject,
} from "node:crypto";
import {
  checkEncryptionKey,
  checkLength,
  concat,
  encryptionKeyBytes,
  fromHex,
  LedgerError,
} from "../primitives/index.ts";
import { drawBytes } from "./random.ts";

/** Size of what an encapsulation sends: ML-KEM-768 ciphertext (1,088), then X25519 share (32). */
export const encapsulationBytes = 1_120;
/** Size of the seed a key pair is made of. */
export const xwingSeedBytes = 32;

const mlKemKeyBytes = 1_184;
const mlKemCiphertextBytes = 1_088;
const mlKemSeedBytes = 64;
/** The six bytes `\.//^\` that end the input of the combiner. Source: X-Wing draft section 5.3. */
const combinerLabel = fromHex("5c2e2f2f5e5c");

/** DER around raw keys. Source: RFC 9935 (ML-KEM-768, seed form); RFC 8410 sections 4 and 7 (X25519). */
const mlKemSeedDer = fromHex("3054020100300b06096086480165030404020442" + "8040");
const mlKemKeyDer = fromHex("308204b2300b0609608648016503040402038204a100");
const x25519SeedDer = fromHex("302e020100300506032b656e04220420");
const x25519KeyDer = fromHex("302a300506032b656e032100");

/** An admitted X-Wing public key, imported. */
export interface XwingPublicKey {
  /** 1,216 bytes: ML-KEM-768 encapsulation key, then X25519 key. */
  readonly bytes: Uint8Array;
  readonly mlKem: KeyObject;
  readonly x25519: KeyObject;
}

/** An X-Wing key pair; the seed cannot be read back from it. */
export interface XwingKeyPair {
  readonly publicKey: XwingPublicKey;
  readonly mlKem: KeyObject;
  readonly x25519: KeyObject;
}

/** A fresh shared secret and what tells the holder of the key pair about it. */
export interface Encapsulation {
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array;
  /** 1,120 bytes. */
  readonly encapsulated: Uint8Array;
}

function importPublic(der: Uint8Array, raw: Uint8Array): KeyObject {
  const key = Buffer.from(concat(der, raw));
  return createPublicKey({ key, format: "der", type: "spki" });
}

function importPrivate(der: Uint8Array, seed: Uint8Array): KeyObject {
  const key = Buffer.from(concat(der, seed));
  const imported = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  return imported;
}

function exportPublic(der: Uint8Array, privateKey: KeyObject): Uint8Array {
  const exported = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return Uint8Array.from(exported.subarray(der.length));
}

/**
 * Checks and imports a public key; importing costs about as much as an encapsulation, so keep the result.
 * @throws LEDGER_BAD_ENCRYPTION_KEY unless `checkEncryptionKey` accepts the bytes
 */
export function importXwingKey(bytes: Uint8Array): XwingPublicKey {
  const verdict = checkEncryptionKey(bytes);
  if (!verdict.ok) {
    const reason = String(verdict.detail?.reason);
    throw new LedgerError(verdict.code, `not an encryption key: ${reason}`, { reason });
  }
  return Object.freeze({
    bytes: Uint8Array.from(bytes),
    mlKem: importPublic(mlKemKeyDer, bytes.subarray(0, mlKemKeyBytes)),
    x25519: importPublic(x25519KeyDer, bytes.subarray(mlKemKeyBytes)),
  });
}

/**
 * The key pair of a 32-byte seed, which the caller may overwrite afterwards.
 * Source: X-Wing draft section 5.2 (expandDecapsulationKey).
 * @throws LEDGER_BAD_LENGTH
 */
export function createXwingKeyPair(seed: Uint8Array): XwingKeyPair {
  checkLength(seed, xwingSeedBytes, "encryption key seed");
  const outputLength = mlKemSeedBytes + xwingSeedBytes;
  const expanded = createHash("shake256", { outputLength }).update(seed).digest();
  const mlKem = importPrivate(mlKemSeedDer, expanded.subarray(0, mlKemSeedBytes));
  const x25519 = importPrivate(x25519SeedDer, expanded.subarray(mlKemSeedBytes));
  expanded.fill(0);
  const bytes = concat(exportPublic(mlKemKeyDer, mlKem), exportPublic(x25519KeyDer, x25519));
  return Object.freeze({ publicKey: importXwingKey(bytes), mlKem, x25519 });
}

/** SHA3-256 over both secrets, the share, the receiver's X25519 key and the label. */
function combine(
  mlKemSecret: Uint8Array,
  x25519Secret: Uint8Array,
  share: Uint8Array,
  receiver: XwingPublicKey,
): Uint8Array {
  const x25519Key = receiver.bytes.subarray(encryptionKeyBytes - xwingSeedBytes);
  const input = concat(mlKemSecret, x25519Secret, share, x25519Key, combinerLabel);
  const combined = Uint8Array.from(createHash("sha3-256").update(input).digest());
  input.fill(0);
  return combined;
}

/**
 * Makes a shared secret for the holder of a public key, with fresh randomness.
 * Source: X-Wing draft section 5.4.
 */
export function encapsulateXwing(receiver: XwingPublicKey): Encapsulation {
  const { sharedKey, ciphertext } = encapsulate(receiver.mlKem);
  const seed = drawBytes(xwingSeedBytes);
  const ephemeral = importPrivate(x25519SeedDer, seed);
  seed.fill(0);
  const share = exportPublic(x25519KeyDer, ephemeral);
  const agreed = diffieHellman({ privateKey: ephemeral, publicKey: receiver.x25519 });
  const sharedSecret = combine(sharedKey, agreed, share, receiver);
  sharedKey.fill(0);
  agreed.fill(0);
  return { sharedSecret, encapsulated: concat(ciphertext, share) };
}

/**
 * The shared secret of an encapsulation, or null where its length is wrong or its X25519 share is of low
 * order. Bytes that were made for another key, or changed, give another secret and no error.
 * Source: X-Wing draft section 5.5.
 */
export function decapsulateXwing(
  keyPair: XwingKeyPair,
  encapsulated: Uint8Array,
): Uint8Array | null {
  if (encapsulated.length !== encapsulationBytes) return null;
  const share = encapsulated.subarray(mlKemCiphertextBytes);
  const agreed = agree(keyPair.x25519, share);
  if (agreed === null) return null;
  const secret = decapsulate(keyPair.mlKem, encapsulated.subarray(0, mlKemCiphertextBytes));
  const sharedSecret = combine(secret, agreed, share, keyPair.publicKey);
  secret.fill(0);
  agreed.fill(0);
  return sharedSecret;
}

/** X25519, or null for a share that would give zero, for which the native library throws. */
function agree(privateKey: KeyObject, share: Uint8Array): Buffer | null {
  try {
    return diffieHellman({ privateKey, publicKey: importPublic(x25519KeyDer, share) });
  } catch {
    return null;
  }
}
