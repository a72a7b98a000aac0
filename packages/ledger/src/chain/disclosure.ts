import {
  assert,
  decode,
  encode,
  inclusionProofOfHashes,
  LedgerError,
  merkleLeafHash,
  merkleRoot,
  merkleRootOfHashes,
  type Value,
} from "../primitives/index.ts";
import { limits } from "./limits.ts";
import type { Disclosure } from "./transaction-body.ts";

/**
 * A value of a row: a decimal keeps its source text as `["12.50"]`, of at most 128 characters; a field
 * absent in the row is `[]`.
 * Source: docs/PROTOCOL.md section 7.1.
 */
export type Cell = null | boolean | number | string | Uint8Array | readonly [] | readonly [string];

/** The cells of one facet in one row, in schema order. */
export type Row = readonly Cell[];

/** Size of salts and of roots. */
const leafHashBytes = 32;

/** What a salt is for; the number is the first term of its derivation. Source: docs/PROTOCOL.md section 7.4. */
export const saltKinds = Object.freeze({ count: 0, row: 1, field: 2, decoy: 3, fieldDecoy: 4 });
/** A kind of salt. */
export type SaltKind = keyof typeof saltKinds;

/**
 * Gives the 32-byte salt of a leaf. `row` counts rows, or leaves where the kind is `decoy`; `field` counts the
 * fields of a row; what a kind does not need is 0.
 */
export type SaltOf = (kind: SaltKind, row: number, field: number) => Uint8Array;

/** A leaf of a facet tree, or of the tree over the fields of one of its rows. */
export type Leaf =
  | { readonly type: "count"; readonly salt: Uint8Array; readonly rows: number }
  | { readonly type: "row"; readonly row: number; readonly salt: Uint8Array; readonly cells: Row }
  | { readonly type: "fields"; readonly row: number; readonly root: Uint8Array }
  | {
      readonly type: "field";
      readonly row: number;
      readonly field: number;
      readonly salt: Uint8Array;
      readonly cell: Cell;
    }
  | {
      readonly type: "field-decoy";
      readonly row: number;
      readonly field: number;
      readonly salt: Uint8Array;
    }
  | { readonly type: "decoy"; readonly index: number; readonly salt: Uint8Array };

/** One leaf with what leads from it to its root. */
export interface LeafProof {
  readonly leaf: Uint8Array;
  readonly leafIndex: number;
  readonly leafCount: number;
  /** Siblings, lowest first. */
  readonly leafPath: readonly Uint8Array[];
}

/** One field with what leads from it to the root in its row's leaf. */
export interface FieldProof {
  readonly fieldLeaf: Uint8Array;
  readonly fieldIndex: number;
  readonly fieldCount: number;
  readonly fieldPath: readonly Uint8Array[];
}

/** Whether a decoded value can be a cell. */
export function isCell(value: Value): value is Cell {
  if (!Array.isArray(value)) return true;
  if (value.length === 0) return true;
  const [decimal] = value;
  return (
    value.length === 1 && typeof decimal === "string" && decimal.length <= limits.decimalBytesMax
  );
}

/** Whether a decoded value can be a row: the observation time and at most 256 fields. */
export function isRow(value: Value): value is Row {
  return Array.isArray(value) && value.length <= limits.fieldsMax + 1 && value.every(isCell);
}

/** Canonical bytes of a leaf. Source: docs/PROTOCOL.md section 7.4 step 3. */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  switch (leaf.type) {
    case "count":
      return encode(["count", leaf.salt, leaf.rows]);
    case "row":
      return encode(["row", leaf.row, leaf.salt, leaf.cells]);
    case "fields":
      return encode(["fields", leaf.row, leaf.root]);
    case "field":
      return encode(["field", leaf.row, leaf.field, leaf.salt, leaf.cell]);
    case "field-decoy":
      return encode(["field-decoy", leaf.row, leaf.field, leaf.salt]);
    case "decoy":
      return encode(["decoy", leaf.index, leaf.salt]);
  }
}

function isIndex(value: Value | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function is32Bytes(value: Value | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === leafHashBytes;
}

function leafOf(items: readonly Value[]): Leaf | null {
  const [type, a, b, c, d] = items;
  if (type === "count" && items.length === 3 && is32Bytes(a) && isIndex(b)) {
    return { type, salt: a, rows: b };
  }
  if (!isIndex(a)) return null;
  if (type === "row" && items.length === 4 && is32Bytes(b) && c !== undefined && isRow(c)) {
    return { type, row: a, salt: b, cells: c };
  }
  if (type === "fields" && items.length === 3 && is32Bytes(b)) return { type, row: a, root: b };
  if (type === "decoy" && items.length === 3 && is32Bytes(b)) return { type, index: a, salt: b };
  if (!isIndex(b) || !is32Bytes(c)) return null;
  if (type === "field" && items.length === 5 && d !== undefined && isCell(d)) {
    return { type, row: a, field: b, salt: c, cell: d };
  }
  return type === "field-decoy" && items.length === 4 ? { type, row: a, field: b, salt: c } : null;
}

/** The leaf of canonical bytes, or null for bytes that {@link encodeLeaf} would not have written. */
export function decodeLeaf(bytes: Uint8Array): Leaf | null {
  try {
    const value = decode(bytes);
    return Array.isArray(value) ? leafOf(value) : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** The smallest power of two that is not below the count. */
function paddedCount(count: number): number {
  let padded = 1;
  while (padded < count) padded *= 2;
  return padded;
}

function fieldLeaves(row: number, cells: Row, saltOf: SaltOf): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  const count = paddedCount(cells.length);
  for (let field = 0; field < count; field += 1) {
    const cell = cells[field];
    const leaf: Leaf =
      cell === undefined
        ? { type: "field-decoy", row, field, salt: saltOf("fieldDecoy", row, field) }
        : { type: "field", row, field, salt: saltOf("field", row, field), cell };
    leaves.push(encodeLeaf(leaf));
  }
  return leaves;
}

function rowLeaf(disclosure: Disclosure, row: number, cells: Row, saltOf: SaltOf): Uint8Array {
  if (disclosure === "row") {
    return encodeLeaf({ type: "row", row, salt: saltOf("row", row, 0), cells });
  }
  return encodeLeaf({ type: "fields", row, root: merkleRoot(fieldLeaves(row, cells, saltOf)) });
}

/** The leaf at `index`: 0 is the count, then the rows, then decoys. */
function leafAt(
  disclosure: Disclosure,
  rows: readonly Row[],
  saltOf: SaltOf,
  index: number,
): Uint8Array {
  if (index === 0) {
    return encodeLeaf({ type: "count", salt: saltOf("count", 0, 0), rows: rows.length });
  }
  const cells = rows[index - 1];
  if (cells !== undefined) return rowLeaf(disclosure, index - 1, cells, saltOf);
  return encodeLeaf({ type: "decoy", index, salt: saltOf("decoy", index, 0) });
}

function leafHashes(disclosure: Disclosure, rows: readonly Row[], saltOf: SaltOf): Uint8Array[] {
  const hashes = new Array<Uint8Array>(paddedCount(rows.length + 1));
  for (let index = 0; index < hashes.length; index += 1) {
    hashes[index] = merkleLeafHash(leafAt(disclosure, rows, saltOf, index));
  }
  return hashes;
}

/** Merkle root over the leaves of a facet: 32 bytes. Source: docs/PROTOCOL.md section 7.4 step 3. */
export function facetTreeRoot(
  disclosure: Disclosure,
  rows: readonly Row[],
  saltOf: SaltOf,
): Uint8Array {
  return merkleRootOfHashes(leafHashes(disclosure, rows, saltOf));
}

/** The leaf of a row (from 0) with its way to the root; its salt alone is in it, or none. */
export function proveRow(
  disclosure: Disclosure,
  rows: readonly Row[],
  saltOf: SaltOf,
  row: number,
): LeafProof {
  assert(row >= 0 && row < rows.length, "a proof is asked for a row of the batch");
  const hashes = leafHashes(disclosure, rows, saltOf);
  const leafIndex = row + 1;
  return {
    leaf: leafAt(disclosure, rows, saltOf, leafIndex),
    leafIndex,
    leafCount: hashes.length,
    leafPath: inclusionProofOfHashes(hashes, leafIndex),
  };
}

/** The leaf of one field (both from 0) with its way to the root in the leaf of its row. */
export function proveField(row: number, cells: Row, saltOf: SaltOf, field: number): FieldProof {
  assert(field >= 0 && field < cells.length, "a proof is asked for a field of the row");
  const leaves = fieldLeaves(row, cells, saltOf);
  return {
    fieldLeaf: leaves[field] as Uint8Array,
    fieldIndex: field,
    fieldCount: leaves.length,
    fieldPath: inclusionProofOfHashes(leaves.map(merkleLeafHash), field),
  };
}
