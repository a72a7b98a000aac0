import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { assert, checkLength } from "../primitives/index.ts";

/** Size of the authentication tag behind a ciphertext. */
export const tagBytes = 16;
/** Size of a nonce; other sizes are refused. */
export const nonceBytes = 12;
const keyBytes = 32;
const cipher = "aes-256-gcm";

function checkKey(key: KeyObject): void {
  assert(key.type === "secret" && key.symmetricKeySize === keyBytes, "an AES-256 key has 32 bytes");
}

/**
 * AES-256-GCM: ciphertext, then the 16-byte tag. The caller never uses a key and nonce twice.
 * Source: NIST SP 800-38D.
 * @throws LEDGER_BAD_LENGTH unless the nonce has 12 bytes
 */
export function sealAead(
  key: KeyObject,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  checkKey(key);
  checkLength(nonce, nonceBytes, "nonce");
  const context = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  context.setAAD(aad, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + tagBytes);
  sealed.set(context.update(plaintext));
  context.final();
  sealed.set(context.getAuthTag(), plaintext.length);
  return sealed;
}

/**
 * Opens what {@link sealAead} made, or answers null. Nothing of the plaintext leaves before the tag is
 * checked, and what was decrypted is overwritten when the check fails. Whether the key is the *right* one a
 * tag cannot tell: compare a commitment to the key first. Source: NIST SP 800-38D.
 * @throws LEDGER_BAD_LENGTH unless the nonce has 12 bytes
 */
export function openAead(
  key: KeyObject,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  checkKey(key);
  checkLength(nonce, nonceBytes, "nonce");
  if (sealed.length < tagBytes) return null;
  const length = sealed.length - tagBytes;
  // Without `authTagLength` Node accepts tags of 4, 8 and 12 bytes.
  const context = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  context.setAAD(aad, { plaintextLength: length });
  context.setAuthTag(sealed.subarray(length));
  const decrypted = context.update(sealed.subarray(0, length));
  try {
    context.final();
  } catch {
    decrypted.fill(0);
    return null;
  }
  return new Uint8Array(decrypted.buffer, decrypted.byteOffset, decrypted.byteLength);
}
