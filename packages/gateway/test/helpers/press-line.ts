import { randomUUID } from "node:crypto";
import type { GatewayClient } from "../../src/api/client.ts";
import type { CreateStreamBody, Submission, SubmitRowsBody } from "../../src/api/schemas.ts";

/** A stream of a press: three facets, one of them shown field by field. */
export function pressLine(name: string): CreateStreamBody {
  return {
    name,
    category: "equipment-status",
    epochLength: "1h",
    zone: "Asia/Tokyo",
    facets: [
      { name: "status", disclosure: "row" },
      { name: "process", disclosure: "row" },
      { name: "quality", disclosure: "field" },
    ],
    fields: [
      { name: "state", type: "text", facet: "status", unit: null },
      { name: "temp", type: "decimal", facet: "process", unit: "Cel" },
      { name: "count", type: "integer", facet: "process", unit: null },
      { name: "ok", type: "boolean", facet: "quality", unit: null },
      { name: "part", type: "text", facet: "quality", unit: null },
    ],
  };
}

/** Submits rows and waits until they are settled. */
export async function commitRows(
  client: GatewayClient,
  stream: string,
  rows: SubmitRowsBody["rows"],
  backfill = false,
): Promise<Submission> {
  const { submission } = await client.submitRows(stream, { rows, backfill }, randomUUID());
  return await client.submission(submission, { waitMs: 20_000 });
}

/** A stream of documents. */
export function documentStream(name: string): CreateStreamBody {
  const facet = "document";
  return {
    name,
    category: "design",
    epochLength: "1d",
    kind: "documents",
    facets: [{ name: facet, disclosure: "row" }],
    fields: [
      { name: "document", type: "text", facet, unit: null },
      { name: "name", type: "text", facet, unit: null },
      { name: "index", type: "integer", facet, unit: null },
      { name: "last", type: "boolean", facet, unit: null },
      { name: "content", type: "bytes", facet, unit: null },
    ],
  };
}

/** All bytes of an answer. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
