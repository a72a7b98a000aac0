import type { Stream } from "@tegata/gateway/client";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { streamLabel } from "./stream-text.ts";

/** `tegata streams list`: own streams and readable ones of others. */
export async function run(context: Context): Promise<undefined> {
  const { sharing } = words();
  const streams = await withGateway(context, (gateway) => gateway.streams());
  const known = streams.filter((stream) => stream.name !== null);
  const sealed = streams.length - known.length;
  const titles = [sharing.stream, sharing.kind, sharing.category, sharing.facets, sharing.readable];
  const columns = [
    ...titles.map((title) => ({ title, align: "left" }) as const),
    { title: sharing.written, align: "right" } as const,
  ];
  const rows = known.map((stream) => [
    streamLabel(stream),
    sharing.kinds[stream.kind ?? "rows"],
    stream.category,
    facetNames(stream, () => true),
    stream.mine ? sharing.always : readableText(stream),
    sharing.batches(stream.batches),
  ]);
  const lines = rows.length === 0 ? [] : context.table(columns, rows);
  await context.result({ schema: "tegata.streams/1", items: streams }, lines);
  if (context.json) return;
  if (streams.length === 0) context.say(sharing.noStreams);
  if (sealed > 0) context.say(sharing.sealedStreams(sealed));
}

function facetNames(stream: Stream, keep: (facet: Stream["facets"][number]) => boolean): string {
  const names = stream.facets.filter(keep).flatMap(({ name }) => (name === null ? [] : [name]));
  return names.join(", ");
}

/** The facets that may be read; of those that the owner closed it is said. */
function readableText(stream: Stream): string {
  const { sharing } = words();
  const open = facetNames(stream, ({ readable, endedHeight }) => readable && endedHeight === null);
  const ended = facetNames(stream, ({ readable, endedHeight }) => readable && endedHeight !== null);
  return [open, ended === "" ? "" : sharing.endedFacets(ended)]
    .filter((text) => text !== "")
    .join(", ");
}
