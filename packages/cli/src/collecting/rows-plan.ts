import type { Stream } from "@tegata/gateway/client";
import { schemaOfStream } from "../commands/own-schema.ts";
import { renamesOf, type WritingWish, writingOf, writingWish } from "../commands/submit-options.ts";
import { rowsZoneOf } from "../commands/times.ts";
import { checkTimeSaid } from "../input/counted-time.ts";
import { chooseForm } from "../input/form.ts";
import { headerLineMax } from "../input/header-line.ts";
import type { InputPlan, TimeChoice } from "../input/rows.ts";
import type { StreamSchema } from "../input/schema.ts";
import type { InputSource } from "../input/source.ts";
import { checkTimeWhole } from "../input/split-time.ts";
import { localZone } from "../input/time.ts";
import { timeFieldOf } from "../input/time-column.ts";
import type { Given } from "../program/given.ts";
import { usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** What a person said once for all files of a folder. */
export interface FileOrders {
  readonly schema: StreamSchema;
  readonly format: "csv" | "ndjson" | "shdr" | null;
  readonly encoding: "utf-8" | "cp932" | null;
  /** Line of the header of CSV files; null: it is found. */
  readonly header: number | null;
  readonly zone: string;
  readonly renames: ReadonlyMap<string, string>;
  /** Null: rows name no time. */
  readonly timeColumn: Extract<TimeChoice, { type: "column" }> | null;
  /** Whether a person named that column. */
  readonly isTimeSaid: boolean;
  readonly backfill: boolean;
  readonly skipInvalid: boolean;
  /** Whether all rows that are left out are listed. */
  readonly rejects: boolean;
  readonly writing: WritingWish;
}

/** Reads the options of a command that takes many files. @throws CLI_USAGE */
export function fileOrders(given: Given, stream: Stream): FileOrders {
  const schema = schemaOfStream(stream, "rows");
  const [skipInvalid, rejects] = [given.flag("skip-invalid"), given.flag("rejects")];
  if (rejects && !skipInvalid) {
    throw usageOf(words().usage.needs("--rejects", "--skip-invalid"));
  }
  return {
    schema,
    format: given.choice("format", ["csv", "ndjson", "shdr"]),
    encoding: given.choice("encoding", ["utf-8", "cp932"]),
    header: given.count("header", 1, headerLineMax),
    zone: rowsZoneOf(given, schema),
    renames: renamesOf(given),
    timeColumn: timeColumnOf(given, schema),
    isTimeSaid: given.text("time") !== null,
    backfill: given.flag("backfill"),
    ...{ skipInvalid, rejects },
    writing: writingWish(given),
  };
}

/** A column that was named, else the field that is plainly the time. */
export function timeColumnOf(given: Given, schema: StreamSchema): FileOrders["timeColumn"] {
  const column = given.text("time");
  const unit = given.choice("time-unit", ["text", "s", "ms", "excel"]) ?? "text";
  if (column !== null) return { type: "column", column, unit };
  const found = timeFieldOf(schema.fields);
  if (found !== null) return { type: "column", column: found, unit };
  const times = schema.fields.filter(({ type }) => type === "time");
  if (times.length === 0) return null;
  throw usageOf(words().collect.whichTime(times.map(({ name }) => name)));
}

/** How one file becomes rows; those that name no time get `timeMs`. */
export async function planOfFile(
  orders: FileOrders,
  source: InputSource,
  { timeMs, nowMs }: { readonly timeMs: number; readonly nowMs: number },
): Promise<InputPlan> {
  const { schema, timeColumn, renames, zone, backfill } = orders;
  const names = schema.fields.map(({ name }) => name);
  const isField = timeColumn === null || names.includes(timeColumn.column);
  const { form } = await chooseForm(source, {
    format: orders.format,
    encoding: orders.encoding,
    delimiter: null,
    fields: isField ? names : [...names, timeColumn.column],
    header: orders.header,
  });
  if (timeColumn === null) await checkTimeSaid({ source, form, schema, renames });
  else if (!orders.isTimeSaid) await checkTimeWhole({ source, form, renames }, timeColumn.column);
  return {
    writing: await writingOf(orders.writing, source, form),
    ...{ source, form, schema, renames, misfits: orders.skipInvalid ? "skip" : "refuse" },
    time: {
      source: timeColumn ?? { type: "steps", startMs: timeMs, stepMs: 0 },
      ...{ zone, localZone: localZone(), nowMs, backfill },
    },
  };
}
