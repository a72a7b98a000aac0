import { type Cell, fromCell } from "../input/cells.ts";
import { byteOrderMark, csvRow } from "./csv.ts";
import { plainText } from "./formula.ts";
import { jsonRow } from "./json.ts";
import { fitTable, widthOf } from "./table.ts";
import type { Writer } from "./writer.ts";

/** Forms in which rows are written (`-o`). */
export const outputFormats = ["table", "json", "ndjson", "csv"] as const;

/** One of {@link outputFormats}. */
export type OutputFormat = (typeof outputFormats)[number];

/** A column of rows that are written. */
export interface OutputColumn {
  /** Name in JSON; the same in every language. */
  readonly key: string;
  /** Title in tables and CSV. */
  readonly title: string;
  readonly align: "left" | "right";
  /** In tables: never cut while another column can be. */
  readonly isWhole?: boolean;
  /** In tables that are too wide: a shorter way to write its cells. */
  readonly shorter?: (text: string) => string;
  /** In tables that are too wide: left out, because another column tells the same. */
  readonly isSpare?: boolean;
}

/** How rows are written. */
export interface RowsOutput {
  readonly format: OutputFormat;
  /** Whether CSV begins with a byte order mark. */
  readonly bom: boolean;
  /** Columns of the terminal, or null where nothing is cut. */
  readonly widthMax: number | null;
  readonly dress: (text: string) => string;
  /** Mark of the JSON document, such as `tegata.rows/1`. */
  readonly schema: string;
}

/** Rows by which a table settles its widths; the rest streams. */
const tableSampleRows = 1000;

/**
 * Writes rows as they come, in constant memory, and counts them. Stops without an error when nobody
 * reads any more.
 */
export async function printRows(
  writer: Writer,
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>,
  output: RowsOutput,
): Promise<number> {
  let rowCount = 0;
  const counted = async function* (): AsyncGenerator<readonly Cell[]> {
    for await (const row of rows) {
      rowCount += 1;
      yield row;
    }
  };
  for await (const text of textOf(columns, counted(), output)) {
    if (!(await writer.write(text))) break;
  }
  return rowCount;
}

function textOf(
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]>,
  output: RowsOutput,
): AsyncGenerator<string> {
  switch (output.format) {
    case "table":
      return tableText(columns, rows, output);
    case "json":
      return jsonText(columns, rows, output);
    case "ndjson":
      return ndjsonText(columns, rows);
    case "csv":
      return csvText(columns, rows, output);
  }
}

async function* csvText(
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]>,
  output: RowsOutput,
): AsyncGenerator<string> {
  // The mark says that a spreadsheet is to open the file: it must show texts of others, not run them.
  const dress = output.bom ? plainText : (text: string): string => text;
  yield (output.bom ? byteOrderMark : "") + csvRow(columns.map(({ title }) => dress(title)));
  for await (const row of rows) {
    yield csvRow(row.map((cell) => (typeof cell === "string" ? dress(cell) : fromCell(cell))));
  }
}

async function* ndjsonText(
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]>,
): AsyncGenerator<string> {
  const keys = columns.map(({ key }) => key);
  for await (const row of rows) yield `${jsonRow(keys, row)}\n`;
}

async function* jsonText(
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]>,
  output: RowsOutput,
): AsyncGenerator<string> {
  const keys = columns.map(({ key }) => key);
  let between = `{"schema":${JSON.stringify(output.schema)},"rows":[\n`;
  for await (const row of rows) {
    yield between + jsonRow(keys, row);
    between = ",\n";
  }
  yield between === ",\n" ? "\n]}\n" : `${between}]}\n`;
}

async function* tableText(
  columns: readonly OutputColumn[],
  rows: AsyncIterable<readonly Cell[]>,
  output: RowsOutput,
): AsyncGenerator<string> {
  let table: ((row: readonly string[]) => string) | null = null;
  let sample: string[][] = [];
  const begin = (): string => {
    const narrowed = narrow(columns, sample, output.widthMax);
    const fitted = fitTable(narrowed.columns, sample.map(narrowed.row), output.widthMax);
    const line = (row: readonly string[]): string => fitted.line(narrowed.row(row));
    const lines = [output.dress(fitted.titles), ...sample.map(line)];
    table = line;
    sample = [];
    return `${lines.join("\n")}\n`;
  };
  for await (const row of rows) {
    const texts = row.map(fromCell);
    if (table !== null) yield `${(table as (row: readonly string[]) => string)(texts)}\n`;
    else if (sample.push(texts) === tableSampleRows) yield begin();
  }
  if (table === null) yield begin();
}

/** Columns of a table that is too wide without the spare ones, its times in their short form. */
function narrow(
  columns: readonly OutputColumn[],
  sample: readonly (readonly string[])[],
  widthMax: number | null,
): {
  readonly columns: readonly OutputColumn[];
  readonly row: (row: readonly string[]) => readonly string[];
} {
  if (widthMax === null || widthOf(columns, sample) <= widthMax) {
    return { columns, row: (row) => row };
  }
  const kept = columns.flatMap((column, index) => (column.isSpare === true ? [] : [index]));
  return {
    columns: kept.flatMap((index) => columns[index] ?? []),
    row: (row) => {
      return kept.map((index) => {
        const { shorter = (text: string): string => text } = columns[index] ?? {};
        return shorter(row[index] ?? "");
      });
    },
  };
}
