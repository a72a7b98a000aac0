import type { GatewayClient, RecordsPage, Stream, StreamField } from "@tegata/gateway/client";
import { Envelope } from "../chart/envelope.ts";
import { chartLimits } from "../chart/limits.ts";
import { drawChart } from "../chart/terminal-chart.ts";
import { CliError } from "../errors.ts";
import { fromJsonCells } from "../input/api-cells.ts";
import { headerText } from "../input/header.ts";
import { isNumeric, valueText } from "../input/numeric.ts";
import { dateTime } from "../print/human.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { firstPage, recordsFrom, sayDeleted, spanQuery, wantedFields } from "./record-pages.ts";
import { streamLabel } from "./stream-text.ts";
import { zoneOf } from "./times.ts";

const widthElsewhere = 80;
const rowsMax = 16;
/** Lines around a drawing: its title, its marks of time and what is said of it. */
const linesAround = 7;

/** `tegata query --plot`: fields over time as drawings of characters. */
export async function plotRows(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  stream: Stream,
): Promise<void> {
  if (stream.kind === "documents") {
    throw new CliError("CLI_STREAM_KIND", { stream: streamLabel(stream), kind: "documents" });
  }
  const names = [...new Set(given.list("plot"))];
  checkOptions(context, given, names);
  const limit = given.count("limit", 1, 1e9) ?? Number.POSITIVE_INFINITY;
  const query = spanQuery(context, given, given.flag("newest") ? "desc" : "asc");
  const zone = zoneOf(given);
  const first = await firstPage(gateway, given.argument("stream"), query, limit);
  const readable = wantedFields(given, first);
  const fields = names.map((name) => numericField(given, readable, name));
  const envelopes = fields.map(() => new Envelope());
  let rowCount = 0;
  const end = { reached: true };
  const reading = { query, first, limit, end };
  for await (const record of recordsFrom(gateway, given.argument("stream"), reading)) {
    rowCount += 1;
    const cells = fromJsonCells(fields, record.cells);
    for (const [index, envelope] of envelopes.entries()) {
      envelope.add(record.timeMs, valueText(cells[index] ?? null), record.record);
    }
  }
  sayDeleted(context, given, query, first);
  if (rowCount === 0) return context.say(words().data.noRecords);
  const charts = fields.map((field, index) => {
    const envelope = envelopes[index] ?? new Envelope();
    return chartLines(context, { stream, field, envelope, rowCount, zone }).join("\n");
  });
  await context.out.write(`${charts.join("\n\n")}\n`);
}

function checkOptions(context: Context, given: Given, names: readonly string[]): void {
  const { usage, chart } = words();
  if (context.format !== "table") throw usageOf(usage.together("--plot", `-o ${context.format}`));
  for (const option of ["document", "out"]) {
    if (given.text(option) !== null) throw usageOf(usage.together("--plot", `--${option}`));
  }
  if (given.flag("bom")) throw usageOf(usage.together("--plot", "--bom"));
  if (names.length > chartLimits.plotFieldsMax) {
    throw usageOf(chart.tooMany(names.length, chartLimits.plotFieldsMax));
  }
}

/** A field of numbers, by its name or as its column is titled. @throws CLI_COLUMN_UNKNOWN, CLI_FIELD_NOT_NUMERIC */
function numericField(
  given: Given,
  fields: RecordsPage["fields"],
  wanted: string,
): RecordsPage["fields"][number] {
  const name = wanted.normalize("NFC");
  const field = fields.find((known) => known.name === name || headerText(known) === name);
  if (field === undefined) {
    const known = fields.map((readable) => readable.name);
    throw new CliError("CLI_COLUMN_UNKNOWN", { option: "--plot", column: wanted, known });
  }
  if (isNumeric(field)) return field;
  throw new CliError("CLI_FIELD_NOT_NUMERIC", {
    stream: given.argument("stream"),
    field: field.name,
    type: field.type,
    numeric: fields.filter(isNumeric).map((readable) => readable.name),
  });
}

interface Drawn {
  readonly stream: Stream;
  readonly field: StreamField;
  readonly envelope: Envelope;
  readonly rowCount: number;
  readonly zone: string;
}

function chartLines(context: Context, drawn: Drawn): readonly string[] {
  const { chart } = words();
  const { stream, field, envelope, rowCount, zone } = drawn;
  const { lowest, highest, span, missingCount, beyondCount } = envelope;
  const title = context.paint("title", printable(`${headerText(field)} · ${streamLabel(stream)}`));
  const notes = [
    ...(missingCount === 0 ? [] : [chart.missing(missingCount)]),
    ...(beyondCount === 0 ? [] : [chart.beyond(beyondCount)]),
  ];
  if (lowest === null || highest === null || span === null) {
    return [title, chart.nothing(rowCount), ...notes];
  }
  const at = (timeMs: number): string => dateTime(timeMs, zone);
  const terminalRows = context.world.stdout.rows ?? Number.POSITIVE_INFINITY;
  const drawing = drawChart(envelope, {
    width: context.widthMax ?? widthElsewhere,
    rows: Math.max(6, Math.min(rowsMax, terminalRows - linesAround)),
    zone,
  });
  return [
    title,
    ...drawing,
    chart.span(at(span.fromMs), at(span.untilMs), zone),
    chart.rows(rowCount, lowest.text, highest.text),
    ...notes,
  ];
}
