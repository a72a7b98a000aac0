import type { RecordsPage, StreamField, StreamRecord } from "@tegata/gateway/client";
import { Envelope } from "../chart/envelope.ts";
import { fromJsonCells } from "../input/api-cells.ts";
import { isNumeric, valueText } from "../input/numeric.ts";
import { reportLimits } from "./limits.ts";

/** A field and its values over time. */
export interface FieldChart {
  readonly field: StreamField;
  readonly envelope: Envelope;
}

/** What a page keeps of the records of a stream, however many there are. */
export interface Gathered {
  readonly rowCount: number;
  /** Observed from the first to the last; null while there are no rows. */
  readonly span: { readonly fromMs: number; readonly untilMs: number } | null;
  readonly charts: readonly FieldChart[];
  /** Fields of numbers beyond those that are drawn. */
  readonly chartsLeftOut: number;
  /** Fields that the table shows. */
  readonly fields: readonly StreamField[];
  readonly fieldsLeftOut: number;
  /** The first records of the stream; with `last` and what lies between they are all. */
  readonly first: readonly StreamRecord[];
  readonly last: readonly StreamRecord[];
}

/** Reads records to their end in constant memory; `rowsShown` of them are kept. */
export async function gather(
  records: AsyncIterable<StreamRecord>,
  readable: RecordsPage["fields"],
  rowsShown: number,
  report: (rowCount: number) => void,
): Promise<Gathered> {
  const numeric = readable.filter(isNumeric);
  const charts = numeric
    .slice(0, reportLimits.chartsMax)
    .map((field) => ({ field, envelope: new Envelope() }));
  const drawn = charts.map(({ field }) => field);
  const fields = readable.slice(0, reportLimits.fieldsMax);
  const rows = Math.min(rowsShown, Math.floor(reportLimits.cellsMax / Math.max(1, fields.length)));
  const half = Math.ceil(rows / 2);
  const tail = rows - half;
  const first: StreamRecord[] = [];
  let last: StreamRecord[] = [];
  let rowCount = 0;
  let [fromMs, untilMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const record of records) {
    rowCount += 1;
    fromMs = Math.min(fromMs, record.timeMs);
    untilMs = Math.max(untilMs, record.timeMs);
    if (first.length < half) first.push(record);
    else if (tail > 0 && last.push(record) >= 2 * rows) last = last.slice(-tail);
    const cells = fromJsonCells(drawn, record.cells);
    for (const [index, { envelope }] of charts.entries()) {
      envelope.add(record.timeMs, valueText(cells[index] ?? null), record.record);
    }
    report(rowCount);
  }
  return {
    rowCount,
    span: rowCount === 0 ? null : { fromMs, untilMs },
    charts,
    chartsLeftOut: numeric.length - charts.length,
    fields,
    fieldsLeftOut: readable.length - fields.length,
    first,
    last: tail > 0 ? last.slice(-tail) : [],
  };
}
