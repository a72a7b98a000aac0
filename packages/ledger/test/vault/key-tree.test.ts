import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError, toHex } from "../../src/primitives/index.ts";
import { exportSecret } from "../../src/vault/hkdf.ts";
import {
  cover,
  coverAtDepth,
  coverNodes,
  coverNodesMax,
  createFacetTree,
  createKeyTree,
  epochKeyFrom,
  epochMax,
  facetRoot,
  type KeyTree,
  nodeAt,
  treeDepth,
} from "../../src/vault/key-tree.ts";
import { bytesOf, network, stream, streamRoot } from "./fixtures.ts";

const root = facetRoot(streamRoot, { network, streamId: stream, generation: 1, facet: 0 });
const span = fc
  .tuple(fc.nat(epochMax), fc.nat(epochMax))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

function keyHex(tree: KeyTree, epoch: number): string | null {
  const key = tree.epochKey(epoch);
  return key === null ? null : toHex(exportSecret(key));
}

function leavesOf(depth: number, { level, index }: { level: number; index: number }): number[] {
  const width = 2 ** (depth - level);
  return Array.from({ length: width }, (_, leaf) => index * width + leaf);
}

describe("a cover", () => {
  test("pitfall 12: is exact, ascending and minimal for every span of a tree of depth 6", () => {
    const depth = 6;
    let spans = 0;
    let nodesMax = 0;
    for (let first = 0; first < 2 ** depth; first += 1) {
      for (let last = first; last < 2 ** depth; last += 1) {
        const nodes = coverAtDepth(depth, first, last);
        const leaves = nodes.flatMap((node) => leavesOf(depth, node));
        const expected = Array.from({ length: last - first + 1 }, (_, at) => first + at);
        expect(leaves).toEqual(expected);
        const names = new Set(nodes.map(({ level, index }) => `${level}/${index}`));
        for (const { level, index } of nodes) {
          expect(level > 0 && names.has(`${level}/${index ^ 1}`)).toBe(false);
        }
        spans += 1;
        nodesMax = Math.max(nodesMax, nodes.length);
      }
    }
    expect([spans, nodesMax]).toEqual([2_080, 2 * depth - 2]);
  });

  test("is exact at depths 0 to 4", () => {
    for (let depth = 0; depth <= 4; depth += 1) {
      for (let first = 0; first < 2 ** depth; first += 1) {
        for (let last = first; last < 2 ** depth; last += 1) {
          const leaves = coverAtDepth(depth, first, last).flatMap((node) => leavesOf(depth, node));
          expect(leaves).toEqual(Array.from({ length: last - first + 1 }, (_, at) => first + at));
        }
      }
    }
  });

  test("of any span has at most 38 nodes and as many leaves as the span has epochs", () => {
    fc.assert(
      fc.property(span, ([first, last]) => {
        const nodes = cover(first, last);
        expect(nodes.length).toBeLessThanOrEqual(coverNodesMax);
        let next = first;
        for (const { level, index } of nodes) {
          const width = 2 ** (treeDepth - level);
          expect(index * width).toBe(next);
          next += width;
        }
        expect(next).toBe(last + 1);
      }),
    );
    expect(coverNodesMax).toBe(38);
    expect(cover(1, epochMax - 1)).toHaveLength(38);
  });

  test("of everything is the root, of an aligned window one node, of one epoch its leaf", () => {
    expect(cover(0, epochMax)).toEqual([{ level: 0, index: 0 }]);
    expect(cover(512 * 900, 512 * 901 - 1)).toEqual([{ level: 11, index: 900 }]);
    expect(cover(77, 77)).toEqual([{ level: 20, index: 77 }]);
  });

  test.each([
    [1, 0],
    [-1, 3],
    [0, epochMax + 1],
    [0.5, 3],
    [0, Number.NaN],
  ])("of no span (%d to %d) is not made", (first, last) => {
    expect(() => cover(first, last)).toThrow(InvariantError);
  });
});

describe("a key tree", () => {
  test("gives a reader exactly the owner's keys of its span, and none outside", () => {
    const owner = createFacetTree(root);
    fc.assert(
      fc.property(span, fc.array(fc.nat(epochMax), { maxLength: 6 }), ([first, last], others) => {
        const reader = createKeyTree(coverNodes(root, first, last));
        for (const epoch of [first - 1, first, last, last + 1, ...others]) {
          const inside = epoch >= first && epoch <= last;
          expect(keyHex(reader, epoch)).toBe(inside ? keyHex(owner, epoch) : null);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("has keys for whole numbers from 0 to 2^20 - 1 only", () => {
    const owner = createFacetTree(root);
    for (const epoch of [-1, epochMax + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32]) {
      expect(owner.epochKey(epoch)).toBeNull();
    }
    expect(owner.epochKey(0)).not.toBeNull();
    expect(owner.epochKey(epochMax)).not.toBeNull();
  });

  test("gives the same keys whether it remembers the way or not", () => {
    const remembering = createFacetTree(root);
    const epochs = Array.from({ length: 600 }, (_, at) => (at * 37) % 1_000);
    for (const epoch of [...epochs, ...epochs.reverse()]) {
      const fresh = epochKeyFrom([{ level: 0, index: 0, node: root }], epoch);
      expect(keyHex(remembering, epoch)).toBe(fresh === null ? null : toHex(exportSecret(fresh)));
    }
  });

  test("remembers the way of the last epochs and forgets that of old ones", () => {
    const tree = createFacetTree(root);
    const first = tree.epochKey(1_000);
    expect(tree.epochKey(1_000)).toBe(first);
    for (let epoch = 2_000; epoch < 2_300; epoch += 1) tree.epochKey(epoch);
    const again = tree.epochKey(1_000);
    expect(again).not.toBe(first);
    expect(again?.equals(first ?? again)).toBe(true);
  });

  test("takes the nodes of several grants together", () => {
    const nodes = [
      ...coverNodes(root, 10, 20),
      ...coverNodes(root, 15, 40),
      ...coverNodes(root, 90, 90),
    ];
    const reader = createKeyTree(nodes);
    const owner = createFacetTree(root);
    for (let epoch = 0; epoch < 100; epoch += 1) {
      const granted = (epoch >= 10 && epoch <= 40) || epoch === 90;
      expect(keyHex(reader, epoch)).toBe(granted ? keyHex(owner, epoch) : null);
    }
  });

  test("is not changed by what happens to the bytes it was made of", () => {
    const node = Uint8Array.from(root);
    const tree = createKeyTree([{ level: 0, index: 0, node }]);
    node.fill(0);
    expect(keyHex(tree, 5)).toBe(keyHex(createFacetTree(root), 5));
  });

  test("every epoch, facet, generation, stream and network has keys of its own", () => {
    const other = bytesOf("other");
    const roots = [
      root,
      facetRoot(streamRoot, { network, streamId: stream, generation: 1, facet: 1 }),
      facetRoot(streamRoot, { network, streamId: stream, generation: 2, facet: 0 }),
      facetRoot(other, { network, streamId: stream, generation: 1, facet: 0 }),
      facetRoot(streamRoot, {
        network: toHex(other) as typeof network,
        streamId: stream,
        generation: 1,
        facet: 0,
      }),
      facetRoot(streamRoot, {
        network,
        streamId: toHex(other.subarray(16)) as typeof stream,
        generation: 1,
        facet: 0,
      }),
    ];
    const keys = roots.flatMap((one) =>
      [0, 1, 2].map((epoch) => keyHex(createFacetTree(one), epoch)),
    );
    expect(new Set(keys).size).toBe(18);
  });

  test("a node is the same from the root or from a node above it", () => {
    expect(nodeAt(root, 0, 0)).toEqual(root);
    expect(coverNodes(root, 512, 1_023)).toEqual([
      { level: 11, index: 1, node: nodeAt(root, 11, 1) },
    ]);
    expect(() => nodeAt(root, 3, 8)).toThrow(InvariantError);
    expect(() => nodeAt(root, 21, 0)).toThrow(InvariantError);
  });
});
