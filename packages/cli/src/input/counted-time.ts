import { CliError } from "../errors.ts";
import { isSerialDay } from "./hints.ts";
import { JsonNumber, type SourceCell } from "./row.ts";
import { type InputPlan, readRows } from "./rows.ts";
import type { Field } from "./schema.ts";
import type { TimeUnit } from "./time.ts";
import { isPlainTimeName, isTimeName } from "./time-column.ts";

/** How a column of numbers counts time. */
export type CountedUnit = Exclude<TimeUnit, "text">;

/** Rows from which it is told. */
const rowCountMax = 20;

/** How a number counts time, of the years 2001 to 2286 or as a spreadsheet's day; null: it plainly counts none. */
export function countedUnit(text: string): CountedUnit | null {
  if (isSerialDay(text)) return "excel";
  const digits = /^([1-9]\d*)(?:\.\d+)?$/.exec(text)?.[1]?.length;
  return digits === 10 ? "s" : digits === 13 ? "ms" : null;
}

/**
 * Refuses rows that nobody gave a time while a column of numbers plainly holds theirs: they would silently get
 * the time of submission instead.
 * @throws CLI_TIME_UNSAID
 */
export async function checkTimeSaid({
  source,
  form,
  schema,
  renames,
}: Pick<InputPlan, "source" | "form" | "schema" | "renames">): Promise<void> {
  const fields = schema.fields.filter(mayCountTime);
  if (fields.length === 0) return;
  let columns: readonly string[] = [];
  const seen = new Map<string, string[]>();
  let rows = 0;
  for await (const event of readRows(source.read(), form)) {
    if (event.type === "columns") columns = event.columns.map((name) => renames.get(name) ?? name);
    if (event.type !== "row") continue;
    for (const { name } of fields) {
      const text = textOf(event.row.cells[columns.indexOf(name)] ?? null);
      if (text !== "") seen.set(name, [...(seen.get(name) ?? []), text]);
    }
    rows += 1;
    if (rows === rowCountMax) break;
  }
  for (const [column, texts] of seen) {
    const [example = ""] = texts;
    const unit = countedUnit(example);
    const isOne = texts.every((text) => countedUnit(text) === unit);
    // What counts days in one file may count parts in another: only a name that says time and no more tells.
    const isPlain = unit !== "excel" || isPlainTimeName(column);
    if (unit === null || !isOne || !isPlain) continue;
    throw new CliError("CLI_TIME_UNSAID", { path: source.path, column, unit, example });
  }
}

function mayCountTime({ name, type }: Field): boolean {
  return (type === "integer" || type === "decimal") && isTimeName(name);
}

function textOf(cell: SourceCell): string {
  return cell instanceof JsonNumber ? cell.source : typeof cell === "string" ? cell : "";
}
