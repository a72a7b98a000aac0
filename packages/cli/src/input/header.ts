import type { ColumnPlan } from "./cells.ts";
import { broken } from "./lines.ts";
import type { Field, StreamSchema } from "./schema.ts";

/** Name and unit of a column. */
export interface Header {
  readonly name: string;
  readonly unit: string | null;
}

// Square brackets hold units; round ones hold remarks too, so only what looks like a unit counts.
const bracketed = /^(.*\S)\s*[[［]\s*([^[\]［］]{1,16}?)\s*[\]］]$/u;
const parenthesised = /^(.*\S)\s*[(（]\s*([\p{L}\p{No}µ°%‰Ω℃℉/·*^0-9-]{1,6})\s*[)）]$/u;

/** Takes a unit such as `[K]` or `(mm)` off the end of a column's name. */
export function readHeader(column: string): Header {
  const [, name, unit] = bracketed.exec(column) ?? parenthesised.exec(column) ?? [];
  return name === undefined || unit === undefined ? { name: column, unit: null } : { name, unit };
}

/** The column of a field in a file we write: `Torque [Nm]`. */
export function headerText(field: Pick<Field, "name" | "unit">): string {
  return field.unit === null ? field.name : `${field.name} [${field.unit}]`;
}

/** Options of {@link planColumns}. */
export interface PlanOptions {
  /** Line of the header. */
  readonly line: number;
  /** Names of fields by the columns that carry them under another name. */
  readonly renames: ReadonlyMap<string, string>;
  /** A column that gives the rows their times and need not be a field; null: there is none. */
  readonly timeColumn: string | null;
}

/**
 * Finds the column of every field: by its name, or by its name with a unit behind it.
 * @throws CLI_INPUT_BROKEN for a column the schema does not know, and for a field without a column
 */
export function planColumns(
  columns: readonly string[],
  schema: StreamSchema,
  { line, renames, timeColumn }: PlanOptions,
): ColumnPlan {
  const fields = new Map(schema.fields.map((field, index) => [field.name, index]));
  const known = schema.fields.map((field) => field.name);
  const found = new Map<number, number>();
  for (const [position, column] of columns.entries()) {
    const named = renames.get(column) ?? column;
    const index = fields.get(named) ?? fields.get(readHeader(named).name);
    if (index === undefined && column === timeColumn) continue;
    if (index === undefined) throw broken(line, column, "column-unknown", { known }, column);
    if (found.has(index)) throw broken(line, column, "column-twice", null, column);
    found.set(index, position);
  }
  const positions = known.map((name, index) => {
    const position = found.get(index);
    if (position !== undefined) return position;
    throw broken(line, name, "column-missing", null, columns.join(", "));
  });
  return { schema, positions };
}
