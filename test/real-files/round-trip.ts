import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Ended } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";
import { readCsvText } from "../helpers/csv-text.ts";
import { untilAllSee, untilReadable } from "../helpers/exports.ts";
import { readShdrText } from "../helpers/shdr-text.ts";

/** What became of one file: made, published, and read again by its owner and by a partner. */
export interface RoundTrip {
  readonly file: string;
  readonly form: string;
  /** Flags that making the stream needed beside `--from`, each named by the refusal before. */
  readonly createFlags: readonly string[];
  readonly submitFlags: readonly string[];
  /** Rows of the file as other code reads them, those that are no rows left aside. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly partnerRows: number;
  /** Cells or, of a document, bytes that are compared, of the owner and of the partner. */
  readonly cells: number;
  readonly bytes: number;
  /** Cells and bytes that came back otherwise. */
  readonly wrong: number;
  /** The first that did, for people. */
  readonly wrongSample: string | null;
  /** What was left out: why, and how often. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Who publishes, and who reads what was granted. */
export interface Pair {
  readonly owner: Company;
  readonly partner: Company;
}

interface Stream {
  readonly id: string;
  readonly kind: "rows" | "documents";
  readonly facets: readonly { readonly name: string }[];
  readonly fields: readonly { readonly name: string; readonly unit: string | null }[];
}

interface Tried {
  readonly flags: readonly string[];
  readonly document: unknown;
}

type Rows = readonly (readonly string[])[];

const attemptsMax = 5;

/** Makes a stream for a file, publishes it, grants it, and compares what both companies read. */
export async function roundTrip(pair: Pair, name: string, path: string): Promise<RoundTrip> {
  const beginMs = performance.now();
  const { owner, partner } = pair;
  const made = await withRemedies(owner, (flags) => {
    const isDocument = flags.includes("--documents");
    return ["streams", "create", name, ...(isDocument ? [] : ["--from", path]), ...flags];
  });
  const { stream } = made.document as { readonly stream: Stream };
  const rejects = `${name}-rejects.csv`;
  const sent = await withRemedies(owner, (flags) => {
    const list = flags.includes("--skip-invalid") ? ["--rejects", rejects] : [];
    return ["submit", name, path, ...flags, ...list];
  });
  const facets = stream.facets.map((facet) => facet.name);
  const words = ["--facet", facets.join(","), "--until", "1d"];
  await owner.must(["grant", name, "--to", partner.handle, ...words]);
  await untilAllSee([owner, partner], owner, stream.id);
  await untilReadable(partner, stream.id, facets);
  const leftOut = sent.flags.includes("--skip-invalid")
    ? readCsvText(await readFile(owner.path(rejects), "utf8")).rows
    : [];
  const compared =
    stream.kind === "documents"
      ? await compareDocument(pair, name, path)
      : await compareRows(pair, name, { path, stream, leftOut });
  return {
    file: basename(path),
    form: formOf(path, made),
    createFlags: made.flags,
    submitFlags: sent.flags,
    ...compared,
    leftOut: countOf(leftOut.map(([, , expected = ""]) => expected)),
    seconds: Math.round((performance.now() - beginMs) / 100) / 10,
  };
}

/** Runs a command bare, and then with every option that its own refusal names, until it succeeds. */
async function withRemedies(
  company: Company,
  wordsOf: (flags: readonly string[]) => readonly string[],
): Promise<Tried> {
  const flags: string[] = [];
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const ended = await company.run([...wordsOf(flags), "--json"]);
    if (ended.code === 0) return { flags, document: JSON.parse(ended.stdout) };
    const named = remedyOf(ended, wordsOf([]).join(" "));
    const added = named.filter((flag) => !flags.includes(flag));
    if (added.length === 0) throw new Error(`${wordsOf(flags).join(" ")}: ${ended.stderr}`);
    flags.push(...added);
  }
  throw new Error(`${wordsOf(flags).join(" ")} needs more than ${attemptsMax} attempts`);
}

/** Options for the command that was refused: a remedy may name a second one with options of its own. */
function remedyOf({ stdout, stderr }: Ended, command: string): readonly string[] {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error(`no refusal in JSON: ${stdout}${stderr}`);
  const { next } = JSON.parse(last) as { readonly next: string };
  const named = next.split(/(?=tegata )/).filter((said) => {
    const [, other] = /^tegata ([a-z]+)/.exec(said) ?? [];
    return other === undefined || command.startsWith(other);
  });
  return [...new Set(named.join(" ").match(/--[a-z][a-z-]*/g) ?? [])];
}

/** The end of the name says it but for a log, which is told by what it holds. */
function formOf(path: string, { flags }: Tried): string {
  const ending = /\.shdr\.txt$/.test(path) ? "shdr" : (/\.([a-z]+)$/.exec(path)?.[1] ?? "");
  if (!flags.includes("--documents")) return ending;
  const forms: Readonly<Record<string, string>> = {
    ...{ json: "json-document", xlsx: "workbook", qif: "xml", nc: "program" },
    ...{ aasx: "binary", doc: "binary", pdf: "binary", sldprt: "binary" },
  };
  return forms[ending] ?? ending;
}

type Compared = Pick<
  RoundTrip,
  "rowsIn" | "rowsOut" | "partnerRows" | "cells" | "bytes" | "wrong" | "wrongSample"
>;

async function compareRows(
  { owner, partner }: Pair,
  name: string,
  file: { readonly path: string; readonly stream: Stream; readonly leftOut: Rows },
): Promise<Compared> {
  const { fields } = file.stream;
  const expected = await fileRows(file);
  const csv = readCsvText(await owner.must(["query", name, "--all", "-o", "csv"]));
  const own = csv.rows.map((row) => row.slice(1));
  const titles = csv.columns.slice(1);
  const said = await partner.must(["query", `${owner.handle}/${name}`, "--all", "-o", "json"]);
  const theirs = jsonRows(
    said,
    fields.map((field) => field.name),
  );
  const wrong = [
    ...differences("title", [expected.columns], [titles]),
    ...differences("owner", expected.rows, own),
    ...differences("partner", expected.rows, theirs),
  ];
  return {
    ...{ rowsIn: expected.rows.length, rowsOut: own.length, partnerRows: theirs.length },
    cells: 2 * expected.rows.length * fields.length,
    ...{ bytes: 0, wrong: wrong.length, wrongSample: wrong[0] ?? null },
  };
}

/** The rows of a file as other code reads them; they come back in the order of the file. */
async function fileRows({
  path,
  leftOut,
}: {
  readonly path: string;
  readonly leftOut: Rows;
}): Promise<{ readonly columns: readonly string[]; readonly rows: Rows }> {
  const text = await readFile(path, "utf8");
  const lines = new Set(leftOut.map(([line = ""]) => Number(line)));
  if (!path.endsWith(".shdr.txt")) {
    const { columns, rows } = readCsvText(text);
    // No cell of these files holds a line end: a row is a line.
    return { columns, rows: rows.filter((_, index) => !lines.has(index + 2)) };
  }
  const { observations, others } = readShdrText(text);
  const surprising = others.filter((line) => !lines.has(line));
  if (surprising.length > 0) throw new Error(`lines ${surprising.join(", ")} were not left out`);
  const kept = observations.filter(({ line }) => !lines.has(line)).map(({ cells }) => cells);
  return { columns: ["time", "item", "value"], rows: kept };
}

/** Cells as the texts they were written with: a number keeps all its digits. */
function jsonRows(text: string, names: readonly string[]): Rows {
  const revive = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === "number" ? (context?.source ?? String(value)) : value;
  const { items } = JSON.parse(text, revive) as {
    readonly items: readonly { readonly cells: Readonly<Record<string, unknown>> }[];
  };
  return items.map(({ cells }) => names.map((name) => `${cells[name] ?? ""}`));
}

function differences(what: string, expected: Rows, found: Rows): string[] {
  const wrong: string[] = [];
  for (let row = 0; row < Math.max(expected.length, found.length); row += 1) {
    const [want, got] = [expected[row] ?? [], found[row] ?? []];
    for (let cell = 0; cell < Math.max(want.length, got.length); cell += 1) {
      if (want[cell] === got[cell]) continue;
      const place = `${what}, row ${row + 1}, cell ${cell + 1}`;
      wrong.push(`${place}: ${JSON.stringify(want[cell])} became ${JSON.stringify(got[cell])}`);
    }
  }
  return wrong;
}

async function compareDocument(
  { owner, partner }: Pair,
  name: string,
  path: string,
): Promise<Compared> {
  const wanted = await readFile(path);
  const wrong: string[] = [];
  for (const [company, stream] of [
    [owner, name],
    [partner, `${owner.handle}/${name}`],
  ] as const) {
    const out = `${name}-received`;
    await company.must(["query", stream, "--document", basename(path), "--out", out]);
    const found = await readFile(company.path(out));
    if (!found.equals(wanted)) wrong.push(`${company.handle}: ${found.length} other bytes`);
  }
  return {
    ...{ rowsIn: 0, rowsOut: 0, partnerRows: 0, cells: 0 },
    ...{ bytes: 2 * wanted.length, wrong: wrong.length, wrongSample: wrong[0] ?? null },
  };
}

function countOf(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
