import type { GatewayClient } from "@tegata/gateway/client";
import { createFile } from "../founding/home.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata proof`: a file that shows one record, or one field of it, to anybody. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const text = await withGateway(context, async (gateway) => {
    const stream = given.argument("stream");
    return gateway.proof({
      stream,
      record: given.argument("record"),
      facet: given.text("facet") ?? (await onlyFacet(gateway, stream)),
      field: given.text("field"),
    });
  });
  const out = given.text("out");
  if (out === null) {
    await context.out.write(text);
    return;
  }
  const path = context.path(out);
  await createFile(path, text);
  const document = { schema: "tegata.proof-file/1", file: path, bytes: text.length } as const;
  await context.result(document, [words().data.proofWritten(path)]);
}

/** The facet of a stream that has one which may be read. @throws CLI_USAGE, with the names of several */
async function onlyFacet(gateway: GatewayClient, stream: string): Promise<string> {
  const { facets } = await gateway.stream(stream);
  const names = facets.flatMap(({ name, readable }) => (readable && name !== null ? [name] : []));
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw usageOf(words().usage.missingFacet(names));
}
