import { CliError } from "../errors.ts";
import { misfit } from "./cells.ts";
import { type ColumnGuess, ColumnGuesser } from "./column-guess.ts";
import type { FoundOrder } from "./date-order.ts";
import type { RowFormat } from "./detect.ts";
import { type Header, readHeader } from "./header.ts";
import type { InputProblem } from "./problem.ts";
import type { ReadEvent } from "./row.ts";
import { checkSchema, defaultFacet, type Field, type StreamSchema } from "./schema.ts";
import { plainWriting, rewriteCell, type Writing } from "./writing.ts";

/** What a schema drawn from a file is called and how it is read. */
export interface InferOptions {
  readonly name: string;
  readonly zone: string;
  readonly format: RowFormat;
  /** How the file writes dates and numbers; left out: as they are published. */
  readonly writing?: Writing;
  /** Rows looked at; `Infinity` for the whole file, in constant memory all the same. */
  readonly rowCountMax: number;
}

/** Rows looked at unless the caller says otherwise. */
export const inferRowCountMax = 1000;

/** A schema drawn from a file, and what a person should know before using it. */
export interface SchemaDraft {
  readonly schema: StreamSchema;
  /** Of each field by its name: the first value in the file. */
  readonly examples: ReadonlyMap<string, string>;
  /** Fields of type time whose values all say their zone. */
  readonly zoned: ReadonlySet<string>;
  /** Rows that were looked at. */
  readonly rowCount: number;
  /** Line of the first row, from 1. */
  readonly firstLine: number;
  /** The first cell of each field that does not fit, though most do. */
  readonly misfits: readonly InputProblem[];
  /** Orders of dates by the fields whose values tell them. */
  readonly dateOrders: ReadonlyMap<string, FoundOrder>;
  /** Text fields that look like times, each with a value that cannot be read as one. */
  readonly unreadTimes: readonly UnreadTime[];
}

/** A value that looks like a time. */
export interface UnreadTime {
  readonly field: string;
  readonly line: number;
  readonly text: string;
}

/**
 * A schema that fits the rows it saw: the narrowest type of each column, units from the header, one
 * facet. A column without a value is text; one of numbers or times keeps its type where some cells are
 * words such as `#N/A` or numbers such as `1,5`, which are told. Other problems are passed over; the
 * check of the file names them.
 * @throws CLI_SCHEMA_REFUSED for a column whose name is too long, CLI_INPUT_BROKEN from the reader
 */
export async function inferSchema(
  events: AsyncIterable<ReadEvent>,
  options: InferOptions,
): Promise<SchemaDraft> {
  let columns: readonly string[] = [];
  let guessers: readonly ColumnGuesser[] = [];
  const { writing = plainWriting } = options;
  let rows = 0;
  let firstLine = 1;
  let broken: InputProblem | null = null;
  for await (const event of events) {
    if (event.type === "columns") {
      columns = event.columns;
      guessers = columns.map(() => new ColumnGuesser(options.format));
    } else if (event.type === "problem") {
      broken ??= event.problem;
    } else {
      const { line, cells } = event.row;
      if (rows === 0) firstLine = line;
      for (const [index, cell] of cells.entries()) {
        guessers[index]?.see(line, rewriteCell(cell, writing));
      }
      rows += 1;
      if (rows >= options.rowCountMax) break;
    }
  }
  if (columns.length === 0 && broken !== null) {
    throw new CliError("CLI_INPUT_BROKEN", { problem: broken });
  }
  const guesses = guessers.map((guesser, index): ColumnGuess => {
    const guess = guesser.guess();
    // Values of one SHDR column come from many sensors: numbers here may be words tomorrow.
    if (options.format !== "shdr") return guess;
    return { ...guess, type: index === 0 ? "time" : "text", odd: null, timely: null };
  });
  return { ...draftOf(columns, guesses, options), firstLine, rowCount: rows };
}

function draftOf(
  columns: readonly string[],
  guesses: readonly ColumnGuess[],
  { name, zone }: InferOptions,
): Omit<SchemaDraft, "firstLine" | "rowCount"> {
  const examples = new Map<string, string>();
  const zoned = new Set<string>();
  const misfits: InputProblem[] = [];
  const fields: Field[] = [];
  const dateOrders = new Map<string, FoundOrder>();
  const unreadTimes: UnreadTime[] = [];
  for (const [index, header] of namesOf(columns).entries()) {
    const guess = guesses[index];
    if (guess === undefined) continue;
    const field = { name: header.name, type: guess.type, facet: 0, unit: header.unit };
    fields.push(field);
    examples.set(field.name, guess.example);
    if (guess.type === "time" && guess.isZoned) zoned.add(field.name);
    if (guess.dateOrder !== null) dateOrders.set(field.name, guess.dateOrder);
    if (guess.timely !== null) unreadTimes.push({ field: field.name, ...guess.timely });
    if (guess.odd !== null) misfits.push(misfit(guess.odd.line, field, guess.odd.text));
  }
  const schema = checkSchema({ name, zone, kind: "rows", facets: [defaultFacet], fields });
  return { schema, examples, zoned, misfits, dateOrders, unreadTimes };
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
