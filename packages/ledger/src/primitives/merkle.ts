import { digest } from "#machine";
import { assert } from "./assert.ts";
import { sha256 } from "./hash.ts";
import { equalBytes } from "./ids.ts";

const LEAF_PREFIX = Uint8Array.of(0x00);
const hashBytes = 32;

/** Prefix 0x01 and two hashes; filled anew for every node, which spares an allocation each. */
const nodeInput = new Uint8Array(1 + 2 * hashBytes);
nodeInput[0] = 0x01;

/** Hash of a leaf, SHA-256(0x00 || leaf). Source: RFC 6962 section 2.1. */
export function merkleLeafHash(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, leaf);
}

/** Hash of an inner node, SHA-256(0x01 || left || right). Source: RFC 6962 section 2.1. */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  assert(left.length === hashBytes && right.length === hashBytes, "a node joins two hashes");
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + hashBytes);
  return digest(nodeInput);
}

/** The next level towards the root; an odd last node moves up as it is and is never doubled. */
function levelAbove(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] as Uint8Array;
    const right = level[index + 1];
    above.push(right === undefined ? left : merkleNodeHash(left, right));
  }
  return above;
}

/** Root over leaf hashes in order; SHA-256 of the empty string for none. Source: RFC 6962 section 2.1. */
export function merkleRootOfHashes(leafHashes: readonly Uint8Array[]): Uint8Array {
  let level = leafHashes;
  while (level.length > 1) level = levelAbove(level);
  return level[0]?.slice() ?? sha256();
}

/** Root over leaves in order. Source: RFC 6962 section 2.1. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return merkleRootOfHashes(leaves.map(merkleLeafHash));
}

/** Path from a leaf to the root, lowest sibling first; `index` counts from 0. Source: RFC 6962 section 2.1.1. */
export function inclusionProofOfHashes(
  leafHashes: readonly Uint8Array[],
  index: number,
): readonly Uint8Array[] {
  assert(Number.isSafeInteger(index) && index >= 0, "a leaf index is a whole number");
  assert(index < leafHashes.length, "a proof is asked for a leaf of the tree");
  const path: Uint8Array[] = [];
  let level = leafHashes;
  for (let position = index; level.length > 1; position = Math.floor(position / 2)) {
    const sibling = level[position % 2 === 0 ? position + 1 : position - 1];
    if (sibling !== undefined) path.push(sibling);
    level = levelAbove(level);
  }
  return path;
}

/** As {@link inclusionProofOfHashes}, over leaves. */
export function inclusionProof(
  leaves: readonly Uint8Array[],
  index: number,
): readonly Uint8Array[] {
  return inclusionProofOfHashes(leaves.map(merkleLeafHash), index);
}

function isHash(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes !== undefined && bytes.length === hashBytes;
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

/**
 * The root to which a path leads from the leaf hash at `index` in a tree of `size` leaves, or null where no
 * such tree has a path of this length. Takes anything a stranger may send.
 * Source: RFC 9162 section 2.1.3.2.
 */
export function rootOfPathFromHash(
  leafHash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (!isCount(index) || !isCount(size) || index >= size) return null;
  if (!isHash(leafHash) || !path.every(isHash)) return null;
  let node = leafHash;
  let position = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return null;
    if (position % 2 === 1 || position === last) {
      node = merkleNodeHash(sibling, node);
      // A node without a right neighbour rises unchanged until it is a right child.
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

/** As {@link rootOfPathFromHash}, from the leaf itself. */
export function rootOfPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  return rootOfPathFromHash(merkleLeafHash(leaf), index, size, path);
}

/** Whether the path leads from the leaf hash at `index` to the root of a tree of `size` leaves. */
export function verifyInclusionOfHash(
  root: Uint8Array,
  leafHash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): boolean {
  const reached = rootOfPathFromHash(leafHash, index, size, path);
  return reached !== null && equalBytes(reached, root);
}

/** As {@link verifyInclusionOfHash}, from the leaf itself. */
export function verifyInclusion(
  root: Uint8Array,
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): boolean {
  return verifyInclusionOfHash(root, merkleLeafHash(leaf), index, size, path);
}
