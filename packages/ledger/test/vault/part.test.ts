import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cell, decodeLeaf, facetTreeRoot, type Row } from "../../src/chain/disclosure.ts";
import { limits } from "../../src/chain/limits.ts";
import {
  encode,
  equalBytes,
  InvariantError,
  merkleRootOfHashes,
  type Value,
  verifyInclusion,
} from "../../src/primitives/index.ts";
import { batchHeaderHash } from "../../src/vault/batch-header.ts";
import { sealCommitted } from "../../src/vault/committed-seal.ts";
import {
  type Batch,
  discloseField,
  discloseRow,
  openPart,
  type PartToDisclose,
  type PartToOpen,
  sealBatch,
} from "../../src/vault/part.ts";
import { partSalts, partSecret } from "../../src/vault/part-keys.ts";
import {
  batch,
  bytesOf,
  epochKeyOf,
  identity,
  keyOf,
  partOf,
  place,
  sealedBatch,
  t0,
  telemetry,
} from "./fixtures.ts";

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger().filter((number) => !Object.is(number, -0)),
  fc.string({ maxLength: 12, unit: "grapheme" }),
  fc.uint8Array({ maxLength: 12 }),
  fc.constant([] as const),
  fc.double({ noNaN: true }).map((number) => [String(number)] as const),
);
const disclosure = fc.constantFrom("row" as const, "field" as const);

/** Rows of cells, each behind a time of the epoch. */
function timed(rows: readonly Row[]): readonly Row[] {
  return rows.map((row, index) => [t0 + index, ...row]);
}

function one(kind: "row" | "field", rows: readonly Row[]): Batch {
  const facets = [{ disclosure: kind, rows: timed(rows), epochKey: epochKeyOf(0) }];
  return { ...place, epochLength: "1h", facets };
}

/** A part whose content and commitments the test chooses, as a faulty or hostile owner could. */
function forged(content: Uint8Array, root: Uint8Array): PartToOpen {
  const rnd = bytesOf("rnd");
  const epochKey = epochKeyOf(0);
  const size = 256;
  const header = { ...place, rnd, roots: [root], paddedLengths: [size] };
  const secret = partSecret(epochKey, { ...place, rnd, facet: 0 });
  const context = { headerHash: batchHeaderHash(header), index: 0 };
  const { commitment, payload } = sealCommitted(secret, context, content);
  return {
    ...place,
    rnd,
    facets: [{ root, commitment }],
    payloadSizes: [payload.length],
    facet: 0,
    disclosure: "row",
    epochLength: "1h",
    fieldCount: 1,
    epochKey,
    payload,
  };
}

describe("a batch", () => {
  test("gives every reader of a facet its rows and nobody else", () => {
    const sealed = sealedBatch();
    expect(openPart(partOf(sealed, 0))).toEqual({ ok: true, rows: telemetry });
    expect(openPart(partOf(sealed, 1))).toEqual({ ok: true, rows: identity });
    const stranger = { ...partOf(sealed, 0), epochKey: epochKeyOf(1) };
    expect(openPart(stranger)).toEqual({ ok: false, code: "LEDGER_PART_WRONG_KEY" });
  });

  test("of any rows opens to the same rows", () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 0, max: 5 })
          .chain((width) =>
            fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }),
          ),
        disclosure,
        (rows, kind) => {
          const sealing = one(kind, rows);
          const part = partOf(sealBatch(sealing), 0, sealing);
          expect(openPart(part)).toEqual({ ok: true, rows: timed(rows) });
        },
      ),
    );
  });

  test("without rows is as good as any, for a fixed cadence", () => {
    const sealing = one("row", []);
    const sealed = sealBatch(sealing);
    expect(sealed.payloads[0]).toHaveLength(256 + 16);
    expect(openPart({ ...partOf(sealed, 0, sealing), fieldCount: 3 })).toEqual({
      ok: true,
      rows: [],
    });
  });

  test("with the same randomness is the same, with fresh randomness wholly another", () => {
    expect(sealedBatch()).toEqual(sealedBatch());
    const first = sealBatch(batch);
    const second = sealBatch(batch);
    expect(first.rnd).not.toEqual(second.rnd);
    for (const facet of [0, 1]) {
      expect(first.facets[facet]?.root).not.toEqual(second.facets[facet]?.root);
      expect(first.facets[facet]?.commitment).not.toEqual(second.facets[facet]?.commitment);
      expect(first.payloads[facet]).not.toEqual(second.payloads[facet]);
    }
  });

  test("is as large as the ledger allows and no larger", () => {
    const row: Row = [1];
    const many = one("row", new Array<Row>(limits.rowsMax).fill(row));
    expect(openPart(partOf(sealBatch(many), 0, many)).ok).toBe(true);
    const wide = Array.from(
      { length: 17 },
      (_, index): Row => [new Uint8Array(61_000).fill(index)],
    );
    const large = one("row", wide);
    expect(sealBatch(large).payloads[0]).toHaveLength(limits.payloadBytesMax);
    const refused: readonly (readonly Row[])[] = [
      new Array<Row>(limits.rowsMax + 1).fill(row),
      new Array<Row>(4_096).fill(new Array<Cell>(15).fill(0)),
      [...wide, [new Uint8Array(61_000)]],
    ];
    for (const rows of refused) {
      expect(() => sealBatch(one("row", rows))).toThrow(
        expect.objectContaining({ code: "LEDGER_TOO_LARGE" }),
      );
    }
  });

  test("holds only cells that every reader accepts", () => {
    const cells: readonly unknown[] = [
      0.5,
      Number.NaN,
      undefined,
      ["1", "2"],
      [1],
      ["9".repeat(129)],
      {},
    ];
    for (const bad of cells) {
      expect(() => sealBatch(one("row", [[bad as Cell]])), String(bad)).toThrow();
    }
    expect(() => sealBatch(one("row", [new Array<Cell>(257).fill(null)]))).toThrow();
    expect(() => sealBatch(one("row", [["9".repeat(128)]])).payloads).not.toThrow();
  });

  test("has as many rows in every facet, and at least one facet", () => {
    const uneven = { ...batch, facets: [batch.facets[0], one("row", []).facets[0]] } as Batch;
    expect(() => sealBatch(uneven)).toThrow(InvariantError);
    expect(() => sealBatch({ ...batch, facets: [] })).toThrow(InvariantError);
  });

  test("has one observation time a row, in its epoch and in all facets", () => {
    const times: readonly Cell[] = [
      t0 - 1,
      t0 + 3_600_000,
      0,
      String(t0),
      [String(t0)],
      null,
      t0 + 0.5,
    ];
    for (const time of times) {
      const facets = [{ disclosure: "row" as const, rows: [[time, 1]], epochKey: epochKeyOf(0) }];
      expect(() => sealBatch({ ...batch, facets })).toThrow(
        expect.objectContaining({ code: "LEDGER_BAD_SHAPE" }),
      );
    }
    const facets = [one("row", [[1]]).facets[0], one("row", [[1]]).facets[0]];
    expect(sealBatch({ ...batch, facets } as Batch).payloads).toHaveLength(2);
    const later = { disclosure: "row" as const, rows: [[t0 + 5, 1]], epochKey: epochKeyOf(0) };
    const apart = { ...batch, facets: [facets[0], later] } as Batch;
    expect(() => sealBatch(apart)).toThrow(InvariantError);
  });
});

describe("a part is refused", () => {
  test("when a single byte of its payload was changed", () => {
    const part = partOf(sealedBatch(), 0);
    for (const index of [0, 100, 255, 256, 271]) {
      const payload = part.payload.with(index, (part.payload[index] as number) ^ 1);
      expect(openPart({ ...part, payload })).toEqual({ ok: false, code: "LEDGER_PART_ALTERED" });
    }
  });

  test("pitfall 21: when its size is none of ours or not the one of the transaction", () => {
    const part = partOf(sealedBatch(), 0);
    const sizes = (size: number): readonly number[] => part.payloadSizes.with(0, size);
    const refused: readonly PartToOpen[] = [
      { ...part, payload: part.payload.subarray(1) },
      { ...part, payload: part.payload.subarray(1), payloadSizes: sizes(271) },
      { ...part, payload: new Uint8Array(0), payloadSizes: sizes(0) },
      { ...part, payload: new Uint8Array(15), payloadSizes: sizes(15) },
      { ...part, payloadSizes: sizes(528) },
      { ...part, payloadSizes: [272] },
      { ...part, facet: 2 },
    ];
    for (const one of refused)
      expect(openPart(one)).toEqual({ ok: false, code: "LEDGER_PART_SIZE" });
  });

  test("pitfall 9: when it holds no rows, or rows in any form but ours", () => {
    const contents: readonly Uint8Array[] = [
      new Uint8Array(0),
      encode(1),
      encode("rows"),
      encode([1]),
      encode([[t0, 1, 2]]),
      encode([[t0]]),
      encode([[]]),
      encode([
        [t0, 1],
        [t0, 2, 3],
      ]),
      encode([[t0, ["a", "b"]]]),
      encode([[t0, [[]]]]),
      encode([[t0 - 1, 1]]),
      encode([[t0 + 3_600_000, 1]]),
      encode([[null, 1]]),
      Uint8Array.of(0x81, 0x81, 0x18, 0x01),
      Uint8Array.of(0x9f, 0xff),
      Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0x81, 0x5a, 0x7f, 0xff, 0xff, 0xff),
      Uint8Array.of(0x81, 0x81, 0x01, 0x00),
      Uint8Array.of(0x81, 0x81, 0xfb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0),
    ];
    for (const content of contents) {
      expect(openPart(forged(content, bytesOf("root")))).toMatchObject({
        ok: false,
        code: "LEDGER_PART_CONTENT",
      });
    }
  });

  test("when its rows are not the ones that were committed to", () => {
    const secret = partSecret(epochKeyOf(0), { ...place, rnd: bytesOf("rnd"), facet: 0 });
    const rows = timed([[1], [2]]);
    const root = facetTreeRoot("row", rows, partSalts(secret));
    expect(openPart(forged(encode(rows as Value), root))).toEqual({ ok: true, rows });
    const others = [[[1], [3]], [[2], [1]], [[1]], [[1], [2], [2]], []].map(timed);
    for (const other of others) {
      expect(openPart(forged(encode(other as Value), root))).toEqual({
        ok: false,
        code: "LEDGER_PART_ROOT",
      });
    }
    const part = forged(encode(rows as Value), root);
    expect(openPart({ ...part, disclosure: "field" }).ok).toBe(false);
  });
});

function disclosed(facet: number): PartToDisclose {
  const { disclosure: kind, rows, epochKey } = batch.facets[facet] as Batch["facets"][number];
  return { ...place, rnd: bytesOf("rnd"), facet, disclosure: kind, rows, epochKey };
}

describe("a disclosure", () => {
  test("of a row leads from its cells to the root in the transaction", () => {
    const root = sealedBatch().facets[0]?.root as Uint8Array;
    telemetry.forEach((cells, row) => {
      const proof = discloseRow(disclosed(0), row);
      expect(proof.leafCount).toBe(4);
      expect(proof.leafIndex).toBe(row + 1);
      expect(decodeLeaf(proof.leaf)).toMatchObject({ type: "row", row, cells });
      const { leaf, leafIndex, leafCount, leafPath } = proof;
      expect(verifyInclusion(root, leaf, leafIndex, leafCount, leafPath)).toBe(true);
      expect(verifyInclusion(root, leaf, leafIndex ^ 1, leafCount, leafPath)).toBe(false);
    });
  });

  test("of a field leads through its row to the root in the transaction", () => {
    const sealing = one("field", [
      ["AA-1", 5, []],
      ["AA-2", 6, ["1.0"]],
      ["AA-3", 7, null],
    ]);
    const { rows } = sealing.facets[0] as Batch["facets"][number];
    const root = sealBatch(sealing, bytesOf("rnd")).facets[0]?.root as Uint8Array;
    const part: PartToDisclose = { ...disclosed(0), disclosure: "field", rows };
    for (const row of [0, 1, 2]) {
      for (const field of [0, 1, 2, 3]) {
        const proof = discloseField(part, row, field);
        const rowLeaf = decodeLeaf(proof.leaf);
        if (rowLeaf?.type !== "fields") throw new Error("the leaf of a row of fields");
        expect(rowLeaf.row).toBe(row);
        const { leaf, leafIndex, leafCount, leafPath } = proof;
        expect(verifyInclusion(root, leaf, leafIndex, leafCount, leafPath)).toBe(true);
        const { fieldLeaf, fieldIndex, fieldCount, fieldPath } = proof;
        expect(fieldCount).toBe(4);
        expect(verifyInclusion(rowLeaf.root, fieldLeaf, fieldIndex, fieldCount, fieldPath)).toBe(
          true,
        );
        const shown = decodeLeaf(fieldLeaf);
        expect(shown).toMatchObject({ type: "field", row, field, cell: rows[row]?.[field] });
      }
    }
  });

  test("of what is not in the batch, or not made for it, is our own mistake", () => {
    expect(() => discloseRow(disclosed(0), 3)).toThrow(InvariantError);
    expect(() => discloseField(disclosed(0), 0, 0)).toThrow(InvariantError);
    expect(() => discloseField(disclosed(1), 0, 2)).toThrow(InvariantError);
  });

  test("a facet's tree binds the number of its rows and is filled up with decoys", () => {
    for (const count of [0, 1, 2, 3, 4, 7, 8, 100]) {
      const rows = new Array<Row>(count).fill([1]);
      const leaves: string[] = [];
      facetTreeRoot("row", rows, (kind, row, field) => {
        leaves.push(kind);
        return bytesOf(`${kind} ${row} ${field}`);
      });
      const size = 2 ** Math.ceil(Math.log2(count + 1));
      expect(leaves).toEqual([
        "count",
        ...new Array<string>(count).fill("row"),
        ...new Array<string>(size - count - 1).fill("decoy"),
      ]);
    }
    expect(equalBytes(merkleRootOfHashes([]), bytesOf(""))).toBe(true);
  });

  test("salts of one part are all different, and none is another part's", () => {
    const kinds = ["count", "row", "field", "decoy", "fieldDecoy"] as const;
    const seen = new Set<string>();
    let drawn = 0;
    for (const secret of [keyOf("a"), keyOf("b")]) {
      const saltOf = partSalts(secret);
      for (const kind of kinds) {
        for (let row = 0; row < 20; row += 1) {
          for (let field = 0; field < 5; field += 1) {
            seen.add(Buffer.from(saltOf(kind, row, field)).toString("hex"));
            drawn += 1;
          }
        }
      }
    }
    expect(seen.size).toBe(drawn);
  });
});
