import { followAdapter, type HostPort } from "@tegata/collect";
import { openCollectorMetrics } from "../collecting/collector-metrics.ts";
import { lineOrders } from "../collecting/line-orders.ts";
import { shdrReader } from "../collecting/line-reader.ts";
import { type Ears, lineTeller, noMemo, runCollector } from "../collecting/run-collector.ts";
import { trySource } from "../collecting/try-source.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata collect shdr`: what an MTConnect adapter says, into a stream. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  const address = hostPort(given.argument("address"));
  const source = `${address.host}:${address.port}`;
  const label = given.argument("stream");
  return withGateway(context, async (gateway) => {
    const stream = await gateway.stream(label);
    const interpret = shdrReader(lineOrders(given, stream, { column: "time", unit: "text" }));
    const metrics = context.dryRun ? null : await openCollectorMetrics(given, gateway);
    const tell = lineTeller(context, metrics);
    const follow = (collector: Ears<null>, signal: AbortSignal): Promise<void> =>
      followAdapter({ address, collector, tell, signal });
    if (context.dryRun) await trySource(context, interpret, noMemo, follow);
    else {
      context.say(words().collect.collecting(source, label));
      await runCollector(context, gateway, {
        ...{ kind: "shdr", source: [source], places: 1, stream, label, memo: noMemo },
        ...{ interpret, tell, metrics, follow },
      });
    }
    return exitCodes.done;
  });
}

/** `10.0.0.7:7878`, `adapter.line:7878` or `[fd00::7]:7878`. @throws CLI_USAGE */
function hostPort(text: string): HostPort {
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535)
    throw usageOf(words().collect.noAddress(text));
  return { host, port };
}
