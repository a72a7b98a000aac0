import type { Stream } from "@tegata/gateway/client";
import { schemaOfStream } from "../commands/own-schema.ts";
import { renamesOf } from "../commands/submit-options.ts";
import { rowsZoneOf } from "../commands/times.ts";
import type { Given } from "../program/given.ts";
import type { LineOrders } from "./line-reader.ts";

/**
 * Reads the options of a command that listens to a source whose rows have columns of fixed names.
 * @throws CLI_USAGE, CLI_STREAM_KIND
 */
export function lineOrders(given: Given, stream: Stream, time: LineOrders["time"]): LineOrders {
  const schema = schemaOfStream(stream, "rows");
  return {
    schema,
    zone: rowsZoneOf(given, schema),
    renames: renamesOf(given),
    time,
    backfill: given.flag("backfill"),
  };
}
