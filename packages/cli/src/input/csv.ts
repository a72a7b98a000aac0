import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import type { CliError } from "../errors.ts";
import { broken, type Encoding, lineBytesMax, readCheckedBytes } from "./lines.ts";
import { problem } from "./problem.ts";
import type { Chunks, ReadEvent } from "./row.ts";

/** Columns a file may have; the same bound as the fields of a stream (docs/PROTOCOL.md 5.3). */
export const columnCountMax = 256;

/** What separates cells. */
export type Delimiter = "," | ";" | "\t";

/** A row of texts. */
interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** How a CSV file is written. */
export interface CsvOptions {
  readonly delimiter: Delimiter;
  readonly encoding: Encoding;
  /** Line of the header, from 1 (1); what stands above it is passed over. */
  readonly headerLine?: number;
}

/**
 * Rows of a CSV file with a header row, cells exactly as they stand after unquoting. LF and CRLF end
 * rows; blank lines are skipped unless there is one column only, where they are an empty cell.
 * A row with another number of cells than the header is a problem and the next one goes on.
 * Source: RFC 4180.
 * @throws CLI_INPUT_BROKEN for a bad header, quote, encoding or line
 */
export async function* readCsv(chunks: Chunks, options: CsvOptions): AsyncGenerator<ReadEvent> {
  const headerLine = options.headerLine ?? 1;
  // Counted while parsing: an error drops the records that are parsed and not yet taken.
  let line = headerLine;
  const firstLines: number[] = [];
  const parser = parse({
    bom: false,
    delimiter: options.delimiter,
    on_record: (cells) => {
      firstLines.push(line);
      line += linesOf(cells);
      return cells;
    },
    max_record_size: lineBytesMax,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
  });
  const bytes = Readable.from(readCheckedBytes(chunks, options.encoding, headerLine));
  // What fails in the pipeline reaches the loop below through the parser.
  const fed = pipeline(bytes, parser).catch(() => undefined);
  let columns: readonly string[] | null = null;
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>) {
      const row: CsvRow = { line: firstLines.shift() ?? line, cells };
      if (columns === null) {
        columns = headerOf(row);
        yield { type: "columns", line: row.line, columns };
      } else if (row.cells.length === columns.length) {
        yield { type: "row", row };
      } else if (!isBlank(row)) {
        yield raggedRow(row, columns);
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? brokenQuoting(error, line, headerLine) : error;
  } finally {
    parser.destroy();
    await fed;
  }
  if (columns === null) throw broken(headerLine, null, "no-header", null, "");
}

/** Lines a record took: its own, and one more for each line end inside a quoted cell. */
function linesOf(cells: readonly string[]): number {
  let count = 1;
  for (const cell of cells) {
    for (let at = cell.indexOf("\n"); at !== -1; at = cell.indexOf("\n", at + 1)) count += 1;
  }
  return count;
}

function isBlank({ cells }: CsvRow): boolean {
  return cells.length === 1 && cells[0] === "";
}

function raggedRow(
  { line, cells }: CsvRow,
  columns: readonly string[],
): Extract<ReadEvent, { type: "problem" }> {
  const got = `${cells.length}`;
  const detail = { expected: columns.length };
  return { type: "problem", problem: problem(line, null, "cell-count", detail, got) };
}

/**
 * The names of the columns, trimmed.
 * @throws CLI_INPUT_BROKEN for no name, a name with control characters, a name twice or too many
 */
function headerOf(row: CsvRow): readonly string[] {
  const { line, cells } = row;
  if (isBlank(row)) throw broken(line, null, "no-header", null, "");
  if (cells.length > columnCountMax) {
    throw broken(line, null, "column-count", { countMax: columnCountMax }, `${cells.length}`);
  }
  const names = new Set<string>();
  for (const [index, cell] of cells.entries()) {
    const name = cell.trim();
    if (name === "" || /\p{Cc}/u.test(name)) {
      throw broken(line, null, "column-name", { position: index + 1 }, cell);
    }
    if (names.has(name)) throw broken(line, name, "column-twice", null, name);
    names.add(name);
  }
  return [...names];
}

/** The record in which the parser stopped began at `line`. */
function brokenQuoting(
  error: CsvError,
  line: number,
  headerLine: number,
): CliError<"CLI_INPUT_BROKEN"> {
  switch (error.code) {
    case "CSV_MAX_RECORD_SIZE":
    case "CSV_QUOTE_NOT_CLOSED":
      return broken(line, null, "open-quote", null, "");
    default: {
      const column = typeof error.column === "number" ? error.column + 1 : null;
      const got = column === null ? "" : `${column}`;
      const at = typeof error.lines === "number" ? error.lines + headerLine - 1 : line;
      return broken(at, null, "quote", null, got);
    }
  }
}
