import { followPipe, type Interpret } from "@tegata/collect";
import type { GatewayClient } from "@tegata/gateway/client";
import { collectorLine } from "../collecting/collector-lines.ts";
import { lineOrders } from "../collecting/line-orders.ts";
import { jsonLineReader, shdrReader } from "../collecting/line-reader.ts";
import { timeColumnOf } from "../collecting/rows-plan.ts";
import { noMemo, runCollector, type SourceEvent } from "../collecting/run-collector.ts";
import { trySource } from "../collecting/try-source.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { schemaOfStream } from "./own-schema.ts";

/** Pipes into one stream at a time; what one of them left is sent by whichever comes next. */
const pipesMax = 16;

/** Whether standard input is taken line by line instead of whole. */
export function isPipe(given: Given): boolean {
  return given.flag("follow") || given.choice("format", ["csv", "ndjson", "shdr"]) === "shdr";
}

/** `tegata submit STREAM - --follow`: publishes lines as they come; the pipe need not end. */
export async function submitPipe(
  context: Context,
  given: Given,
  gateway: GatewayClient,
): Promise<ExitCode> {
  const { collect, data } = words();
  const startMs = performance.now();
  const label = given.argument("stream");
  const stream = await gateway.stream(label);
  const form = given.choice("format", ["csv", "ndjson", "shdr"]) ?? "ndjson";
  if (form === "csv") throw usageOf(collect.noHeaderInPipe);
  const column = form === "shdr" ? shdrTime : timeColumnOf(given, schemaOfStream(stream, "rows"));
  const orders = lineOrders(given, stream, column);
  const interpret: Interpret = form === "shdr" ? shdrReader(orders) : jsonLineReader(orders);
  const pipe = { chunks: context.world.stdin, form } as const;
  if (context.dryRun) {
    await trySource(context, interpret, noMemo, (ears, signal) => followPipe(pipe, ears, signal));
    return exitCodes.done;
  }
  // The result is one document at the end; what happens until then are messages.
  const tell = async (event: SourceEvent): Promise<void> => {
    if (event.event !== "status") context.warn(collectorLine(event).line);
  };
  const { rows, misfits } = await runCollector<null>(context, gateway, {
    ...{ kind: "pipe", source: [], places: pipesMax, stream, label, memo: noMemo },
    ...{ interpret, tell, metrics: null, follow: (ears, signal) => followPipe(pipe, ears, signal) },
  });
  // Told to stop, the pipe may go on: nobody reads it any more.
  context.world.stdin.destroy();
  const ms = Math.round(performance.now() - startMs);
  const document = {
    ...({ schema: "tegata.submit/1", stream: label, rows, misfits } as const),
    ...{ committed: false, ms },
  };
  const setAside = misfits === 0 ? [] : [collect.setAside(misfits)];
  await context.result(document, [data.accepted(rows, ms), ...setAside]);
  return misfits === 0 ? exitCodes.done : exitCodes.refused;
}

const shdrTime = { column: "time", unit: "text" } as const;
