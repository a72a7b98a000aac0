import { createHash, hash as digest } from "node:crypto";
import { assert } from "./assert.ts";

/** What every domain tag of version 1 of the protocol begins with. */
const TAG_ROOT = "tegata/1/";

/** Inputs up to this size are joined and hashed in one native call, which is faster than a stream. */
const joinedBytesMax = 16_384;

/** Tags are constants of the program; the bound only keeps a mistake from growing without end. */
const cachedTagsMax = 256;
const prefixes: Map<string, Uint8Array> = new Map();

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** SHA-256 over the parts in a row: 32 bytes. Source: FIPS 180-4. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined) return plain(digest("sha256", only, "buffer"));
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
  return plain(digest("sha256", joined, "buffer"));
}

/**
 * One length byte and the ASCII text `tegata/1/` + tag: no two tags are prefixes of each other.
 * The caller must not change the bytes.
 */
export function tagPrefix(tag: string): Uint8Array {
  const known = prefixes.get(tag);
  if (known !== undefined) return known;
  assert(/^[\x21-\x7e]+$/.test(tag), "a tag is printable ASCII");
  const text = TAG_ROOT + tag;
  assert(text.length <= 255, "a tag's length fits a byte");
  const prefix = Uint8Array.from([text.length, ...Buffer.from(text, "ascii")]);
  if (prefixes.size < cachedTagsMax) prefixes.set(tag, prefix);
  return prefix;
}

/**
 * Hash of the protocol: SHA-256 of the tag's prefix and the parts in a row, 32 bytes.
 * Parts carry no lengths: give at most one of variable length, or canonical bytes.
 * Source: docs/PROTOCOL.md, Bytes.
 */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(tagPrefix(tag), ...parts);
}

/** SHA-256 of the empty string. */
export const EMPTY_HASH: Uint8Array = sha256(new Uint8Array(0));
