import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import { toJsonCells } from "../input/api-cells.ts";
import { sampleBytesMax } from "../input/detect.ts";
import { documentCells, readDocument } from "../input/document.ts";
import { refuseSecret } from "../input/form.ts";
import { type InputSource, stdinPath } from "../input/source.ts";
import { parseStepOption } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { bytes } from "../print/human.ts";
import { interruptible } from "../process/interruption.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { schemaOfStream } from "./own-schema.ts";
import { rowsToldBy } from "./settling.ts";
import { type Load, publish } from "./submissions.ts";

/**
 * Publishes a file as a document. Its time is when the file last changed, so that a repeated run gives
 * the same rows; the same file is published once.
 */
export async function submitDocument(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  { stream, source }: { readonly stream: Stream; readonly source: InputSource },
): Promise<ExitCode> {
  const { data } = words();
  const startMs = performance.now();
  const schema = schemaOfStream(stream, "documents");
  const name = given.text("name") ?? source.name;
  const label = given.argument("stream");
  refuseSecret(source, await source.head(sampleBytesMax));
  if (context.dryRun) {
    const size = source.sizeBytes;
    const document = {
      schema: "tegata.submit/1",
      dryRun: true,
      stream: label,
      name,
      bytes: size,
    } as const;
    await context.result(document, [data.documentDry(name, bytes(size), label)]);
    return exitCodes.done;
  }
  const document = await documentId(stream.id, name, source);
  const timeMs = await timeOf(context, source);
  const loads = async function* (): AsyncGenerator<Load> {
    for await (const row of readDocument(source.read(), { document, name })) {
      await source.checkUnchanged();
      const cells = toJsonCells(schema.fields, documentCells(row));
      yield {
        body: { rows: [{ timeMs, cells }], backfill: true },
        key: `${document}.${row.index}`,
      };
    }
  };
  const wait = !given.flag("no-wait");
  const timeoutMs = parseStepOption("--timeout", given.text("timeout") ?? "60s");
  const ending = await interruptible((signal) => {
    const report = (): void => undefined;
    const how = { wait, timeoutMs, report, signal, asksTwice: false };
    const publishing = publish(gateway, label, loads(), how);
    const say = (text: string): void => context.say(text);
    return wait ? rowsToldBy(say, gateway, publishing) : publishing;
  });
  // A document that came before is waited for as any other: it is one, however often it is sent.
  if (ending.type !== "done") {
    const isWhole = ending.type === "stopped" && ending.isWhole;
    context.warn(isWhole ? data.stoppedDocument(name) : data.stoppedInDocument(name));
    return exitCodes.interrupted;
  }
  const ms = performance.now() - startMs;
  const { published } = ending;
  const { heightLast, replayedRows } = published;
  const result = {
    schema: "tegata.submit/1",
    stream: label,
    document,
    name,
    bytes: source.sizeBytes,
    ...published,
    committed: wait,
    ms: Math.round(ms),
  } as const;
  await context.result(result, [
    data.documentPublished(name, heightLast, ms),
    ...(replayedRows === 0 ? [] : [data.before(replayedRows)]),
  ]);
  return exitCodes.done;
}

/** 16 bytes in hex that follow from stream, name and content. */
async function documentId(stream: string, name: string, source: InputSource): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([stream, name]));
  for await (const chunk of source.read()) hash.update(chunk);
  return hash.digest("hex").slice(0, 32);
}

async function timeOf(context: Context, source: InputSource): Promise<number> {
  const nowMs = context.world.nowMs();
  if (source.path === stdinPath) return nowMs;
  const { mtimeMs } = await stat(source.path);
  return Math.max(0, Math.min(Math.floor(mtimeMs), nowMs));
}
