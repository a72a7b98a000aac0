import { adapterWord, type Interpret, type Reading } from "@tegata/collect";
import { toJsonCells } from "../input/api-cells.ts";
import { planColumns } from "../input/header.ts";
import { parseJsonLine } from "../input/ndjson.ts";
import { type InputProblem, problem } from "../input/problem.ts";
import { absent, type ReadEvent, type SourceRow } from "../input/row.ts";
import { typeRow } from "../input/rows.ts";
import type { StreamSchema } from "../input/schema.ts";
import { observationsOf, shdrColumns } from "../input/shdr.ts";
import { localZone, type TimeSource, type TimeUnit } from "../input/time.ts";
import { problemLine, reportProblem } from "../print/error.ts";
import { englishWords, type Words, words } from "../words/catalogue.ts";

/** What a person said about the lines of a source. */
export interface LineOrders {
  readonly schema: StreamSchema;
  readonly zone: string;
  readonly renames: ReadonlyMap<string, string>;
  /** Column with the rows' times; null: rows have the time at which they were heard. */
  readonly time: { readonly column: string; readonly unit: TimeUnit } | null;
  readonly backfill: boolean;
}

/** Takes rows of texts apart by name and types them. */
export type RowReader = (row: SourceRow, heardMs: number) => Reading;

/**
 * Reads observations of an adapter: `time|item|value`. A line without a time was observed when it was heard.
 * @throws CLI_INPUT_BROKEN where the stream has other fields
 */
export function shdrReader(orders: LineOrders): Interpret {
  const read = rowReader(orders, shdrColumns);
  return ({ text, heardMs }) => {
    const word = adapterWord(text);
    if (word.type !== "line") return [misfitOf(({ collect }) => collect.misfit[word.type])];
    const line = word.text.startsWith("|")
      ? `${new Date(heardMs).toISOString()}${word.text}`
      : word.text;
    return [...observationsOf(line.split("|"), 1, line)].map((event) =>
      readEvent(event, read, heardMs),
    );
  };
}

/** Reads one JSON object a line. @throws CLI_INPUT_BROKEN */
export function jsonLineReader(orders: LineOrders): Interpret {
  const { schema, time } = orders;
  const names = schema.fields.map(({ name }) => name);
  const columns = time === null || names.includes(time.column) ? names : [...names, time.column];
  const read = rowReader(orders, columns);
  const known = new Set(columns);
  return ({ text, heardMs }) => {
    const word = adapterWord(text);
    if (word.type !== "line") return [misfitOf(({ collect }) => collect.misfit[word.type])];
    const parsed = parseJsonLine(word.text, 1);
    if (!parsed.ok) return [misfit([parsed.problem])];
    const unknown = [...parsed.row.keys()].find((key) => !known.has(key));
    if (unknown !== undefined) {
      return [misfit([problem(1, unknown, "field-unknown", { known: columns }, unknown)])];
    }
    const cells = columns.map((name) => {
      return parsed.row.has(name) ? (parsed.row.get(name) ?? null) : absent;
    });
    return [read({ line: 1, cells }, heardMs)];
  };
}

/**
 * Types rows of these columns for a stream.
 * @throws CLI_INPUT_BROKEN for a column the stream does not know, and for a field without one
 */
export function rowReader(orders: LineOrders, columns: readonly string[]): RowReader {
  const { schema, zone, renames, time, backfill } = orders;
  const timeColumn = time?.column ?? null;
  const plan = planColumns(columns, schema, { line: 1, renames, timeColumn });
  const position = columns.indexOf(timeColumn ?? "");
  const source: TimeSource =
    time === null || position === -1
      ? { type: "submission" }
      : { type: "column", name: time.column, position, unit: time.unit };
  const options = { source, zone, localZone: localZone(), backfill };
  return (row, heardMs) => {
    const input = typeRow(row, 0, plan, { ...options, nowMs: heardMs });
    if (input.type === "misfit") return misfit(input.problems);
    const { timeMs, cells, textBytes } = input.row;
    return { type: "row", row: { timeMs, cells: toJsonCells(schema.fields, cells) }, textBytes };
  };
}

function readEvent(event: ReadEvent, read: RowReader, heardMs: number): Reading {
  if (event.type === "row") return read(event.row, heardMs);
  return misfit(event.type === "problem" ? [event.problem] : []);
}

/** Something that is no row, with the reason in the words of people and of programs. */
export function misfitOf(why: (words: Words) => string): Reading {
  return { type: "misfit", why: { said: why(words()), english: why(englishWords) } };
}

/** There are no lines to count in what does not end. */
function misfit(problems: readonly InputProblem[]): Reading {
  return misfitOf((said) => {
    const lines = problems.map((found) => {
      const report = { ...reportProblem(found, said), place: null };
      return `${problemLine(report, said)} (${said.problemOf(found).next})`;
    });
    return lines.join("; ");
  });
}
