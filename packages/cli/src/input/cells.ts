import { readingsOf } from "./date-order.ts";
import { hintOf } from "./hints.ts";
import { type InputProblem, type ProblemKind, problem } from "./problem.ts";
import { type Absent, absent, JsonNumber, type SourceCell, type SourceRow } from "./row.ts";
import type { Field, FieldType, StreamSchema } from "./schema.ts";
import { isTimeText } from "./time-text.ts";

/** A decimal as its source text. */
export type Decimal = readonly [string];

/** A value of a record. Source: docs/PROTOCOL.md 7.1. */
export type Cell = null | boolean | number | string | Uint8Array | Decimal | Absent;

/** Where each field of a schema stands among the columns of a file, as an index. */
export interface ColumnPlan {
  readonly schema: StreamSchema;
  readonly positions: readonly number[];
}

/** The cells of a row in the order of the schema's fields, or everything wrong with it. */
export type RowCells =
  | { readonly ok: true; readonly cells: readonly Cell[] }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** Characters of a decimal, and of an integer that is kept as one. Source: docs/PROTOCOL.md 7.1. */
export const decimalLengthMax = 128;

const integerText = /^-?\d+$/;
const decimalText = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Types the cells of a row. An empty text is empty text in a `text` field and null in any other, so
 * that both give an empty cell back.
 */
export function toCells(row: SourceRow, plan: ColumnPlan): RowCells {
  const cells: Cell[] = [];
  const problems: InputProblem[] = [];
  for (const [index, field] of plan.schema.fields.entries()) {
    const source = row.cells[plan.positions[index] ?? index] ?? null;
    const cell = toCell(source, field.type);
    if (cell === unfit) problems.push(misfit(row.line, field, source));
    else cells.push(cell);
  }
  return problems.length === 0 ? { ok: true, cells } : { ok: false, problems };
}

/** The texts of a row's cells, identical to those it was read from; absent and null are empty. */
export function fromCells(cells: readonly Cell[]): string[] {
  return cells.map(fromCell);
}

/** The text of one cell. */
export function fromCell(cell: Cell): string {
  if (cell === null || isAbsent(cell)) return "";
  if (typeof cell === "string") return cell;
  if (isDecimal(cell)) return cell[0];
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("base64");
  return String(cell);
}

/** True for a decimal. */
export function isDecimal(cell: Cell): cell is Decimal {
  return Array.isArray(cell) && cell.length === 1;
}

/** True for a field that the row does not have. */
export function isAbsent(cell: Cell): cell is Absent {
  return Array.isArray(cell) && cell.length === 0;
}

/** The answer for a source that does not fit the type; null is a value, so it cannot say that. */
export const unfit: unique symbol = Symbol("unfit");

/** One typed value, or {@link unfit}. */
export function toCell(source: SourceCell, type: FieldType): Cell | typeof unfit {
  if (source === null) return null;
  if (typeof source === "boolean") return type === "boolean" ? source : unfit;
  if (source instanceof JsonNumber) {
    return type === "integer" || type === "decimal" ? fromText(source.source, type) : unfit;
  }
  if (typeof source === "string") return fromText(source, type);
  return absent;
}

function fromText(text: string, type: FieldType): Cell | typeof unfit {
  if (text === "" && type !== "text") return null;
  switch (type) {
    case "text":
      return text.isWellFormed() ? text : unfit;
    case "integer":
      if (text.length > decimalLengthMax) return unfit;
      return integerText.test(text) ? integerOf(text) : unfit;
    case "decimal":
      if (text.length > decimalLengthMax) return unfit;
      return decimalText.test(text) ? [text] : unfit;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : unfit;
    case "time":
      return isTimeText(text) ? text : unfit;
    case "bytes": {
      const bytes = Buffer.from(text, "base64");
      return bytes.toString("base64") === text ? new Uint8Array(bytes) : unfit;
    }
  }
}

/** A number gives back its own text only in canonical form; `007` and `-0` keep theirs. */
function integerOf(text: string): number | Decimal {
  const value = Number(text);
  return Number.isSafeInteger(value) && String(value) === text ? value : [text];
}

/** The problem of a cell that does not fit its field. */
export function misfit(line: number, field: Field, source: SourceCell): InputProblem {
  const text = sourceText(source);
  const hint = hintOf(text, field.type);
  if (hint === "no-value" && field.type !== "text" && field.type !== "bytes") {
    return problem(line, field.name, hint, { type: field.type }, text);
  }
  if (hint === "time-order") {
    return problem(line, field.name, hint, { readings: readingsOf(text) }, text);
  }
  const kind: Exclude<ProblemKind, "no-value" | "time-order"> =
    hint === null || hint === "no-value" ? field.type : hint;
  return problem(line, field.name, kind as FieldType, null, text);
}

/** A source cell as it stood in the file, for messages. */
export function sourceText(source: SourceCell): string {
  if (source instanceof JsonNumber) return source.source;
  return Array.isArray(source) ? "" : String(source);
}
