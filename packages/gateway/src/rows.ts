import {
  type Cell,
  type EpochLength,
  epochOf,
  limits,
  type Row,
  type StreamSchema,
} from "@tegata/ledger/chain";
import { encode, sha256 } from "@tegata/ledger/primitives";
import type { JsonCell, SubmitRowsBody } from "./api/schemas.ts";
import { absentCell, cellBytes, readCell, shown } from "./cells.ts";
import { GatewayError, type RowProblem } from "./errors.ts";
import { gatewayLimits } from "./limits.ts";
import type { RowsContent } from "./outbox/entry.ts";
import { rowsLimits } from "./outbox/seal.ts";

/** A row over all fields with what it takes up. */
interface SizedRow {
  readonly timeMs: number;
  readonly row: Row;
  /** About the bytes of each facet. */
  readonly facetBytes: readonly number[];
  readonly totalBytes: number;
}

type Rows = SubmitRowsBody["rows"];

const facetBytesMax = 1_048_000;

/**
 * Rows of a submission as outbox entries: typed by the schema, one epoch an entry, within the size of a
 * batch. The order within an epoch is kept. @throws GATEWAY_ROWS_INVALID
 */
export function contentsOf(
  schema: StreamSchema,
  epochLength: EpochLength,
  rows: Rows,
): readonly RowsContent[] {
  const sized = readRows(schema, rows);
  const isDocument = schema.kind === "documents";
  const contents: RowsContent[] = [];
  const { batchRowsMax, batchItemsMax } = gatewayLimits;
  const rowsMax = Math.min(batchRowsMax, Math.floor(batchItemsMax / itemsOf(schema, 1)));
  const byEpoch = Map.groupBy(sized, ({ timeMs }) => epochOf(timeMs, epochLength));
  for (const [epoch, group] of byEpoch) {
    for (const chunk of chunksOf(group, isDocument ? 1 : rowsMax)) {
      const joined = chunk.map(({ row }) => row);
      contents.push({
        kind: "rows",
        epoch,
        backfill: false,
        rows: encode(joined, rowsLimits),
        rowCount: joined.length,
        itemCount: itemsOf(schema, joined.length),
        alone: isDocument,
      });
    }
  }
  return contents;
}

/** Hash of what a submission says, however its JSON was written. */
export function bodyHashOf(contents: readonly RowsContent[], backfill: boolean): Uint8Array {
  return sha256(encode([backfill]), ...contents.map(({ rows }) => sha256(rows)));
}

/**
 * Refuses rows that validators would refuse by their time, and marks those that come late on purpose.
 * @throws GATEWAY_ROWS_AHEAD, GATEWAY_ROWS_TOO_OLD
 */
export function judgeTimes(
  contents: readonly RowsContent[],
  body: SubmitRowsBody,
  epochLength: EpochLength,
  nowMs: number,
): readonly RowsContent[] {
  const aheadMs = nowMs + limits.epochAheadMsMax;
  const ahead = rowsWhere(body.rows, (timeMs) => timeMs > aheadMs, "a time that has come");
  if (ahead.length > 0) throw new GatewayError("GATEWAY_ROWS_AHEAD", { problems: ahead });
  const epochFirst = epochOf(nowMs - limits.epochBehindMsMax, epochLength);
  const isOld = (timeMs: number): boolean => epochOf(timeMs, epochLength) < epochFirst;
  if (body.backfill === true) {
    return contents.map((content) => ({ ...content, backfill: content.epoch < epochFirst }));
  }
  const old = rowsWhere(body.rows, isOld, "a time of the last seven days");
  if (old.length > 0) throw new GatewayError("GATEWAY_ROWS_TOO_OLD", { problems: old });
  return contents;
}

function rowsWhere(
  rows: Rows,
  isWrong: (timeMs: number) => boolean,
  expected: string,
): readonly RowProblem[] {
  const problems: RowProblem[] = [];
  for (const [row, { timeMs }] of rows.entries()) {
    if (!isWrong(timeMs) || problems.length >= gatewayLimits.rowProblemsMax) continue;
    problems.push({ row, field: null, expected, got: new Date(timeMs).toISOString() });
  }
  return problems;
}

function readRows(schema: StreamSchema, rows: Rows): readonly SizedRow[] {
  const problems: RowProblem[] = [];
  const columns = new Map(schema.fields.map((field, index) => [field.name, index]));
  const sized = rows.map(({ timeMs, cells }, row) => {
    for (const field of Object.keys(cells)) {
      if (columns.has(field)) continue;
      problems.push({ row, field, expected: "a field of the stream", got: shown(cells[field]) });
    }
    return readRow(schema, row, timeMs, cells, problems);
  });
  if (problems.length === 0) return sized;
  const shownProblems = problems.slice(0, gatewayLimits.rowProblemsMax);
  throw new GatewayError("GATEWAY_ROWS_INVALID", { problems: shownProblems });
}

function readRow(
  schema: StreamSchema,
  row: number,
  timeMs: number,
  cells: Readonly<Record<string, JsonCell>>,
  problems: RowProblem[],
): SizedRow {
  const read: Cell[] = [timeMs];
  const facetBytes = schema.facets.map(() => 16);
  for (const { name, type, facet } of schema.fields) {
    const json = Object.hasOwn(cells, name) ? cells[name] : undefined;
    const verdict = json === undefined ? null : readCell(json, type);
    if (verdict !== null && !verdict.ok) {
      problems.push({ row, field: name, expected: verdict.expected, got: shown(json) });
    }
    const cell = verdict?.ok === true ? verdict.cell : absentCell;
    facetBytes[facet] = (facetBytes[facet] as number) + cellBytes(cell);
    read.push(cell);
  }
  const largest = Math.max(...facetBytes);
  if (largest > facetBytesMax) {
    const expected = "at most 1 MiB in the fields of one facet";
    problems.push({ row, field: null, expected, got: `${largest} bytes` });
  }
  const totalBytes = facetBytes.reduce((sum, bytes) => sum + bytes, 0);
  return { timeMs, row: read, facetBytes, totalBytes };
}

/** Values that rows have in one facet at most; a decimal or an absent field counts as up to two. */
function itemsOf({ fields }: StreamSchema, rowCount: number): number {
  return rowCount * (2 * (fields.length + 1) + 1);
}

/** Runs of rows that each fit into one batch. */
function* chunksOf(rows: readonly SizedRow[], rowsMax: number): Generator<readonly SizedRow[]> {
  let chunk: SizedRow[] = [];
  let facetBytes: number[] = [];
  let total = 0;
  const { batchFacetBytesMax, batchBytesMax } = gatewayLimits;
  for (const row of rows) {
    const sums = row.facetBytes.map((bytes, facet) => bytes + (facetBytes[facet] ?? 0));
    const full =
      chunk.length >= rowsMax ||
      Math.max(...sums) > batchFacetBytesMax ||
      total + row.totalBytes > batchBytesMax;
    if (full && chunk.length > 0) {
      yield chunk;
      chunk = [];
      facetBytes = [];
      total = 0;
    }
    chunk.push(row);
    facetBytes = row.facetBytes.map((bytes, facet) => bytes + (facetBytes[facet] ?? 0));
    total += row.totalBytes;
  }
  if (chunk.length > 0) yield chunk;
}
