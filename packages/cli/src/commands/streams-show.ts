import type { Grant, Stream } from "@tegata/gateway/client";
import { localZone } from "../input/time.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { fromText, streamLabel, untilText } from "./stream-text.ts";

/** `tegata streams show`: fields, facets and readers of a stream. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = given.argument("name");
  const { stream, grants } = await withGateway(context, async (gateway) => {
    const found = await gateway.stream(name);
    return { stream: found, grants: found.mine ? await gateway.grants(name) : [] };
  });
  const lines = [
    ...headLines(context, stream),
    "",
    ...fieldLines(context, stream),
    ...(grants.length === 0 ? [] : ["", ...grantLines(context, grants)]),
  ];
  await context.result({ schema: "tegata.stream/1", stream, grants }, lines);
}

function headLines(context: Context, stream: Stream): readonly string[] {
  const { purging, sharing } = words();
  const readable = stream.facets.filter((facet) => facet.readable);
  const names = readable.flatMap(({ name }) => (name === null ? [] : [name]));
  return [
    context.paint("title", streamLabel(stream)),
    `${sharing.owner}: ${stream.owner.name} (${stream.owner.handle})`,
    `${sharing.category}: ${stream.category}`,
    `${sharing.readable}: ${stream.mine ? sharing.always : names.join(", ") || sharing.no}`,
    `${sharing.written}: ${sharing.batches(stream.batches)}`,
    ...(stream.deletedBatches === 0
      ? []
      : [`${purging.deletedTitle}: ${sharing.batches(stream.deletedBatches)}`]),
  ];
}

/** Table of the fields with facet, type and unit. */
export function fieldLines(context: Context, stream: Pick<Stream, "fields">): readonly string[] {
  const { sharing } = words();
  const titles = [sharing.field, sharing.type, sharing.unit, sharing.facet];
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  const rows = stream.fields.map(({ name, type, unit, facet }) => [name, type, unit ?? "", facet]);
  return context.table(columns, rows);
}

function grantLines(context: Context, grants: readonly Grant[]): readonly string[] {
  const { sharing } = words();
  const zone = localZone();
  const titles = [sharing.company, sharing.facets, sharing.from, sharing.until, sharing.state];
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  const rows = grants.map((grant) => [
    grant.to.name,
    grant.facets.join(", "),
    fromText(grant.from, zone),
    untilText(grant.until, zone),
    grant.state === "live" ? sharing.live : sharing.ended,
  ]);
  return context.table(columns, rows);
}
