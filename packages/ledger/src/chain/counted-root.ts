import { taggedHash } from "../primitives/hash.ts";
import { type Hash, hashId } from "../primitives/ids.ts";
import { merkleLeafHash, merkleNodeHash, merkleRoot } from "../primitives/merkle.ts";

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

/**
 * Root to which a path leads from the leaf at `index` of `count`, or null when no tree of this size has
 * such a path. Takes anything a stranger may send. Source: RFC 9162 section 2.1.3.2.
 */
export function rootOfPath(
  leaf: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count)) return null;
  if (index < 0 || index >= count || path.some((node) => node.length !== 32)) return null;
  let node = merkleLeafHash(leaf);
  let position = index;
  let last = count - 1;
  for (const sibling of path) {
    if (last === 0) return null;
    if (position % 2 === 1 || position === last) {
      node = merkleNodeHash(sibling, node);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      node = merkleNodeHash(node, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : null;
}
