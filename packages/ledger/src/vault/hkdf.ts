import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { assert, checkLength } from "../primitives/index.ts";

const hashBytes = 32;
/** Source: RFC 5869 section 2.3. */
const expandedBytesMax = 255 * hashBytes;

/** Size of every secret of the vault. */
export const secretBytes = 32;

/**
 * Imports a 32-byte secret; the caller may overwrite the bytes afterwards. Node computes with a KeyObject
 * several times faster than with raw bytes, and a KeyObject is neither printed nor serialised by accident.
 * @throws LEDGER_BAD_LENGTH
 */
export function importSecret(bytes: Uint8Array, what: string): KeyObject {
  checkLength(bytes, secretBytes, what);
  return createSecretKey(bytes);
}

/** The bytes of a secret, as a copy of the caller's own. */
export function exportSecret(secret: KeyObject): Uint8Array {
  return Uint8Array.from(secret.export());
}

/** HMAC-SHA-256 over the parts in a row: 32 bytes. Source: RFC 2104. */
export function hmac(key: KeyObject, ...parts: readonly Uint8Array[]): Uint8Array {
  const stream = createHmac("sha256", key);
  for (const part of parts) stream.update(part);
  const mac = stream.digest();
  return new Uint8Array(mac.buffer, mac.byteOffset, mac.byteLength);
}

/** HKDF-Extract with SHA-256: the pseudorandom key. Source: RFC 5869 section 2.2. */
export function hkdfExtract(salt: Uint8Array, inputKey: Uint8Array): KeyObject {
  const extracted = hmac(createSecretKey(salt), inputKey);
  const key = createSecretKey(extracted);
  extracted.fill(0);
  return key;
}

/**
 * HKDF-Expand with SHA-256 to `length` bytes, at most 8,160. Outputs of one key and info begin alike whatever
 * their length, so one pair of key and info is asked for one length only. Source: RFC 5869 section 2.3.
 */
export function hkdfExpand(key: KeyObject, info: Uint8Array, length: number): Uint8Array {
  assert(Number.isInteger(length) && length > 0, "an expansion has a length");
  assert(length <= expandedBytesMax, "an expansion has at most 255 blocks");
  const output = new Uint8Array(length);
  const counter = new Uint8Array(1);
  let block: Uint8Array = new Uint8Array(0);
  for (let offset = 0; offset < length; offset += hashBytes) {
    counter[0] = offset / hashBytes + 1;
    const next = hmac(key, block, info, counter);
    block.fill(0);
    block = next;
    output.set(block.subarray(0, Math.min(hashBytes, length - offset)), offset);
  }
  block.fill(0);
  return output;
}

/** HKDF-Expand to a further secret. */
export function deriveSecret(key: KeyObject, info: Uint8Array): KeyObject {
  const derived = hkdfExpand(key, info, secretBytes);
  const secret = createSecretKey(derived);
  derived.fill(0);
  return secret;
}
