import { type DateOrder, DateOrderFinder, type FoundOrder, withYearFirst } from "./date-order.ts";
import { type InputProblem, problem } from "./problem.ts";
import type { ReadEvent, SourceCell, SourceRow } from "./row.ts";
import type { FieldType } from "./schema.ts";

/** How dates and numbers of a file are written where that is not as they are published. */
export interface Writing {
  /** What a person said about all dates; null: the columns tell. */
  readonly dateOrder: DateOrder | null;
  /** Orders of dates by the columns in which some date has only one reading. */
  readonly foundOrders: ReadonlyMap<string, FoundOrder>;
  /** Whether a comma stands before the fraction of numbers. */
  readonly isDecimalComma: boolean;
}

/** A file whose numbers and dates are taken as they stand. */
export const plainWriting: Writing = {
  ...{ dateOrder: null, foundOrders: new Map(), isDecimalComma: false },
};

const commaNumber = /^-?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+),\d+(?:[eE][+-]?\d+)?$/;
const pointNumber = /^-?\d+(?:\.\d+)+(?:[eE][+-]?\d+)?$/;
const lengthMax = 128;

/** A number with a decimal comma as it is published, digit for digit; null for any other text. */
export function fromDecimalComma(text: string): string | null {
  if (text.length > lengthMax || !commaNumber.test(text)) return null;
  return text.replaceAll(".", "").replace(",", ".");
}

/** Looks at the dates in the first rows of a file. @throws what the reader throws */
export async function findDateOrders(
  events: AsyncIterable<ReadEvent>,
  rowCountMax: number,
): Promise<ReadonlyMap<string, FoundOrder>> {
  let columns: readonly string[] = [];
  let finders: readonly DateOrderFinder[] = [];
  let rows = 0;
  for await (const event of events) {
    if (event.type === "columns") {
      columns = event.columns;
      finders = columns.map(() => new DateOrderFinder());
    } else if (event.type === "row") {
      for (const [index, cell] of event.row.cells.entries()) {
        if (typeof cell === "string") finders[index]?.see(cell);
      }
      rows += 1;
      if (rows >= rowCountMax) break;
    }
  }
  const found = new Map<string, FoundOrder>();
  for (const [index, column] of columns.entries()) {
    const order = finders[index]?.found ?? null;
    if (order !== null) found.set(column, order);
  }
  return found;
}

/** A cell of which the type is yet to be found. */
export function rewriteCell(cell: SourceCell, writing: Writing): SourceCell {
  if (typeof cell !== "string") return cell;
  const number = writing.isDecimalComma ? fromDecimalComma(cell) : null;
  const date = writing.dateOrder === null ? null : withYearFirst(cell, writing.dateOrder);
  return number ?? date ?? cell;
}

/** A column whose cells may be written otherwise than they are published. */
export interface WrittenColumn {
  readonly position: number;
  readonly name: string;
  readonly type: Extract<FieldType, "integer" | "decimal" | "time">;
}

/** A row as it is published, or what cannot be read in it. */
export interface Rewritten {
  readonly row: SourceRow;
  readonly problems: readonly InputProblem[];
}

/** Rewrites dates with the year first and numbers with a point; all other cells stay as they are. */
export function rewrite(
  row: SourceRow,
  columns: readonly WrittenColumn[],
  writing: Writing,
): Rewritten {
  let cells: SourceCell[] | null = null;
  const problems: InputProblem[] = [];
  for (const { position, name, type } of columns) {
    const cell = row.cells[position];
    if (typeof cell !== "string" || cell === "") continue;
    if (type !== "time" && !writing.isDecimalComma) continue;
    if (type !== "time" && pointNumber.test(cell)) {
      problems.push(problem(row.line, name, "number-point", null, cell));
      continue;
    }
    const text = type === "time" ? dateOf(cell, name, writing) : fromDecimalComma(cell);
    if (text === null) continue;
    cells ??= [...row.cells];
    cells[position] = text;
  }
  return { row: cells === null ? row : { line: row.line, cells }, problems };
}

function dateOf(cell: string, column: string, writing: Writing): string | null {
  // Most times begin with their year, and need no second look.
  if (/^\d{4}[-/].*[\dZz]$/.test(cell) && !cell.includes("午")) return null;
  return withYearFirst(cell, writing.dateOrder ?? writing.foundOrders.get(column)?.order ?? null);
}
