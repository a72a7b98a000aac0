import { CliError } from "../errors.ts";
import { countedUnit } from "../input/counted-time.ts";
import { chooseForm, draftSchema } from "../input/form.ts";
import { headerLineMax } from "../input/header-line.ts";
import { isSerialDay } from "../input/hints.ts";
import { inferRowCountMax, type SchemaDraft } from "../input/infer.ts";
import { problem } from "../input/problem.ts";
import { proposeFacets } from "../input/propose-facets.ts";
import type { RowForm } from "../input/rows.ts";
import { checkSchema, type StreamSchema } from "../input/schema.ts";
import { parseSchemaSpec } from "../input/schema-spec.ts";
import { openSource } from "../input/source.ts";
import { isTimeName, timeFieldOf } from "../input/time-column.ts";
import { problemLine, reportProblem } from "../print/error.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { type Given, usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** Characters of an example value in the table. */
const exampleLengthMax = 24;

/** A schema drawn from a sample and the lines that show what was found. */
export async function drawStream(
  context: Context,
  given: Given,
  { sample, name, zone }: { readonly sample: string; readonly name: string; readonly zone: string },
): Promise<{ readonly schema: StreamSchema; readonly told: readonly string[] }> {
  const { drafting } = words();
  const path = sample === "-" ? sample : context.path(sample);
  await using source = await openSource(path, { stdin: context.world.stdin });
  const header = given.count("header", 1, headerLineMax);
  const encoding = given.choice("encoding", ["utf-8", "cp932"]);
  const wish = { format: null, encoding, delimiter: null, fields: null, header };
  const { form } = await chooseForm(source, wish);
  if (header === null) tellHeader(context, form);
  const draft = await draftSchema(source, form, { name, zone, rowCountMax: inferRowCountMax });
  const time = given.text("time");
  const base = withoutTime(draft.schema, time);
  const facets = given.list("facet");
  const schema =
    facets.length === 0 ? proposeFacets(base) : parseSchemaSpec({ type: "facets", facets }, base);
  const isProposed = facets.length === 0 && schema.facets.length > 1;
  return {
    schema,
    told: [
      ...tableOf(context, schema, draft),
      timeLine(draft, schema, time),
      ...(isProposed ? [drafting.proposed(schema.facets)] : []),
      ...misfitLines(draft),
    ],
  };
}

/** Says where the names of the columns were found, where that is not the first line. */
export function tellHeader(context: Context, form: RowForm): void {
  if (form.format !== "csv" || form.headerLine === undefined) return;
  context.say(words().drafting.headerIn(form.headerLine));
}

/** Shows a draft to a person and asks. @throws CLI_USAGE for a no */
export async function confirmDraft(context: Context, shown: readonly string[]): Promise<void> {
  const { drafting } = words();
  const dialog = openDialog(context.world);
  try {
    for (const line of shown) dialog.show(line);
    const answer = await dialog.ask(drafting.ask);
    if (!/^(?:y(?:es)?|はい)?$/i.test(answer)) throw usageOf(drafting.notMade);
  } finally {
    dialog.close();
  }
}

/** `--time ts`: that column gives the rows their times and is no field. @throws CLI_COLUMN_UNKNOWN */
function withoutTime(draft: StreamSchema, column: string | null): StreamSchema {
  if (column === null) return draft;
  const fields = draft.fields.filter(({ name }) => name !== column);
  if (fields.length < draft.fields.length) return checkSchema({ ...draft, fields });
  const known = draft.fields.map(({ name }) => name);
  throw new CliError("CLI_COLUMN_UNKNOWN", { option: "--time", column, known });
}

function tableOf(context: Context, schema: StreamSchema, draft: SchemaDraft): readonly string[] {
  const { drafting, sharing } = words();
  const titles = [sharing.field, sharing.type, sharing.unit, sharing.facet, drafting.example];
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  const rows = schema.fields.map(({ name, type, unit, facet }) => {
    return [name, type, unit ?? "", schema.facets[facet] ?? "", exampleOf(draft, name)];
  });
  return context.table(columns, rows);
}

function exampleOf({ examples }: SchemaDraft, name: string): string {
  const [...letters] = examples.get(name) ?? "";
  if (letters.length <= exampleLengthMax) return letters.join("");
  return `${letters.slice(0, exampleLengthMax - 1).join("")}…`;
}

function timeLine(draft: SchemaDraft, { fields, zone }: StreamSchema, said: string | null): string {
  const { drafting } = words();
  const times = fields.filter(({ type }) => type === "time").map(({ name }) => name);
  const column = said ?? timeFieldOf(fields);
  const unix = (said === null ? fields : draft.schema.fields).find(({ name, type }) => {
    const isMeant = said === null ? isTimeName(name) : name === said;
    return isMeant && (type === "integer" || type === "decimal") && unitOf(draft, name) !== null;
  });
  if (unix !== undefined && (column === null || column === said)) {
    return drafting.timesUnix(printable(unix.name), unitOf(draft, unix.name) ?? "s");
  }
  if (column !== null) {
    const shown = printable(column);
    return draft.zoned.has(column) ? drafting.timesZoned(shown) : drafting.timesIn(shown, zone);
  }
  return times.length > 1 ? drafting.timesSeveral(times.map(printable)) : drafting.timesNone;
}

/** Seconds and milliseconds since 1970. */
function unitOf({ examples }: SchemaDraft, name: string): "s" | "ms" | null {
  const unit = countedUnit(examples.get(name) ?? "");
  return unit === "excel" ? null : unit;
}

function misfitLines(draft: SchemaDraft): readonly string[] {
  const { drafting } = words();
  const days = draft.schema.fields.flatMap(({ name, type }) => {
    const example = draft.examples.get(name) ?? "";
    const isNumber = type === "integer" || type === "decimal";
    if (!isNumber || !isTimeName(name) || !isSerialDay(example)) return [];
    return [problem(draft.firstLine, name, "time-serial", null, example)];
  });
  const found = [...draft.misfits, ...days];
  if (found.length === 0) return [];
  return [
    drafting.misfits(found.length),
    ...found.flatMap((misfit) => [
      `  ${problemLine(reportProblem(misfit, words()), words())}`,
      drafting.remedy(words().problemOf(misfit).next),
    ]),
  ];
}
