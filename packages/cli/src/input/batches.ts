import { type Cell, isDecimal } from "./cells.ts";

/** Length of the span of observation time a batch lies in: 0 one hour, 1 one day, 2 thirty days. */
export type EpochLength = 0 | 1 | 2;

/** Milliseconds by {@link EpochLength}. Source: docs/PROTOCOL.md 5.3. */
const epochLengthsMs: Readonly<Record<EpochLength, number>> = {
  0: 3_600_000,
  1: 86_400_000,
  2: 30 * 86_400_000,
};

/** Rows of a batch. */
export const batchRowCountMax = 500;
/** Bytes of the cells' texts of a batch; a single larger row goes alone. */
export const batchTextBytesMax = 262_144;
/** Bytes of the cells' texts of one row: a facet of it must fit into 1 MiB when it is sealed. */
export const rowTextBytesMax = 900_000;

/** A row ready to be sent. */
export interface TypedRow {
  readonly line: number;
  /** Observation time, UTC milliseconds. */
  readonly timeMs: number;
  readonly cells: readonly Cell[];
  /** Bytes of the cells' texts. */
  readonly textBytes: number;
}

/** Consecutive rows of one epoch, in the order of the file. */
export interface RowBatch {
  readonly epoch: number;
  readonly rows: readonly TypedRow[];
  readonly textBytes: number;
}

/** Limits of a batch, for callers that need smaller ones. */
export interface BatchOptions {
  readonly epochLength: EpochLength;
  readonly rowCountMax?: number;
  readonly textBytesMax?: number;
}

/** Number of the epoch of a time since 1970. Source: docs/PROTOCOL.md 5.4. */
export function epochOf(timeMs: number, length: EpochLength): number {
  return Math.floor(timeMs / epochLengthsMs[length]);
}

/** Groups rows as they come; order is kept, so a file that jumps in time gives more batches. */
export async function* batchRows(
  rows: AsyncIterable<TypedRow>,
  options: BatchOptions,
): AsyncGenerator<RowBatch> {
  const rowCountMax = options.rowCountMax ?? batchRowCountMax;
  const textBytesMax = options.textBytesMax ?? batchTextBytesMax;
  let epoch = 0;
  let open: TypedRow[] = [];
  let textBytes = 0;
  for await (const row of rows) {
    const next = epochOf(row.timeMs, options.epochLength);
    const full =
      open.length === rowCountMax || textBytes + row.textBytes > textBytesMax || next !== epoch;
    if (full && open.length > 0) {
      yield { epoch, rows: open, textBytes };
      open = [];
      textBytes = 0;
    }
    epoch = next;
    open.push(row);
    textBytes += row.textBytes;
  }
  if (open.length > 0) yield { epoch, rows: open, textBytes };
}

/** Bytes of the texts of cells. */
export function textBytesOf(cells: readonly Cell[]): number {
  return cells.reduce((sum: number, cell) => sum + cellBytes(cell), 0);
}

function cellBytes(cell: Cell): number {
  if (typeof cell === "string") return Buffer.byteLength(cell);
  if (cell instanceof Uint8Array) return cell.byteLength;
  if (cell !== null && isDecimal(cell)) return cell[0].length;
  return 8;
}
