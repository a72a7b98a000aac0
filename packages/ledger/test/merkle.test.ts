import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedData, vectorPath } from "../../../test/helpers/shared-data.ts";
import {
  fromHex,
  InvariantError,
  inclusionProof,
  inclusionProofOfHashes,
  merkleLeafHash,
  merkleNodeHash,
  merkleRoot,
  merkleRootOfHashes,
  toHex,
  verifyInclusion,
  verifyInclusionOfHash,
} from "../src/primitives/index.ts";

/** The eight leaves that the Certificate Transparency implementations test with. */
const leaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map(fromHex);

/** Their roots, for the first 0 to 8 leaves. */
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(Buffer.concat(parts)).digest());
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** The recursive definition of RFC 6962 section 2.1, word by word. */
function rootByDefinition(entries: readonly Uint8Array[]): Uint8Array {
  const [first] = entries;
  if (first === undefined) return hash();
  if (entries.length === 1) return hash(Uint8Array.of(0), first);
  const k = largestPowerBelow(entries.length);
  const left = rootByDefinition(entries.slice(0, k));
  return hash(Uint8Array.of(1), left, rootByDefinition(entries.slice(k)));
}

/** The recursive definition of RFC 6962 section 2.1.1. */
function pathByDefinition(index: number, entries: readonly Uint8Array[]): Uint8Array[] {
  if (entries.length <= 1) return [];
  const k = largestPowerBelow(entries.length);
  const left = entries.slice(0, k);
  const right = entries.slice(k);
  return index < k
    ? [...pathByDefinition(index, left), rootByDefinition(right)]
    : [...pathByDefinition(index - k, right), rootByDefinition(left)];
}

function manyLeaves(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => Uint8Array.of(index, index >> 8));
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (bit & 7));
  return copy;
}

describe("roots", () => {
  test.each(roots.map((root, count) => [count, root] as const))("of %i leaves", (count, root) => {
    expect(toHex(merkleRoot(leaves.slice(0, count)))).toBe(root);
    const hashes = leaves.slice(0, count).map(merkleLeafHash);
    expect(toHex(merkleRootOfHashes(hashes))).toBe(root);
  });

  test("follow the recursive definition for every size to 70", () => {
    for (let count = 0; count <= 70; count += 1) {
      const entries = manyLeaves(count);
      expect(toHex(merkleRoot(entries))).toBe(toHex(rootByDefinition(entries)));
    }
  });

  test("a doubled last leaf is another tree", () => {
    const three = leaves.slice(0, 3);
    expect(toHex(merkleRoot([...three, leaves[2] as Uint8Array]))).not.toBe(
      toHex(merkleRoot(three)),
    );
  });

  test("a leaf that looks like a node is no node", () => {
    const [a, b] = [merkleLeafHash(Uint8Array.of(1)), merkleLeafHash(Uint8Array.of(2))];
    const node = merkleNodeHash(a, b);
    const joined = Uint8Array.from([...a, ...b]);
    expect(toHex(merkleLeafHash(joined))).not.toBe(toHex(node));
    expect(toHex(node)).toBe(toHex(hash(Uint8Array.of(1), a, b)));
  });

  test("a root does not share memory with the leaf hash it equals", () => {
    const leafHash = merkleLeafHash(Uint8Array.of(1));
    const root = merkleRootOfHashes([leafHash]);
    root.fill(0);
    expect(toHex(leafHash)).toBe(toHex(hash(Uint8Array.of(0, 1))));
  });

  test("a node joins hashes and nothing else", () => {
    const short = new Uint8Array(31);
    const whole = new Uint8Array(32);
    expect(() => merkleNodeHash(short, whole)).toThrow(InvariantError);
    expect(() => merkleNodeHash(whole, short)).toThrow(InvariantError);
  });
});

describe("inclusion", () => {
  test("every leaf of every tree to 40 proves itself, on the path of the definition", () => {
    for (let size = 1; size <= 40; size += 1) {
      const entries = manyLeaves(size);
      const root = merkleRoot(entries);
      for (let index = 0; index < size; index += 1) {
        const path = inclusionProof(entries, index);
        expect(path.map(toHex)).toEqual(pathByDefinition(index, entries).map(toHex));
        expect(verifyInclusion(root, entries[index] as Uint8Array, index, size, path)).toBe(true);
      }
    }
  });

  test("whatever is changed, the proof fails", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(cases, ([size, seed, bit, other]) => {
        const index = seed % size;
        const entries = manyLeaves(size);
        const leaf = entries[index] as Uint8Array;
        const root = merkleRoot(entries);
        const path = inclusionProof(entries, index);
        const verify = verifyInclusion;
        expect(verify(flipped(root, bit), leaf, index, size, path)).toBe(false);
        expect(verify(root, flipped(leaf, bit), index, size, path)).toBe(false);
        expect(verify(root, leaf, index, size, [...path, root])).toBe(false);
        expect(verify(root, leaf, index, size, path.slice(0, -1))).toBe(path.length === 0);
        if (other % size !== index)
          expect(verify(root, leaf, other % size, size, path)).toBe(false);
        const at = other % Math.max(1, path.length);
        const damaged = path.map((node, i) => (i === at ? flipped(node, bit) : node));
        expect(verify(root, leaf, index, size, damaged)).toBe(path.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  test("what is no proof at all is refused, not thrown at", () => {
    const root = merkleRoot(leaves);
    const leaf = leaves[3] as Uint8Array;
    const path = inclusionProof(leaves, 3);
    const leafHash = merkleLeafHash(leaf);
    expect(verifyInclusionOfHash(root, leafHash, 3, 8, path)).toBe(true);
    for (const [index, size] of [
      [8, 8],
      [-1, 8],
      [3.5, 8],
      [3, 8.5],
      [Number.NaN, 8],
      [3, Number.NaN],
      [3, 0],
      [3, -8],
      [3, Number.POSITIVE_INFINITY],
      [0, 0],
    ] as const) {
      expect(verifyInclusionOfHash(root, leafHash, index, size, path), `${index}/${size}`).toBe(
        false,
      );
    }
    const short = [...path.slice(0, 2), (path[2] as Uint8Array).subarray(1)];
    expect(verifyInclusionOfHash(root, leafHash, 3, 8, short)).toBe(false);
    expect(verifyInclusionOfHash(root, leafHash.subarray(1), 3, 8, path)).toBe(false);
    expect(verifyInclusionOfHash(root.subarray(1), leafHash, 3, 8, path)).toBe(false);
    expect(verifyInclusionOfHash(leafHash.subarray(1), leafHash.subarray(1), 0, 1, [])).toBe(false);
  });

  test("a proof of a larger tree does not serve a smaller size", () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    const root = merkleRoot([a, b]);
    expect(verifyInclusion(root, b, 1, 2, [merkleLeafHash(a)])).toBe(true);
    expect(verifyInclusion(root, b, 0, 1, [merkleLeafHash(a)])).toBe(false);
  });

  test("an index that is no whole number does not pass for leaf 0", () => {
    const first = leaves[0] as Uint8Array;
    const root = merkleRoot(leaves);
    const path = inclusionProof(leaves, 0);
    expect(verifyInclusion(root, first, 0, 8, path)).toBe(true);
    for (const index of [Number.NaN, 0.5, -0.5]) {
      expect(verifyInclusion(root, first, index, 8, path)).toBe(false);
    }
  });

  test("numbers that a double cannot hold exactly prove nothing", () => {
    const left = merkleLeafHash(Uint8Array.of(1));
    const leaf = Uint8Array.of(2);
    const root = merkleNodeHash(left, merkleLeafHash(leaf));
    expect(verifyInclusion(root, leaf, 2 ** 53, 2 ** 53 + 2, [left])).toBe(false);
  });

  test("index and size are told apart beyond 32 bits", () => {
    // Leaf 2^40 of 2^40 + 1 hangs directly under the root, beside one whole subtree.
    const left = merkleLeafHash(Uint8Array.of(1));
    const leaf = Uint8Array.of(2);
    const root = merkleNodeHash(left, merkleLeafHash(leaf));
    expect(verifyInclusion(root, leaf, 2 ** 40, 2 ** 40 + 1, [left])).toBe(true);
    expect(verifyInclusion(root, leaf, 2 ** 40, 2 ** 40 + 2, [left])).toBe(false);
  });

  test("a proof is asked only for a leaf that is there", () => {
    for (const index of [8, -1, 0.5]) {
      expect(() => inclusionProof(leaves, index)).toThrow(InvariantError);
    }
    expect(() => inclusionProofOfHashes([], 0)).toThrow(InvariantError);
  });
});

describe("public vectors", () => {
  interface Inclusion {
    readonly file: string;
    readonly leafIdx: number;
    readonly treeSize: number;
    readonly root: string | null;
    readonly leafHash: string | null;
    readonly proof: readonly string[] | null;
    readonly wantErr: boolean;
  }

  function lines<T>(file: string): readonly T[] {
    const text = readFileSync(vectorPath("merkle-rfc6962", file), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as T);
  }

  function bytes(base64: string | null): Uint8Array {
    return Uint8Array.from(Buffer.from(base64 ?? "", "base64"));
  }

  test.skipIf(sharedData === null)("inclusion proofs of transparency-dev", () => {
    const vectors = lines<Inclusion>("inclusion-a.ndjson");
    expect(vectors.filter(({ wantErr }) => !wantErr).length).toBe(4);
    expect(vectors.length).toBe(53);
    for (const vector of vectors) {
      const { file, leafIdx, treeSize, root, leafHash } = vector;
      const path = (vector.proof ?? []).map(bytes);
      const answer = verifyInclusionOfHash(bytes(root), bytes(leafHash), leafIdx, treeSize, path);
      expect(answer, file).toBe(!vector.wantErr);
    }
  });
});
