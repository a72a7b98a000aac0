import { type AgentMemo, emptyAgentMemo, followAgent, rememberAgent } from "@tegata/collect";
import { agentReader } from "../collecting/agent-reader.ts";
import { openCollectorMetrics } from "../collecting/collector-metrics.ts";
import { lineOrders } from "../collecting/line-orders.ts";
import { type Ears, lineTeller, runCollector } from "../collecting/run-collector.ts";
import { trySource } from "../collecting/try-source.ts";
import { parseStepOption } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata collect mtconnect`: observations of an MTConnect agent, into a stream. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  const url = agentUrl(given.argument("url"));
  const intervalMs = parseStepOption("--interval", given.text("interval") ?? "1s");
  const label = given.argument("stream");
  return withGateway(context, async (gateway) => {
    const stream = await gateway.stream(label);
    const interpret = agentReader(lineOrders(given, stream, { column: "time", unit: "text" }));
    const metrics = context.dryRun ? null : await openCollectorMetrics(given, gateway);
    const tell = lineTeller(context, metrics);
    const follow = (collector: Ears<AgentMemo>, signal: AbortSignal): Promise<void> =>
      followAgent({ url, intervalMs, collector, tell, signal });
    const memo = { initial: emptyAgentMemo, fold: rememberAgent };
    if (context.dryRun) await trySource(context, interpret, memo, follow);
    else {
      context.say(words().collect.collecting(url, label));
      await runCollector<AgentMemo>(context, gateway, {
        ...{ kind: "mtconnect", source: [url], places: 1, stream, label, memo },
        ...{ interpret, tell, metrics, follow },
      });
    }
    return exitCodes.done;
  });
}

/** @throws CLI_USAGE */
function agentUrl(text: string): string {
  const url = URL.parse(text);
  const isWeb = url !== null && (url.protocol === "http:" || url.protocol === "https:");
  if (!isWeb || url.username !== "" || url.search !== "") {
    throw usageOf(words().collect.noAgent(text));
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
