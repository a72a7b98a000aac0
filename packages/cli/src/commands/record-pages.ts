import type { GatewayClient, RecordsPage, StreamRecord } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { facetList } from "./grant.ts";
import { momentOf, zoneOf } from "./times.ts";

const pageRows = 500;

/** Which records are asked for: times in ms, `until` exclusive. */
export interface SpanQuery {
  readonly from?: number;
  readonly until?: number;
  readonly order: "asc" | "desc";
}

/** A reading of records: `end` says whether it came to the last one. */
export interface Reading {
  readonly query: SpanQuery;
  readonly first: RecordsPage;
  readonly limit: number;
  readonly end: { reached: boolean };
}

/** What `--since` and `--until` ask for. @throws CLI_TIME_REFUSED */
export function spanQuery(context: Context, given: Given, order: SpanQuery["order"]): SpanQuery {
  const from = momentOf(context, given, "since", "ago");
  const until = momentOf(context, given, "until", "ago");
  return {
    ...(from === null ? {} : { from: Math.max(0, from) }),
    ...(until === null ? {} : { until: Math.max(0, until) }),
    order,
  };
}

/** The first records, and with them what may be read of the stream. */
export function firstPage(
  gateway: GatewayClient,
  stream: string,
  query: SpanQuery,
  limit: number,
): Promise<RecordsPage> {
  return gateway.records(stream, { ...query, limit: Math.min(limit, pageRows) });
}

/** The readable fields of the facets that `--facet` names, of all where it names none. @throws CLI_FACET_NOT_READABLE */
export function wantedFields(given: Given, { facets, fields }: RecordsPage): RecordsPage["fields"] {
  const wanted = facetList(given);
  for (const facet of wanted) {
    if (facets.includes(facet)) continue;
    const detail = { stream: given.argument("stream"), facet, readable: facets };
    throw new CliError("CLI_FACET_NOT_READABLE", detail);
  }
  return fields.filter(({ facet }) => wanted.length === 0 || wanted.includes(facet));
}

/** What the owner had deleted of what is asked for is told, also to who reads the output by a program. */
export function sayDeleted(
  context: Context,
  given: Given,
  { from = 0 }: SpanQuery,
  { deleted }: RecordsPage,
): void {
  if (deleted.until === null || from >= deleted.until) return;
  const until = dateTime(deleted.until, zoneOf(given));
  context.say(words().purging.deletedBefore(deleted.batches, until));
}

/** Records of page after page, one page in memory at a time. */
export async function* recordsFrom(
  gateway: GatewayClient,
  stream: string,
  run: Reading,
): AsyncGenerator<StreamRecord> {
  let page = run.first;
  let left = run.limit;
  while (true) {
    for (const record of page.items.slice(0, left)) yield record;
    const over = page.items.length > left || page.nextCursor !== null;
    left -= page.items.length;
    if (left <= 0 || page.nextCursor === null) {
      run.end.reached = !over;
      return;
    }
    const limit = Math.min(left, pageRows);
    page = await gateway.records(stream, { ...run.query, limit, cursor: page.nextCursor });
  }
}
