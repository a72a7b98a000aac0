import { dateOrders } from "../input/date-order.ts";
import { inferRowCountMax } from "../input/infer.ts";
import type { ReadEvent } from "../input/row.ts";
import { type RowForm, readRows, type TimeChoice } from "../input/rows.ts";
import type { StreamSchema } from "../input/schema.ts";
import type { InputSource } from "../input/source.ts";
import { parseStepOption, parseTimeOption } from "../input/time.ts";
import { timeFieldOf } from "../input/time-column.ts";
import { findDateOrders, type Writing } from "../input/writing.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { rowsZoneOf } from "./times.ts";

/**
 * Where the rows' times come from: a column, steps from a start, or the moment of submission. A stream
 * with one field that is plainly the time takes that where nothing was said.
 * @throws CLI_USAGE, CLI_TIME_REFUSED
 */
export function timeChoice(given: Given, schema: StreamSchema): TimeChoice {
  const { usage } = words();
  const column = given.text("time");
  const start = given.text("time-start");
  const step = given.text("time-step");
  if (column !== null && start !== null) throw usageOf(usage.together("--time", "--time-start"));
  if (start !== null && step === null) throw usageOf(usage.needs("--time-start", "--time-step"));
  if (step !== null && start === null) throw usageOf(usage.needs("--time-step", "--time-start"));
  const unit = given.choice("time-unit", ["text", "s", "ms", "excel"]) ?? "text";
  if (column !== null) return { type: "column", column, unit };
  if (start !== null && step !== null) {
    const zone = rowsZoneOf(given, schema);
    const startMs = parseTimeOption("--time-start", start, zone);
    return { type: "steps", startMs, stepMs: parseStepOption("--time-step", step) };
  }
  const found = timeFieldOf(schema.fields);
  return found === null ? { type: "submission" } : { type: "column", column: found, unit };
}

/**
 * How the file writes dates and numbers: as was said, else as its first rows tell.
 * @throws CLI_USAGE, and what reading the file throws
 */
export async function writingOf(
  wish: WritingWish,
  source: Pick<InputSource, "read">,
  form: RowForm,
): Promise<Writing> {
  const { dateOrder, isDecimalComma } = wish;
  const isTold = dateOrder !== null || form.format === "shdr";
  const events = isTold ? noRows() : readRows(source.read(), form);
  return {
    ...{ dateOrder, isDecimalComma },
    foundOrders: await findDateOrders(events, inferRowCountMax),
  };
}

/** What a person said about how dates and numbers are written. */
export type WritingWish = Pick<Writing, "dateOrder" | "isDecimalComma">;

/** `--date-order dmy` and `--decimal comma`. @throws CLI_USAGE */
export function writingWish(given: Given): WritingWish {
  return {
    dateOrder: given.choice("date-order", dateOrders),
    isDecimalComma: given.choice("decimal", ["point", "comma"]) === "comma",
  };
}

async function* noRows(): AsyncGenerator<ReadEvent> {}

/** `--map value=celsius`: the field `value` stands in the column `celsius`. @throws CLI_USAGE */
export function renamesOf(given: Given): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const text of given.list("map")) {
    const at = text.indexOf("=");
    if (at < 1 || at === text.length - 1) {
      throw usageOf(words().usage.choice("--map", text, ["FIELD=COLUMN"]));
    }
    renames.set(text.slice(at + 1), text.slice(0, at));
  }
  return renames;
}
