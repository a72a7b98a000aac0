import { taggedHash } from "../primitives/hash.ts";
import { type Hash, hashId } from "../primitives/ids.ts";
import { merkleRoot } from "../primitives/merkle.ts";

/** A number as eight big-endian bytes. */
export function u64(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** Binds a Merkle root to the number of its leaves. Source: docs/PROTOCOL.md, section 2. */
export function countRoot(tag: string, count: number, root: Uint8Array): Hash {
  return hashId(taggedHash(tag, u64(count), root));
}

/** Root of a set that binds its size. Source: docs/PROTOCOL.md, section 2. */
export function countedRoot(tag: string, leaves: readonly Uint8Array[]): Hash {
  return countRoot(tag, leaves.length, merkleRoot(leaves));
}
