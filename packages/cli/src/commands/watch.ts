import { realpath } from "node:fs/promises";
import { join } from "node:path";
import {
  Delivery,
  FileMemory,
  Folder,
  makeShelves,
  takePlace,
  Watch,
  type WatchEvent,
} from "@tegata/collect";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import { openCollectorMetrics } from "../collecting/collector-metrics.ts";
import { fileReader } from "../collecting/file-reader.ts";
import { fileOrders } from "../collecting/rows-plan.ts";
import { watchLine } from "../collecting/watch-lines.ts";
import { homePaths } from "../founding/home.ts";
import { parseStepOption } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { printable } from "../print/printable.ts";
import { stopSignal } from "../process/stop-signal.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { epochLengths } from "./submit.ts";

/** `tegata watch`: publishes the files of a folder as they are finished. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  return withGateway(context, async (gateway) => {
    const stream = await gateway.stream(given.argument("stream"));
    return context.dryRun
      ? tryFiles(context, given, stream)
      : watch(context, given, gateway, stream);
  });
}

async function watch(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
): Promise<ExitCode> {
  const { collect } = words();
  const path = await realPath(context.path(given.argument("folder")));
  const name = given.argument("stream");
  const reader = readerOf(context, given, stream);
  const settleMs = parseStepOption("--settle", given.text("settle") ?? "5s");
  const root = homePaths(context.home).collect;
  const place = await takePlace(root, "folder", [path]);
  const signal = stopSignal();
  const metrics = await openCollectorMetrics(given, gateway);
  const tell = (event: WatchEvent): Promise<void> => {
    metrics?.take(event);
    return tellEvent(context, event);
  };
  try {
    await makeShelves(path);
    const memory = await FileMemory.open(join(place.folder, `${stream.id}.ndjson`));
    const watch = new Watch({
      ...{ folder: new Folder(path, settleMs), streamId: stream.id, memory, reader, signal, tell },
      delivery: new Delivery({ gateway, stream: name, tell, signal }),
      nowMs: context.world.nowMs,
    });
    context.say(collect.watching(printable(path), name));
    const once = given.flag("once");
    const { files, rows, refusedFiles, stuckFiles } = await watch
      .run({ once })
      .finally(() => memory.close());
    context.say(collect.total(files, rows, refusedFiles));
    return once && refusedFiles + stuckFiles > 0 ? exitCodes.refused : exitCodes.done;
  } finally {
    place.release();
  }
}

/** One folder has one name, however it is reached. */
async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Says what would happen to the files that are there. */
async function tryFiles(context: Context, given: Given, stream: Stream): Promise<ExitCode> {
  const { collect } = words();
  const path = context.path(given.argument("folder"));
  const view = await new Folder(path, 0).look();
  const reader = readerOf(context, given, stream);
  const [files, lines]: [object[], string[]] = [[], []];
  for (const file of view.type === "here" ? view.ready : []) {
    const reading = await reader.read(file);
    if (reading.type === "fits") {
      files.push({ file: file.name, fits: true, rows: reading.rows });
      lines.push(collect.wouldPublish(file.name, reading.rows));
      await reading.close();
    } else {
      const [text, error] = reading.type === "misfit" ? [reading.text, reading.report] : [[], null];
      files.push({ file: file.name, fits: false, error });
      lines.push(collect.wouldRefuse(file.name), ...text.map((line) => `  ${line}`.trimEnd()));
    }
  }
  await context.result({ schema: "tegata.watch/1", dryRun: true, files }, lines);
  return exitCodes.done;
}

function readerOf(context: Context, given: Given, stream: Stream) {
  const orders = fileOrders(given, stream);
  const epochLength = epochLengths[stream.epochLength];
  return fileReader({ orders, epochLength, nowMs: context.world.nowMs });
}

/** One line for each event: JSON for programs; for people what happened to a file, and else a message. */
async function tellEvent(context: Context, event: WatchEvent): Promise<void> {
  const { line, document, isResult } = watchLine(event);
  if (context.json) await context.out.write(`${JSON.stringify(document)}\n`);
  else if (isResult) await context.out.write(`${line}\n`);
  else context.warn(line);
}
