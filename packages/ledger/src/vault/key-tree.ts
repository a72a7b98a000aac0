import { createSecretKey, type KeyObject } from "node:crypto";
import {
  assert,
  concat,
  encode,
  idBytes,
  type NetworkId,
  type StreamId,
} from "../primitives/index.ts";
import { deriveSecret, exportSecret, hmac, importSecret } from "./hkdf.ts";
import { labels } from "./labels.ts";

/** Levels below a facet root; epochs are its 2^20 leaves. Source: docs/PROTOCOL.md section 7.3. */
export const treeDepth = 20;
/** The last epoch a key exists for. */
export const epochMax: number = 2 ** treeDepth - 1;
/** Nodes a minimal cover has at most. */
export const coverNodesMax: number = 2 * treeDepth - 2;

const cachedNodesMax = 256;
const childInfo: readonly Uint8Array[] = [0, 1].map((bit) =>
  concat(labels.treeChild, Uint8Array.of(bit)),
);

/** Name of a node: level 0 is the root, `index` counts from the left. */
export interface NodeName {
  readonly level: number;
  readonly index: number;
}

/** A node with its 32 secret bytes, from which every key below it follows. */
export interface TreeNode extends NodeName {
  readonly node: Uint8Array;
}

/** Which facet of which generation a key tree belongs to. */
export interface FacetPlace {
  readonly network: NetworkId;
  readonly streamId: StreamId;
  /** From 1. */
  readonly generation: number;
  /** From 0. */
  readonly facet: number;
}

/** Gives the keys of the epochs below the nodes it was made of. */
export interface KeyTree {
  /** The key of an epoch, or null where none of the nodes leads to it. */
  epochKey(epoch: number): KeyObject | null;
}

/**
 * The 32 bytes above all epoch keys of a facet in a generation. Source: docs/PROTOCOL.md section 7.2.
 * @throws LEDGER_BAD_LENGTH unless the stream root has 32 bytes
 */
export function facetRoot(streamRoot: Uint8Array, place: FacetPlace): Uint8Array {
  const info = encode([
    labels.terms.facet,
    idBytes(place.network),
    idBytes(place.streamId),
    place.generation,
    place.facet,
  ]);
  return exportSecret(deriveSecret(importSecret(streamRoot, "stream root"), info));
}

/** One step down: HMAC of the label and the direction. */
function child(node: KeyObject, bit: number): KeyObject {
  const bytes = hmac(node, childInfo[bit] as Uint8Array);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** {@link cover} for a tree of any depth up to 30. */
export function coverAtDepth(depth: number, first: number, last: number): readonly NodeName[] {
  assert(Number.isInteger(first) && Number.isInteger(last), "a span has whole epochs");
  assert(first >= 0 && first <= last && last < 2 ** depth, "a span lies within the tree");
  const fromLeft: NodeName[] = [];
  const fromRight: NodeName[] = [];
  let low = first;
  let high = last + 1;
  for (let level = depth; low < high; level -= 1) {
    if (low % 2 === 1) {
      fromLeft.push({ level, index: low });
      low += 1;
    }
    if (high % 2 === 1) {
      high -= 1;
      fromRight.push({ level, index: high });
    }
    low /= 2;
    high /= 2;
  }
  return [...fromLeft, ...fromRight.reverse()];
}

/**
 * The fewest nodes whose leaves are exactly the epochs `first` to `last`, ascending: at most 38.
 * Source: docs/PROTOCOL.md section 7.3.
 */
export function cover(first: number, last: number): readonly NodeName[] {
  return coverAtDepth(treeDepth, first, last);
}

function checkName(name: NodeName): void {
  const { level, index } = name;
  assert(Number.isInteger(level) && level >= 0 && level <= treeDepth, "a level is in the tree");
  assert(Number.isInteger(index) && index >= 0 && index < 2 ** level, "an index is on its level");
}

/** The node `name` below a root, by one HMAC a level. */
function walk(root: KeyObject, name: NodeName): KeyObject {
  checkName(name);
  let node = root;
  for (let shift = name.level - 1; shift >= 0; shift -= 1) {
    node = child(node, (name.index >>> shift) & 1);
  }
  return node;
}

/** The 32 bytes of the node at (level, index) below a facet root. Source: docs/PROTOCOL.md section 7.3. */
export function nodeAt(root: Uint8Array, level: number, index: number): Uint8Array {
  return exportSecret(walk(importSecret(root, "facet root"), { level, index }));
}

/** The nodes of the minimal cover with their bytes: what a grant of this span carries. */
export function coverNodes(root: Uint8Array, first: number, last: number): readonly TreeNode[] {
  const key = importSecret(root, "facet root");
  return cover(first, last).map((name) => ({ ...name, node: exportSecret(walk(key, name)) }));
}

/** One number for a node's name; a level has at most 2^20 nodes. */
function nodeNumber(level: number, index: number): number {
  return level * 2 ** treeDepth + index;
}

/**
 * A tree over the given nodes, a facet root or the nodes of grants, that remembers the nodes of the last walks:
 * the next epoch in a row costs two HMACs on average instead of twenty. Bytes are copied.
 * @throws LEDGER_BAD_LENGTH unless every node has 32 bytes
 */
export function createKeyTree(nodes: readonly TreeNode[]): KeyTree {
  const held: Map<number, KeyObject> = new Map();
  for (const node of nodes) {
    checkName(node);
    held.set(nodeNumber(node.level, node.index), importSecret(node.node, "tree node"));
  }
  const cached: Map<number, KeyObject> = new Map();

  function remember(number: number, node: KeyObject): void {
    cached.delete(number);
    cached.set(number, node);
    if (cached.size <= cachedNodesMax) return;
    for (const oldest of cached.keys()) {
      cached.delete(oldest);
      break;
    }
  }

  function epochKey(epoch: number): KeyObject | null {
    if (!Number.isInteger(epoch) || epoch < 0 || epoch > epochMax) return null;
    let level = treeDepth;
    let node: KeyObject | undefined;
    for (; level >= 0; level -= 1) {
      const number = nodeNumber(level, epoch >>> (treeDepth - level));
      node = cached.get(number) ?? held.get(number);
      if (node !== undefined) {
        if (cached.has(number)) remember(number, node);
        break;
      }
    }
    if (node === undefined) return null;
    for (level += 1; level <= treeDepth; level += 1) {
      const index = epoch >>> (treeDepth - level);
      node = child(node, index & 1);
      remember(nodeNumber(level, index), node);
    }
    return node;
  }

  return Object.freeze({ epochKey });
}

/** The tree of an owner, who holds the whole facet. */
export function createFacetTree(root: Uint8Array): KeyTree {
  return createKeyTree([{ level: 0, index: 0, node: root }]);
}

/** The key of one epoch, or null where the nodes do not lead to it; for many epochs make a {@link KeyTree}. */
export function epochKeyFrom(nodes: readonly TreeNode[], epoch: number): KeyObject | null {
  return createKeyTree(nodes).epochKey(epoch);
}
