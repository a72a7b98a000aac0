import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Document, GatewayClient, Stream } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { safeFileName } from "../input/document.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** Lists the documents of a stream. */
export async function documentsOf(
  context: Context,
  gateway: GatewayClient,
  stream: string,
): Promise<void> {
  const { data, sharing } = words();
  const items = await gateway.documents(stream);
  const columns = [
    { title: data.document, align: "left" },
    { title: data.bytes, align: "right" },
    { title: data.complete, align: "left" },
  ] as const;
  const rows = items.map(({ name, bytes, complete }) => {
    return [name, `${bytes}`, complete ? sharing.yes : sharing.no];
  });
  await context.result({ schema: "tegata.documents/1", items }, context.table(columns, rows));
}

/**
 * Fetches one document, whole or not at all: the bytes that were published.
 * @throws CLI_DOCUMENT_NOT_FOUND, CLI_STREAM_KIND, CLI_FILE_NOT_WRITTEN
 */
export async function fetchDocument(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
): Promise<void> {
  const name = given.argument("stream");
  const wanted = given.required("document");
  if (stream.kind === "rows") throw new CliError("CLI_STREAM_KIND", { stream: name, kind: "rows" });
  const found = newest(await gateway.documents(name), wanted);
  if (found === null) {
    throw new CliError("CLI_DOCUMENT_NOT_FOUND", { stream: name, document: wanted });
  }
  const bytes = Readable.from(gateway.document(name, found.document));
  const out = given.text("out");
  if (out === "-" || (out === null && context.world.stdout.isTTY !== true)) {
    await pipeline(bytes, context.world.stdout, { end: false });
    return;
  }
  const path = context.path(out ?? safeFileName(found.name));
  await writeNew(path, bytes);
  const { size } = await stat(path);
  const document = { schema: "tegata.document/1", ...found, bytes: size, file: path } as const;
  await context.result(document, [words().data.fetched(found.name, path)]);
}

/** The document of this id, or the last complete one of this name. */
function newest(items: readonly Document[], wanted: string): Document | null {
  const fits = items.filter(({ complete, document, name }) => {
    return complete && (document === wanted || name === wanted);
  });
  return fits.sort((a, b) => b.height - a.height)[0] ?? null;
}

/** Writes under another name first, so that half a document is never taken for one. */
async function writeNew(path: string, bytes: Readable): Promise<void> {
  const refuse = (reason: string, cause?: unknown): CliError => {
    return new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
  };
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw refuse("EEXIST");
  const draft = `${path}.part-${process.pid}`;
  try {
    await pipeline(bytes, createWriteStream(draft, { flags: "wx" }));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const { syscall, code = "unknown" } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : refuse(code, error);
  }
}
