// Behind `#machine` where Node is: hashes, signatures and texts by its native code.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

/** DER around the raw keys. Source: RFC 8410 sections 4 and 7. */
const publicKeyDer = Uint8Array.of(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x03,
  0x21,
  0x00,
);
const privateKeyDer = Uint8Array.of(
  0x30,
  0x2e,
  0x02,
  0x01,
  0x00,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x04,
  0x22,
  0x04,
  0x20,
);

/** Inputs up to this size are joined and hashed in one native call, which is faster than a stream. */
const joinedBytesMax = 16_384;

/** An Ed25519 public key, ready to verify with. */
export type MachineKey = KeyObject;

/** Signs with one Ed25519 key. */
export interface MachineSigner {
  /** The public key: 32 bytes. */
  readonly point: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** SHA-256 of one byte string. Source: FIPS 180-4. */
export function digest(bytes: Uint8Array): Uint8Array {
  return plain(hash("sha256", bytes, "buffer"));
}

/** SHA-256 over the parts in a row. */
export function digestOfParts(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > joinedBytesMax) {
    const stream = createHash("sha256");
    for (const part of parts) stream.update(part);
    return plain(stream.digest());
  }
  const joined = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return digest(joined);
}

/** Takes in a point whose encoding was found admissible; it need not lie on the curve. */
export function importKey(point: Uint8Array): MachineKey | null {
  const der = Buffer.concat([publicKeyDer, point]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** Whether [S]B - [k]A encodes exactly to R; S, A and R were found admissible before. */
export function verifies(key: MachineKey, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, key, signature);
}

/** Makes a signer from a seed of 32 bytes. Source: RFC 8032 section 5.1.6. */
export function signerOf(seed: Uint8Array): MachineSigner {
  const der = Buffer.concat([privateKeyDer, seed]);
  const native = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  const exported = createPublicKey(native).export({ format: "der", type: "spki" });
  return {
    point: exported.subarray(publicKeyDer.length),
    sign: (message) => Uint8Array.from(sign(null, message, native)),
  };
}

/** Bytes as lower-case hex. */
export function hexText(bytes: Uint8Array): string {
  return viewOf(bytes).toString("hex");
}

/** Bytes as base64 with padding. */
export function base64Text(bytes: Uint8Array): string {
  return viewOf(bytes).toString("base64");
}

/** Bytes of a base64 text; what comes of any other text is for the caller to compare. */
export function base64Bytes(text: string): Uint8Array | null {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/** Order of byte strings: -1, 0 or 1. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** Bytes that a text has in UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
