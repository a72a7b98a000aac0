import type { KeyObject } from "node:crypto";
import {
  type FieldProof,
  facetTreeRoot,
  isRow,
  type LeafProof,
  proveField,
  proveRow,
  type Row,
} from "../chain/disclosure.ts";
import { limits } from "../chain/limits.ts";
import { type Disclosure, type EpochLength, epochOf } from "../chain/transaction-body.ts";
import {
  assert,
  decode,
  decodeLimits,
  encode,
  equalBytes,
  LedgerError,
  type Refusal,
  refuse,
} from "../primitives/index.ts";
import { tagBytes } from "./aead.ts";
import { type BatchPlace, batchHeaderHash } from "./batch-header.ts";
import { openCommitted, type SealRefusal, sealCommitted } from "./committed-seal.ts";
import { paddedBytesMax, paddedLength } from "./padding.ts";
import { type PartPlace, partSalts, partSecret, rndBytes } from "./part-keys.ts";
import { drawBytes } from "./random.ts";

/** One facet of a batch, before sealing. */
export interface FacetRows {
  readonly disclosure: Disclosure;
  /**
   * As many rows in every facet. A row's first cell is its observation time (ms since the Unix epoch, the same
   * in every facet), then come the facet's fields in schema order.
   */
  readonly rows: readonly Row[];
  /** The facet's key of the batch's epoch. */
  readonly epochKey: KeyObject;
}

/** A batch to be sealed. */
export interface Batch extends BatchPlace {
  /** Of the stream; every observation time lies in `epoch`. */
  readonly epochLength: EpochLength;
  readonly facets: readonly FacetRows[];
}

/** What a transaction says about one facet: Merkle root and key commitment, 32 bytes each. */
export interface FacetSeal {
  readonly root: Uint8Array;
  readonly commitment: Uint8Array;
}

/** What goes into the transaction (`rnd`, `facets`) and beside it (`payloads`), facets in order. */
export interface SealedBatch {
  readonly rnd: Uint8Array;
  readonly facets: readonly FacetSeal[];
  readonly payloads: readonly Uint8Array[];
}

function tooLarge(what: string, actual: number, max: number): LedgerError<"LEDGER_TOO_LARGE"> {
  const message = `a batch has ${actual} ${what}, more than ${max}`;
  return new LedgerError("LEDGER_TOO_LARGE", message, { what, actual, max });
}

function itemCount(rows: readonly Row[]): number {
  let count = 1 + rows.length;
  for (const row of rows) {
    for (const cell of row) count += Array.isArray(cell) ? 1 + cell.length : 1;
  }
  return count;
}

/** Whether a row's first cell is a time of the epoch. */
function isInEpoch(row: Row, epoch: number, length: EpochLength): boolean {
  const time = row[0];
  return typeof time === "number" && Number.isSafeInteger(time) && epochOf(time, length) === epoch;
}

/** The content of a part, within its limits. */
function contentOf(rows: readonly Row[], batch: Batch): Uint8Array {
  if (rows.length > limits.rowsMax) throw tooLarge("rows", rows.length, limits.rowsMax);
  rows.forEach((row, index) => {
    if (isRow(row) && isInEpoch(row, batch.epoch, batch.epochLength)) return;
    const detail = { path: `rows[${index}]`, expected: "cells behind a time of its hours" };
    throw new LedgerError("LEDGER_BAD_SHAPE", `${detail.path} is not ${detail.expected}`, detail);
  });
  const items = itemCount(rows);
  if (items > decodeLimits.itemsMax) throw tooLarge("items", items, decodeLimits.itemsMax);
  const content = encode(rows);
  if (paddedLength(content.length) === null) {
    throw tooLarge("bytes in a facet", content.length, paddedBytesMax - 1);
  }
  return content;
}

/**
 * Seals the rows of one epoch: one encrypted part a facet, all bound to one header. `rnd` is given only to
 * repeat a known result. Source: docs/PROTOCOL.md section 7.4.
 * @throws LEDGER_TOO_LARGE for more than 4,096 rows, 65,536 items or 1 MiB in a facet: give fewer rows
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL for a time outside the epoch and for what is no cell
 */
export function sealBatch(batch: Batch, rnd: Uint8Array = drawBytes(rndBytes)): SealedBatch {
  const rowCount = batch.facets[0]?.rows.length;
  assert(rowCount !== undefined, "a batch has a facet");
  const sealing = batch.facets.map((facet, index) => {
    assert(facet.rows.length === rowCount, "all facets of a batch have as many rows");
    const sameTimes = facet.rows.every((row, at) => row[0] === batch.facets[0]?.rows[at]?.[0]);
    assert(sameTimes, "a row has one observation time in all facets");
    const content = contentOf(facet.rows, batch);
    const secret = partSecret(facet.epochKey, { ...batch, rnd, facet: index });
    const root = facetTreeRoot(facet.disclosure, facet.rows, partSalts(secret));
    return { content, secret, root };
  });
  const roots = sealing.map(({ root }) => root);
  const paddedLengths = sealing.map(({ content }) => paddedLength(content.length) as number);
  const headerHash = batchHeaderHash({ ...batch, rnd, roots, paddedLengths });
  const sealed = sealing.map(({ secret, content }, index) =>
    sealCommitted(secret, { headerHash, index }, content),
  );
  return {
    rnd: Uint8Array.from(rnd),
    facets: sealed.map(({ commitment }, index) => ({
      root: roots[index] as Uint8Array,
      commitment,
    })),
    payloads: sealed.map(({ payload }) => payload),
  };
}

/** One part of a batch as the ledger gives it, with what is needed to open it. */
export interface PartToOpen extends BatchPlace {
  readonly rnd: Uint8Array;
  /** Of every facet of the transaction, in order. */
  readonly facets: readonly FacetSeal[];
  /** Size of every payload that the transaction names, in order. */
  readonly payloadSizes: readonly number[];
  /** The facet to open, from 0. */
  readonly facet: number;
  readonly disclosure: Disclosure;
  /** Of the stream. */
  readonly epochLength: EpochLength;
  /** Fields of the facet by the stream's schema; rows have one cell more, the time. */
  readonly fieldCount: number;
  /** The facet's key of the batch's epoch. */
  readonly epochKey: KeyObject;
  readonly payload: Uint8Array;
}

/** The rows of a part, or why there are none. */
export type OpenedPart =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | SealRefusal
  | Refusal<"LEDGER_PART_ROOT">;

function rowsOf(content: Uint8Array, part: PartToOpen): readonly Row[] | null {
  const { epoch, epochLength, fieldCount } = part;
  try {
    const rows = decode(content);
    if (!Array.isArray(rows) || rows.length > limits.rowsMax) return null;
    const fits = rows.every(
      (row) => isRow(row) && row.length === fieldCount + 1 && isInEpoch(row, epoch, epochLength),
    );
    return fits ? (rows as readonly Row[]) : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/**
 * Opens one part, and gives its rows only if they are what the transaction commits to. Answers every
 * hostile input with a refusal. Source: docs/PROTOCOL.md section 7.4.
 */
export function openPart(part: PartToOpen): OpenedPart {
  const seal = part.facets[part.facet];
  const fits =
    part.facets.length === part.payloadSizes.length &&
    part.payload.length === part.payloadSizes[part.facet];
  if (seal === undefined || !fits) return refuse("LEDGER_PART_SIZE");
  const headerHash = batchHeaderHash({
    ...part,
    roots: part.facets.map(({ root }) => root),
    paddedLengths: part.payloadSizes.map((size) => size - tagBytes),
  });
  const secret = partSecret(part.epochKey, part);
  const context = { headerHash, index: part.facet };
  const { commitment } = seal;
  const opened = openCommitted(secret, context, { commitment, payload: part.payload });
  if (!opened.ok) return opened;
  const rows = rowsOf(opened.content, part);
  if (rows === null) return refuse("LEDGER_PART_CONTENT", { reason: "rows" });
  const root = facetTreeRoot(part.disclosure, rows, partSalts(secret));
  return equalBytes(root, seal.root) ? { ok: true, rows } : refuse("LEDGER_PART_ROOT");
}

/** The rows of an opened part with what their salts follow from. */
export interface PartToDisclose extends PartPlace {
  readonly disclosure: Disclosure;
  readonly rows: readonly Row[];
  readonly epochKey: KeyObject;
}

/**
 * What shows one row (from 0) of a facet to a third party and no other: only this row's salt is in it. In a
 * facet with field disclosure the leaf holds the root over the row's fields and no value.
 */
export function discloseRow(part: PartToDisclose, row: number): LeafProof {
  assert(part.rows[row] !== undefined, "a disclosed row is in the batch");
  const saltOf = partSalts(partSecret(part.epochKey, part));
  return proveRow(part.disclosure, part.rows, saltOf, row);
}

/**
 * What shows one field of one row (from 0) of a facet with field disclosure, and no other. Field 0 is the
 * observation time; the facet's fields in schema order count from 1.
 */
export function discloseField(
  part: PartToDisclose,
  row: number,
  field: number,
): LeafProof & FieldProof {
  assert(part.disclosure === "field", "single fields are shown of facets made for it");
  const cells = part.rows[row];
  assert(cells?.[field] !== undefined, "a disclosed field is in the batch");
  const saltOf = partSalts(partSecret(part.epochKey, part));
  return {
    ...proveRow(part.disclosure, part.rows, saltOf, row),
    ...proveField(row, cells, saltOf, field),
  };
}
