import { createCipheriv, createDecipheriv } from "node:crypto";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** Base mode of RFC 9180 with HKDF-SHA256, written from the text and apart from the product's code. */
export interface Schedule {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function u16(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 0xff);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Source: RFC 9180 section 5.1. */
export function schedule(
  kemId: number,
  aeadId: number,
  keyBytes: number,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): Schedule {
  const suiteId = join(ascii("HPKE"), u16(kemId), u16(1), u16(aeadId));
  const labeledExtract = (salt: Uint8Array, label: string, input: Uint8Array): Uint8Array =>
    extract(sha256, join(ascii("HPKE-v1"), suiteId, ascii(label), input), salt);
  const labeledExpand = (prk: Uint8Array, label: string, input: Uint8Array, length: number) =>
    expand(sha256, prk, join(u16(length), ascii("HPKE-v1"), suiteId, ascii(label), input), length);
  const none = new Uint8Array(0);
  const pskIdHash = labeledExtract(none, "psk_id_hash", none);
  const infoHash = labeledExtract(none, "info_hash", info);
  const context = join(Uint8Array.of(0), pskIdHash, infoHash);
  const secret = labeledExtract(sharedSecret, "secret", none);
  return {
    key: labeledExpand(secret, "key", context, keyBytes),
    baseNonce: labeledExpand(secret, "base_nonce", context, 12),
    exporterSecret: labeledExpand(secret, "exp", context, 32),
  };
}

/** AES-256-GCM with the tag behind the ciphertext and no aad. */
export function encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const context = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  return join(context.update(plaintext), context.final(), context.getAuthTag());
}

/** The reverse; throws when the tag is wrong. */
export function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const context = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  context.setAuthTag(sealed.subarray(-16));
  return join(context.update(sealed.subarray(0, -16)), context.final());
}
