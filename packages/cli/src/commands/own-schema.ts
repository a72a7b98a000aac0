import type { Stream } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import type { Field, StreamSchema } from "../input/schema.ts";
import { streamLabel } from "./stream-text.ts";

/**
 * The schema of a stream as the input modules know it.
 * @throws CLI_STREAM_NOT_READABLE for a sealed one, CLI_STREAM_KIND
 */
export function schemaOfStream(stream: Stream, kind: "rows" | "documents"): StreamSchema {
  const { name, zone } = stream;
  if (name === null || zone === null || stream.kind === null) {
    const detail = { stream: streamLabel(stream), owner: stream.owner.name };
    throw new CliError("CLI_STREAM_NOT_READABLE", detail);
  }
  if (stream.kind !== kind)
    throw new CliError("CLI_STREAM_KIND", { stream: name, kind: stream.kind });
  const facets = stream.facets.map((facet) => facet.name ?? "");
  const fields = stream.fields.map(({ facet, ...field }): Field => {
    return { ...field, facet: facets.indexOf(facet) };
  });
  return { name, zone, kind, facets, fields };
}
