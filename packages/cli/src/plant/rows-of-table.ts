import { setImmediate as turn } from "node:timers/promises";
import type { PlantTable } from "@tegata/gateway";
import type { SubmitRowsBody } from "@tegata/gateway/client";
import { type FileOrders, planOfFile } from "../collecting/rows-plan.ts";
import { schemaOfStream } from "../commands/own-schema.ts";
import { CliError } from "../errors.ts";
import { toJsonCells } from "../input/api-cells.ts";
import type { TypedRow } from "../input/batches.ts";
import { checkInput, type InputPlan, typedRows } from "../input/rows.ts";
import type { InputSource } from "../input/source.ts";
import { timeFieldOf } from "../input/time-column.ts";
import { usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

const chunkBytes = 65_536;

/**
 * All rows of a table, read as `tegata watch` reads a file; one more than are wanted where there are too many.
 * @throws CLI_ROWS_REFUSED and what else is wrong with a file
 */
export async function rowsOfTable(table: PlantTable): Promise<SubmitRowsBody["rows"]> {
  const { nowMs, rowsMax } = table;
  const orders = ordersOf(table);
  const plan = await planOfFile(orders, sourceOf(table), { timeMs: nowMs, nowMs });
  const rows: SubmitRowsBody["rows"] = [];
  let isFit = true;
  try {
    for await (const input of typedRows(plan)) {
      rows.push(input.type === "row" ? jsonRow(plan, input.row) : { timeMs: 0, cells: {} });
      isFit &&= input.type === "row";
      // Whether the rest fits is nobody's question, and to answer it takes most of a minute.
      if (rows.length > rowsMax) return rows;
    }
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "CLI_INPUT_BROKEN") throw error;
    isFit = false;
  }
  if (!isFit) await checkInput(plan);
  return rows;
}

function jsonRow(
  { schema }: InputPlan,
  { timeMs, cells }: TypedRow,
): SubmitRowsBody["rows"][number] {
  return { timeMs, cells: toJsonCells(schema.fields, cells) };
}

/** What nobody can say over HTTP is taken from the stream. */
function ordersOf({ stream, form, encoding }: PlantTable): FileOrders {
  const schema = schemaOfStream(stream, "rows");
  return {
    // A CSV file may turn out to be a workbook or in UTF-16: then it is told so.
    ...{
      schema,
      format: form === "csv" ? null : form,
      encoding,
      zone: schema.zone,
      renames: new Map(),
    },
    ...{ timeColumn: timeColumnOf(schema.fields), isTimeSaid: false, backfill: false },
    ...{ header: null, skipInvalid: false, rejects: false },
    writing: { dateOrder: null, isDecimalComma: false },
  };
}

function timeColumnOf(fields: Parameters<typeof timeFieldOf>[0]): FileOrders["timeColumn"] {
  const column = timeFieldOf(fields);
  if (column !== null) return { type: "column", column, unit: "text" };
  const times = fields.filter(({ type }) => type === "time");
  if (times.length === 0) return null;
  throw usageOf(words().collect.whichTime(times.map(({ name }) => name)));
}

/** The bytes as a file that nobody changes. */
function sourceOf({ bytes, form }: PlantTable): InputSource {
  const close = async (): Promise<void> => undefined;
  return {
    ...{ path: form.toUpperCase(), name: `rows.${form}`, sizeBytes: bytes.byteLength },
    async *read() {
      for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
        yield bytes.subarray(at, at + chunkBytes);
        // Everything else the gateway does goes on in between.
        await turn();
      }
    },
    head: async (bytesMax) => bytes.subarray(0, bytesMax),
    checkUnchanged: async () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}
