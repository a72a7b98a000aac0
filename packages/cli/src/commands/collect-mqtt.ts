import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { emptyMqttMemo, followBroker, type MqttMemo, rememberMqtt } from "@tegata/collect";
import type { Stream } from "@tegata/gateway/client";
import { openCollectorMetrics } from "../collecting/collector-metrics.ts";
import { lineOrders } from "../collecting/line-orders.ts";
import type { LineOrders } from "../collecting/line-reader.ts";
import { messageReader, saysWhen } from "../collecting/message-reader.ts";
import { type Ears, lineTeller, runCollector } from "../collecting/run-collector.ts";
import { trySource } from "../collecting/try-source.ts";
import { CliError } from "../errors.ts";
import { readLine } from "../founding/home.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata collect mqtt`: messages of a broker, into a stream. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  const url = brokerUrl(given.argument("url"));
  const [password, authority] = [given.text("password-file"), given.text("ca")];
  const place = {
    ...{ url, topics: given.list("topic"), user: given.text("user") },
    password: password === null ? null : await readLine(context.path(password)),
    authority: authority === null ? null : await pemOf(context.path(authority)),
  };
  const label = given.argument("stream");
  return withGateway(context, async (gateway) => {
    const stream = await gateway.stream(label);
    const orders = ordersOf(given, stream);
    const interpret = messageReader(orders);
    const metrics = context.dryRun ? null : await openCollectorMetrics(given, gateway);
    const tell = lineTeller(context, metrics);
    const { nowMs } = context.world;
    const isTimed = saysWhen(orders);
    const follow = (collector: Ears<MqttMemo>, signal: AbortSignal): Promise<void> => {
      const clientId = context.dryRun ? null : clientIdOf(stream, url);
      return followBroker({
        place: { ...place, clientId },
        collector,
        isTimed,
        tell,
        nowMs,
        signal,
      });
    };
    const memo = { initial: emptyMqttMemo, fold: rememberMqtt };
    if (context.dryRun) await trySource(context, interpret, memo, follow);
    else {
      context.say(words().collect.collecting(url, label));
      await runCollector<MqttMemo>(context, gateway, {
        ...{ kind: "mqtt", source: [url], places: 1, stream, label, memo },
        ...{ interpret, tell, metrics, follow },
      });
    }
    return exitCodes.done;
  });
}

function ordersOf(given: Given, stream: Stream): LineOrders {
  const column = given.text("time");
  const unit = given.choice("time-unit", ["text", "s", "ms"]) ?? "text";
  return lineOrders(given, stream, column === null ? null : { column, unit });
}

/** The broker keeps what comes for whoever has this name: it follows from what is collected where. */
function clientIdOf(stream: Stream, url: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([stream.id, url]))
    .digest("hex");
  return `tegata-${hash.slice(0, 16)}`;
}

async function pemOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_UNREADABLE", { path, reason }, cause);
  }
}

/** Name and password would be seen by everybody on the machine. @throws CLI_USAGE */
function brokerUrl(text: string): string {
  const url = URL.parse(text);
  const isBroker = url !== null && (url.protocol === "mqtt:" || url.protocol === "mqtts:");
  if (!isBroker || url.hostname === "" || url.username !== "" || url.password !== "") {
    throw usageOf(words().collect.noBroker(text));
  }
  return `${url.protocol}//${url.host}`;
}
