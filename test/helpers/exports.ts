import type { Company } from "./company.ts";
import { type CsvText, readCsvText } from "./csv-text.ts";
import { until } from "./waiting.ts";

/** What a company reads of a stream, without the column of observation times. */
export interface Export extends CsvText {
  /** Observation times, one for each row. */
  readonly times: readonly string[];
  /** The file as it was written. */
  readonly text: string;
}

/** Everything that a company may read of a stream, as the CSV file it would keep. */
export async function exportOf(
  company: Company,
  stream: string,
  ...options: readonly string[]
): Promise<Export> {
  const text = await company.must(["query", stream, "-o", "csv", ...options]);
  const { columns, rows } = readCsvText(text);
  return {
    text,
    columns: columns.slice(1),
    rows: rows.map((row) => row.slice(1)),
    times: rows.map(([time = ""]) => time),
  };
}

/** The ids of all records of a stream that a company may read, in the order of the export. */
export async function recordsOf(company: Company, stream: string): Promise<readonly string[]> {
  const text = await company.must(["query", stream, "-o", "ndjson"]);
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { readonly record: string }).record);
}

/** The named columns of a table, in this order. */
export function pick(table: CsvText, columns: readonly string[]): readonly (readonly string[])[] {
  const indexes = columns.map((column) => {
    const index = table.columns.indexOf(column);
    if (index === -1) throw new Error(`no column ${column} among ${table.columns.join(", ")}`);
    return index;
  });
  return table.rows.map((row) => indexes.map((index) => row[index] ?? ""));
}

/** Waits until the gateways of all companies have read what one of them sees of a stream. */
export async function untilAllSee(
  companies: readonly Company[],
  owner: Company,
  streamId: string,
): Promise<void> {
  const { batches } = await owner.ask((gateway) => gateway.stream(streamId));
  const height = await owner.askNode(async (node) => (await node.status()).height);
  for (const company of companies) {
    await company.untilReady(height);
    await until(`${company.handle} sees ${batches} batches of ${owner.handle}`, () =>
      company
        .ask((gateway) => gateway.stream(streamId))
        .then(
          (stream) => stream.batches >= batches,
          () => false,
        ),
    );
  }
}

/** Waits until a company can read these facets of a stream of another. */
export async function untilReadable(
  company: Company,
  streamId: string,
  facets: readonly string[],
): Promise<void> {
  await until(`${company.handle} can read ${facets.join(", ")}`, () =>
    company
      .ask((gateway) => gateway.stream(streamId))
      .then(
        (stream) => {
          const readable = stream.facets.filter((facet) => facet.readable).map(({ name }) => name);
          return facets.every((facet) => readable.includes(facet));
        },
        () => false,
      ),
  );
}
