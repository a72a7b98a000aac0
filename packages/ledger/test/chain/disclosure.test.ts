import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cell,
  decodeLeaf,
  encodeLeaf,
  facetTreeRoot,
  type Leaf,
  proveField,
  proveRow,
  type Row,
  type SaltKind,
  type SaltOf,
} from "../../src/chain/index.ts";
import {
  decode,
  encode,
  InvariantError,
  rootOfPath,
  sha256,
  toHex,
} from "../../src/primitives/index.ts";
import { bytesOf } from "./fixtures.ts";

/** Salts as different as their names; which were asked for is remembered. */
function salts(): { readonly saltOf: SaltOf; readonly asked: Set<string> } {
  const asked = new Set<string>();
  return {
    asked,
    saltOf: (kind: SaltKind, row: number, field: number) => {
      asked.add(`${kind} ${row} ${field}`);
      return bytesOf(`salt ${kind} ${row} ${field}`);
    },
  };
}

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.string({ maxLength: 12 }),
  fc.uint8Array({ maxLength: 12 }),
  fc.constantFrom<Cell>([], ["12.50"], ["-0"]),
);
const facet = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 9 }),
  );
const disclosure = fc.constantFrom("row" as const, "field" as const);

describe("the tree of a facet", () => {
  test("every row leads to its root, at the index after it", () => {
    fc.assert(
      fc.property(facet, disclosure, (rows, how) => {
        const { saltOf } = salts();
        const root = facetTreeRoot(how, rows, saltOf);
        for (const row of rows.keys()) {
          const proof = proveRow(how, rows, saltOf, row);
          expect(proof.leafIndex).toBe(row + 1);
          const reached = rootOfPath(proof.leaf, proof.leafIndex, proof.leafCount, proof.leafPath);
          expect(reached).toEqual(root);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("every field leads to the root in its row's leaf", () => {
    fc.assert(
      fc.property(facet, (rows) => {
        const { saltOf } = salts();
        for (const [row, cells] of rows.entries()) {
          const leaf = decodeLeaf(proveRow("field", rows, saltOf, row).leaf);
          if (leaf?.type !== "fields") throw new Error("the row's leaf holds a root");
          for (const [field, shown] of cells.entries()) {
            const proof = proveField(row, cells, saltOf, field);
            const { fieldLeaf, fieldIndex, fieldCount, fieldPath } = proof;
            expect(rootOfPath(fieldLeaf, fieldIndex, fieldCount, fieldPath)).toEqual(leaf.root);
            expect(decodeLeaf(fieldLeaf)).toEqual({
              type: "field",
              row,
              field,
              salt: bytesOf(`salt field ${row} ${field}`),
              cell: shown,
            });
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("the number of leaves is a power of two, so that counts hide among decoys", () => {
    const { saltOf } = salts();
    for (const [rows, leaves] of [
      [1, 2],
      [2, 4],
      [3, 4],
      [4, 8],
    ] as const) {
      const facetRows: Row[] = Array.from({ length: rows }, (_, index) => [index]);
      expect(proveRow("row", facetRows, saltOf, 0).leafCount).toBe(leaves);
    }
    expect(proveField(0, [1, 2, 3], saltOf, 0).fieldCount).toBe(4);
  });

  test("each leaf has its own salt, asked for once by its own name", () => {
    const rows: Row[] = [
      [1, "a"],
      [2, []],
    ];
    const wholeRows = salts();
    facetTreeRoot("row", rows, wholeRows.saltOf);
    expect([...wholeRows.asked].sort()).toEqual(["count 0 0", "decoy 3 0", "row 0 0", "row 1 0"]);
    const fields = salts();
    facetTreeRoot("field", rows.slice(0, 1), fields.saltOf);
    expect([...fields.asked].sort()).toEqual(["count 0 0", "field 0 0", "field 0 1"]);
    const odd = salts();
    proveField(0, [1, 2, 3], odd.saltOf, 0);
    expect([...odd.asked].sort()).toEqual([
      "field 0 0",
      "field 0 1",
      "field 0 2",
      "fieldDecoy 0 3",
    ]);
  });

  test("any other row, salt, order or count gives another root", () => {
    const { saltOf } = salts();
    const rows: Row[] = [[1], [2], [3]];
    const roots = [
      facetTreeRoot("row", rows, saltOf),
      facetTreeRoot("field", rows, saltOf),
      facetTreeRoot("row", [[2], [1], [3]], saltOf),
      facetTreeRoot("row", rows.slice(0, 2), saltOf),
      facetTreeRoot("row", [[1], [2], []], saltOf),
      facetTreeRoot("row", [[1], [2], [["3"]]], saltOf),
      facetTreeRoot("row", rows, (...name) => sha256(saltOf(...name))),
    ];
    expect(new Set(roots.map(toHex)).size).toBe(roots.length);
  });

  test("is never asked for a row or field that is not there", () => {
    const { saltOf } = salts();
    expect(() => proveRow("row", [[1]], saltOf, 1)).toThrow(InvariantError);
    expect(() => proveField(0, [1], saltOf, 1)).toThrow(InvariantError);
  });
});

describe("the leaves", () => {
  const salt = bytesOf("salt");
  const leaves: readonly Leaf[] = [
    { type: "count", salt, rows: 7 },
    { type: "row", row: 1, salt, cells: [1, null, [], ["1.50"], "a", true, salt] },
    { type: "fields", row: 2, root: salt },
    { type: "field", row: 2, field: 3, salt, cell: [] },
    { type: "field-decoy", row: 2, field: 7, salt },
    { type: "decoy", index: 3, salt },
  ];

  test.each(leaves.map((leaf) => [leaf.type, leaf] as const))("%s comes back", (_type, leaf) => {
    expect(decodeLeaf(encodeLeaf(leaf))).toEqual(leaf);
    expect((decode(encodeLeaf(leaf)) as unknown[])[0]).toBe(leaf.type);
  });

  test("an absent field, an empty text and null are three different cells", () => {
    const { saltOf } = salts();
    const roots = [[], "", null, 0, false, new Uint8Array(0), [""]].map((one) =>
      toHex(facetTreeRoot("row", [[one as Cell]], saltOf)),
    );
    expect(new Set(roots).size).toBe(roots.length);
  });

  test.each([
    ["a map of another length", ["row", 1, salt]],
    ["a salt of 31 bytes", ["row", 1, salt.subarray(1), []]],
    ["a negative row", ["row", -1, salt, []]],
    ["an unknown type", ["column", 1, salt, []]],
    ["a list as a cell", ["field", 1, 2, salt, [1]]],
    ["a list of two texts", ["field", 1, 2, salt, ["a", "b"]]],
    ["too many cells", ["row", 1, salt, Array.from({ length: 258 }, () => 0)]],
    ["no array", "row"],
  ] as const)("%s is no leaf", (_what, value) => {
    expect(decodeLeaf(encode(value as Parameters<typeof encode>[0]))).toBeNull();
  });

  test("a row may hold the observation time and 256 fields", () => {
    const leaf: Leaf = { type: "row", row: 0, salt, cells: Array.from({ length: 257 }, () => 0) };
    expect(decodeLeaf(encodeLeaf(leaf))).toEqual(leaf);
  });
});
