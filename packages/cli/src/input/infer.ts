import type { RowFormat } from "./detect.ts";
import { type Header, readHeader } from "./header.ts";
import { JsonNumber, type ReadEvent, type SourceCell } from "./row.ts";
import {
  checkSchema,
  defaultFacet,
  type Field,
  type FieldType,
  type StreamSchema,
} from "./schema.ts";
import { isTimeText } from "./time-text.ts";

/** What a schema drawn from a file is called and how it is read. */
export interface InferOptions {
  readonly name: string;
  readonly zone: string;
  readonly format: RowFormat;
  /** Rows looked at; `Infinity` for the whole file, in constant memory all the same. */
  readonly rowCountMax: number;
}

/** Rows looked at unless the caller says otherwise. */
export const inferRowCountMax = 1000;

// A leading zero is a part number or a postcode more often than a quantity.
const integerLike = /^-?(?:0|[1-9]\d*)$/;
const decimalLike = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

type Guess = Extract<FieldType, "integer" | "decimal" | "boolean" | "time">;
const guesses: readonly Guess[] = ["integer", "decimal", "boolean", "time"];

/**
 * A schema that fits the rows it saw: the narrowest type of each column, units from the header, one
 * facet. A column without a value is text. Problems are passed over; the check of the file names them.
 * @throws CLI_SCHEMA_REFUSED for a column whose name is too long, CLI_INPUT_BROKEN from the reader
 */
export async function inferSchema(
  events: AsyncIterable<ReadEvent>,
  options: InferOptions,
): Promise<StreamSchema> {
  let columns: readonly string[] = [];
  const open: Set<Guess>[] = [];
  const filled = new Set<number>();
  let rows = 0;
  for await (const event of events) {
    if (event.type === "columns") {
      columns = event.columns;
      open.push(...columns.map(() => new Set(guesses)));
      if (options.format === "shdr") break;
    } else if (event.type === "row") {
      for (const [index, cell] of event.row.cells.entries()) {
        if (isEmpty(cell)) continue;
        filled.add(index);
        narrow(open[index], cell, options.format);
      }
      rows += 1;
      if (rows >= options.rowCountMax) break;
    }
  }
  const types = columns.map((_, index): FieldType => {
    // Values of one SHDR column come from many sensors: numbers here may be words tomorrow.
    if (options.format === "shdr") return index === 0 ? "time" : "text";
    if (!filled.has(index)) return "text";
    return guesses.find((guess) => open[index]?.has(guess)) ?? "text";
  });
  const fields = namesOf(columns).map(({ name, unit }, index): Field => {
    return { name, type: types[index] ?? "text", facet: 0, unit };
  });
  const { name, zone } = options;
  return checkSchema({ name, zone, kind: "rows", facets: [defaultFacet], fields });
}

/** Units come off the names unless that makes two columns the same. */
function namesOf(columns: readonly string[]): readonly Header[] {
  const headers = columns.map(readHeader);
  const counts = Map.groupBy(headers, (header) => header.name);
  return headers.map((header, index) => {
    const alone = (counts.get(header.name)?.length ?? 0) === 1;
    return alone ? header : { name: columns[index] ?? header.name, unit: null };
  });
}

function isEmpty(cell: SourceCell): boolean {
  return cell === null || cell === "" || Array.isArray(cell);
}

function narrow(open: Set<Guess> | undefined, cell: SourceCell, format: RowFormat): void {
  if (open === undefined) return;
  for (const guess of open) {
    if (!fits(cell, guess, format)) open.delete(guess);
  }
}

function fits(cell: SourceCell, guess: Guess, format: RowFormat): boolean {
  if (typeof cell === "boolean") return guess === "boolean";
  const isNumber = cell instanceof JsonNumber;
  const text = isNumber ? cell.source : String(cell);
  // JSON says itself what is a number; a string of digits there is meant as text.
  const mayBeNumber = isNumber || format !== "ndjson";
  switch (guess) {
    case "integer":
      return mayBeNumber && integerLike.test(text);
    case "decimal":
      return mayBeNumber && decimalLike.test(text);
    case "boolean":
      return format !== "ndjson" && (text === "true" || text === "false");
    case "time":
      return !isNumber && isTimeText(text);
  }
}
