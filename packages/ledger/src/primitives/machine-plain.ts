// Behind `#machine` where Node is not: the same in plain JavaScript, for a browser or any other host.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

type Point = typeof ed25519.Point.BASE;

/** An Ed25519 public key, ready to verify with. */
export interface MachineKey {
  readonly encoded: Uint8Array;
  readonly point: Point;
}

/** Signs with one Ed25519 key. */
export interface MachineSigner {
  /** The public key: 32 bytes. */
  readonly point: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Order of the base point. Source: RFC 8032 section 5.1. */
const order = ed25519.Point.Fn.ORDER;

/** `btoa` takes text; a call with more arguments than this may not fit the stack. */
const charactersMax = 8_192;

const utf8 = new TextEncoder();
const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** SHA-256 of one byte string. Source: FIPS 180-4. */
export function digest(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** SHA-256 over the parts in a row. */
export function digestOfParts(parts: readonly Uint8Array[]): Uint8Array {
  const stream = sha256.create();
  for (const part of parts) stream.update(part);
  return stream.digest();
}

function pointOf(encoded: Uint8Array): Point | null {
  try {
    return ed25519.Point.fromBytes(encoded);
  } catch {
    // The library throws for encodings that are no point of the curve.
    return null;
  }
}

/** Takes in a point whose encoding was found admissible; null where the curve has none such. */
export function importKey(point: Uint8Array): MachineKey | null {
  const read = pointOf(point);
  return read === null ? null : { encoded: Uint8Array.from(point), point: read };
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexText(Uint8Array.from(bytes).reverse())}`);
}

/** Whether [S]B - [k]A encodes exactly to R; S, A and R were found admissible before. */
export function verifies(key: MachineKey, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const challenge = sha512.create().update(r).update(key.encoded).update(message).digest();
  const k = littleEndian(challenge) % order;
  // The library's own `verify` multiplies by the cofactor, which is another rule.
  const base = ed25519.Point.BASE.multiplyUnsafe(littleEndian(signature.subarray(32)));
  return compare(base.subtract(key.point.multiplyUnsafe(k)).toBytes(), r) === 0;
}

/** Makes a signer from a seed of 32 bytes. Source: RFC 8032 section 5.1.6. */
export function signerOf(seed: Uint8Array): MachineSigner {
  const own = Uint8Array.from(seed);
  return {
    point: ed25519.getPublicKey(own),
    sign: (message) => ed25519.sign(message, own),
  };
}

/** Bytes as lower-case hex. */
export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexPairs[byte];
  return text;
}

/** Bytes as base64 with padding. */
export function base64Text(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += charactersMax) {
    text += String.fromCharCode(...bytes.subarray(start, start + charactersMax));
  }
  return btoa(text);
}

/** Bytes of a base64 text, or null for what is none; spaces pass, for the caller to compare. */
export function base64Bytes(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Thrown for anything outside the alphabet.
    return null;
  }
}

/** Order of byte strings: -1, 0 or 1. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** Bytes that a text has in UTF-8. */
export function utf8Length(text: string): number {
  return utf8.encode(text).length;
}
