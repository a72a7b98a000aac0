import type { GatewayClient, StreamEvent } from "@tegata/gateway/client";
import { fromJsonCells } from "../input/api-cells.ts";
import { fromCell } from "../input/cells.ts";
import { localZone } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import { shellWord } from "../print/shell.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { followed } from "./following.ts";
import { withGateway } from "./gateway.ts";
import { recordJson } from "./query.ts";

/** `tegata follow`: records as they arrive, until Ctrl-C or `--count`. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  return withGateway(context, (gateway) => follow(context, given, gateway));
}

async function follow(context: Context, given: Given, gateway: GatewayClient): Promise<ExitCode> {
  const { data } = words();
  const name = given.argument("stream");
  const { fields } = await gateway.stream(name);
  const from = given.text("from");
  const query = { stream: name, types: "record,gap", ...(from === null ? {} : { cursor: from }) };
  const stop = stopSignal();
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);
  let left = given.count("count", 1, 1e9) ?? Number.POSITIVE_INFINITY;
  let last = from;
  for await (const { cursor, event } of followed(context, gateway, query, signal)) {
    last = cursor;
    if (event.type !== "record") continue;
    const line = context.json ? recordJson(fields, event.record) : recordLine(fields, event.record);
    left -= 1;
    if (!(await context.out.write(`${line}\n`)) || left <= 0) ended.abort();
  }
  if (stop.aborted && last !== null) {
    context.say(data.goOn(`tegata follow ${shellWord(name)} --from ${last}`));
  }
  return stop.aborted ? exitCodes.interrupted : exitCodes.done;
}

type Record = Extract<StreamEvent, { type: "record" }>["record"];

/** `1204.0.17  2026-11-24 18:00:05 +09:00  speed=1551  torque=42.8`. */
function recordLine(
  fields: Parameters<typeof recordJson>[0],
  { record, timeMs, cells }: Record,
): string {
  const known = fields.filter(({ name }) => Object.hasOwn(cells, name));
  const values = fromJsonCells(known, cells).map((cell, index) => {
    return `${printable(known[index]?.name ?? "")}=${printable(fromCell(cell))}`;
  });
  return [record, dateTime(timeMs, localZone()), ...values].join("  ");
}
