import type { GatewayClient, RecordsPage, Stream, StreamRecord } from "@tegata/gateway/client";
import { fromJsonCells } from "../input/api-cells.ts";
import type { Cell } from "../input/cells.ts";
import { headerText } from "../input/header.ts";
import { timeFieldOf } from "../input/time-column.ts";
import { dateTime } from "../print/human.ts";
import { jsonRow } from "../print/json.ts";
import { type OutputColumn, printRows } from "../print/rows.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { englishWords, words } from "../words/catalogue.ts";
import { documentsOf, fetchDocument } from "./documents.ts";
import { withGateway } from "./gateway.ts";
import { plotRows } from "./plot.ts";
import { firstPage, recordsFrom, sayDeleted, spanQuery, wantedFields } from "./record-pages.ts";
import { zoneOf } from "./times.ts";

const shownMax = 100;

type Fields = RecordsPage["fields"];

/** `tegata query`: the records of a stream that this company may read. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = given.argument("stream");
  await withGateway(context, async (gateway) => {
    const stream = await gateway.stream(name);
    if (given.list("plot").length > 0) await plotRows(context, given, gateway, stream);
    else if (given.text("document") !== null) await fetchDocument(context, given, gateway, stream);
    else if (stream.kind === "documents") await documentsOf(context, gateway, name);
    else await queryRows(context, given, gateway, stream);
  });
}

async function queryRows(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
): Promise<void> {
  const { data, usage } = words();
  if (given.text("out") !== null) throw usageOf(usage.needs("--out", "--document"));
  const whole = given.flag("all") || context.format === "csv" || context.format === "ndjson";
  const limit = given.count("limit", 1, 1e9) ?? (whole ? Number.POSITIVE_INFINITY : shownMax);
  const query = spanQuery(context, given, given.flag("newest") ? "desc" : "asc");
  const first = await firstPage(gateway, given.argument("stream"), query, limit);
  const fields = wantedFields(given, first);
  const end = { reached: true };
  const records = recordsFrom(gateway, given.argument("stream"), { query, first, limit, end });
  const count = context.json
    ? await printJson(context, fields, records, { ...stream, deleted: first.deleted })
    : await printTable(context, given, fields, records);
  if (count === 0) context.say(data.noRecords);
  sayDeleted(context, given, query, first);
  if (!end.reached && given.text("limit") === null) context.say(data.more);
}

async function printTable(
  context: Context,
  given: Given,
  fields: Fields,
  records: AsyncIterable<StreamRecord>,
): Promise<number> {
  const isCsv = context.format === "csv";
  // Programs read CSV by its titles: they are the same in every language.
  const { data } = isCsv ? englishWords : words();
  const zone = zoneOf(given);
  const text = (key: string): OutputColumn => ({ key, title: key, align: "left" });
  const timeField = timeFieldOf(fields);
  const title = fields.some(({ name }) => name === data.time) ? data.observedTime : data.time;
  const columns: OutputColumn[] = [
    ...(isCsv ? [] : [{ ...text(data.record), isWhole: true }]),
    { ...text(title), isWhole: true, isSpare: timeField !== null, shorter: withoutOffset },
    ...fields.map((field): OutputColumn => {
      const align = field.type === "integer" || field.type === "decimal" ? "right" : "left";
      const isWhole = field.name === timeField;
      return { key: field.name, title: headerText(field), align, isWhole };
    }),
  ];
  const rows = async function* (): AsyncGenerator<readonly Cell[]> {
    for await (const record of records) {
      const cells = fromJsonCells(fields, record.cells);
      if (isCsv) yield [new Date(record.timeMs).toISOString(), ...cells];
      else yield [record.record, dateTime(record.timeMs, zone), ...cells];
    }
  };
  return printRows(context.out, columns, rows(), {
    format: context.format,
    bom: given.flag("bom"),
    widthMax: context.widthMax,
    dress: (line) => context.paint("title", line),
    schema: "tegata.records/1",
  });
}

/** `2026-11-24 18:00:05` of a time with its offset from UTC. */
function withoutOffset(text: string): string {
  return text.replace(/ [+-]\d\d:\d\d$/, "");
}

/** One document, or one line a record; cells keep every digit they were written with. */
async function printJson(
  context: Context,
  fields: Fields,
  records: AsyncIterable<StreamRecord>,
  stream: Stream & Pick<RecordsPage, "deleted">,
): Promise<number> {
  const isDocument = context.format === "json";
  let count = 0;
  let before = isDocument ? `${documentHead(stream)}\n` : "";
  for await (const record of records) {
    if (!(await context.out.write(before + recordJson(fields, record)))) return count + 1;
    before = isDocument ? ",\n" : "\n";
    count += 1;
  }
  const end = isDocument ? "\n]}\n" : count === 0 ? "" : "\n";
  await context.out.write(count === 0 ? before + end : end);
  return count;
}

function documentHead(of: Stream & Pick<RecordsPage, "deleted">): string {
  const { id, name, owner, deleted } = of;
  const head = JSON.stringify({ schema: "tegata.records/1", stream: { id, name, owner }, deleted });
  return `${head.slice(0, -1)},"items":[`;
}

/** A record as one line of JSON. */
export function recordJson(
  fields: Fields,
  { record, timeMs, height, cells }: StreamRecord,
): string {
  const head = JSON.stringify({ record, time: new Date(timeMs).toISOString(), height });
  const names = fields.map(({ name }) => name);
  return `${head.slice(0, -1)},"cells":${jsonRow(names, fromJsonCells(fields, cells))}}`;
}
