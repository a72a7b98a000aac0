import { digest, digestOfParts } from "#machine";
import { assert } from "./assert.ts";

/** What every domain tag of version 1 of the protocol begins with. */
const TAG_ROOT = "tegata/1/";

/** Tags are constants of the program; the bound only keeps a mistake from growing without end. */
const cachedTagsMax = 256;
const prefixes: Map<string, Uint8Array> = new Map();

/** SHA-256 over the parts in a row: 32 bytes. Source: FIPS 180-4. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const only = parts.length === 1 ? parts[0] : undefined;
  return only === undefined ? digestOfParts(parts) : digest(only);
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
  const prefix = Uint8Array.from([text.length, ...new TextEncoder().encode(text)]);
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
