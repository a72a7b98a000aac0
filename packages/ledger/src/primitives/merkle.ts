import { hash as digest } from "node:crypto";
import { assert } from "./assert.ts";
import { sha256 } from "./hash.ts";
import { compareBytes } from "./ids.ts";

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
  const node = digest("sha256", nodeInput, "buffer");
  return new Uint8Array(node.buffer, node.byteOffset, node.byteLength);
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
 * Whether the path leads from the leaf hash at `index` to the root of a tree of `size` leaves.
 * Takes anything a stranger may send and answers false. Source: RFC 9162 section 2.1.3.2.
 */
export function verifyInclusionOfHash(
  root: Uint8Array,
  leafHash: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (!isHash(leafHash) || !path.every(isHash)) return false;
  let node = leafHash;
  let position = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return false;
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
  return last === 0 && compareBytes(node, root) === 0;
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

/**
 * Whether the tree of `size2` leaves begins with the `size1` leaves of the other (0 < size1 <= size2).
 * Takes anything a stranger may send and answers false. Source: RFC 9162 section 2.1.4.2.
 */
export function verifyConsistency(
  size1: number,
  size2: number,
  root1: Uint8Array,
  root2: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!isCount(size1) || !isCount(size2) || size1 === 0 || size1 > size2) return false;
  if (!isHash(root1) || !path.every(isHash)) return false;
  if (size1 === size2) return path.length === 0 && compareBytes(root1, root2) === 0;
  let position = size1 - 1;
  let last = size2 - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  // A whole left subtree proves itself: then the first root starts the path.
  const nodes = position === 0 ? [root1, ...path] : path;
  const seed = nodes[0];
  if (seed === undefined) return false;
  let first = seed;
  let second = seed;
  for (const sibling of nodes.slice(1)) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      first = merkleNodeHash(sibling, first);
      second = merkleNodeHash(sibling, second);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      second = merkleNodeHash(second, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && compareBytes(first, root1) === 0 && compareBytes(second, root2) === 0;
}
