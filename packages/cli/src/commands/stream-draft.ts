import { CliError } from "../errors.ts";
import { countedUnit } from "../input/counted-time.ts";
import { withYearFirst } from "../input/date-order.ts";
import { chooseForm, draftSchema } from "../input/form.ts";
import { readHeader } from "../input/header.ts";
import { headerLineMax } from "../input/header-line.ts";
import { isSerialDay } from "../input/hints.ts";
import { inferRowCountMax, type SchemaDraft, type UnreadTime } from "../input/infer.ts";
import { type ProblemKind, problem, shortened } from "../input/problem.ts";
import { proposeFacets } from "../input/propose-facets.ts";
import type { RowForm } from "../input/rows.ts";
import { checkSchema, type StreamSchema } from "../input/schema.ts";
import { parseSchemaSpec } from "../input/schema-spec.ts";
import { openSource } from "../input/source.ts";
import { type SplitTime, splitTime } from "../input/split-time.ts";
import { isTimeName, timeFieldOf } from "../input/time-column.ts";
import { plainWriting, type Writing } from "../input/writing.ts";
import { problemLine, reportProblem } from "../print/error.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { openDialog } from "../program/dialog.ts";
import { declinedOf, type Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { writingWish } from "./submit-options.ts";

/** Characters of an example value in the table. */
const exampleLengthMax = 24;

/** A schema drawn from a sample. */
export interface Drawn {
  readonly schema: StreamSchema;
  /** What was found, for a person. */
  readonly told: readonly string[];
  /** Whether the file as it is would lose its times or be refused whole: nobody makes it unasked. */
  readonly isDoubtful: boolean;
}

/** A schema drawn from a sample and the lines that show what was found. */
export async function drawStream(
  context: Context,
  given: Given,
  { sample, name, zone }: { readonly sample: string; readonly name: string; readonly zone: string },
): Promise<Drawn> {
  const { drafting } = words();
  const path = sample === "-" ? sample : context.path(sample);
  await using source = await openSource(path, { stdin: context.world.stdin });
  const header = given.count("header", 1, headerLineMax);
  const encoding = given.choice("encoding", ["utf-8", "cp932"]);
  const wish = { format: null, encoding, delimiter: null, fields: null, header };
  const { form } = await chooseForm(source, wish);
  if (header === null) tellHeader(context, form);
  const writing: Writing = { ...plainWriting, ...writingWish(given) };
  const options = { name, zone, rowCountMax: inferRowCountMax, writing };
  const draft = await draftSchema(source, form, options);
  const time = given.text("time");
  const base = withoutTime(draft.schema, time);
  const facets = given.list("facet");
  const schema =
    facets.length === 0 ? proposeFacets(base) : parseSchemaSpec({ type: "facets", facets }, base);
  const isProposed = facets.length === 0 && schema.facets.length > 1;
  const unread = unreadTime(draft, schema, time);
  const split = time === null ? splitIn(draft, schema) : null;
  return {
    schema,
    isDoubtful:
      unread !== null ||
      split !== null ||
      draft.rowCount === 0 ||
      draft.misfits.some(({ kind }) => doubtful.has(kind)),
    told: [
      ...tableOf(context, schema, draft),
      ...(unread === null
        ? [timeLine(draft, schema, time), ...dateLines(draft)]
        : [drafting.timesUnread(printable(unread.field), printable(shortened(unread.text)))]),
      ...(split === null
        ? []
        : [drafting.timesSplit(printable(split.day), printable(split.clock))]),
      ...(isProposed ? [drafting.proposed(schema.facets)] : []),
      ...(draft.rowCount === 0 ? [drafting.noRows] : []),
      ...misfitLines(draft),
    ],
  };
}

/** Says where the names of the columns were found, where that is not the first line. */
export function tellHeader(context: Context, form: RowForm): void {
  if (form.format !== "csv" || form.headerLine === undefined) return;
  context.say(words().drafting.headerIn(form.headerLine));
}

/** What is wrong with most cells of a column where it is wrong with one. */
const doubtful: ReadonlySet<ProblemKind> = new Set(["time-order", "number-comma"]);

/** A column that was meant as the rows' times, or looks so where nothing else is, and cannot be read. */
function unreadTime(
  draft: SchemaDraft,
  schema: StreamSchema,
  said: string | null,
): Pick<UnreadTime, "field" | "text"> | null {
  if (said === null && timeFieldOf(schema.fields) !== null) return null;
  const texts = draft.schema.fields.filter(({ name, type }) => {
    return type === "text" && (said === null || name === said);
  });
  for (const { name } of texts) {
    const found = draft.unreadTimes.find(({ field }) => field === name);
    if (found !== undefined) return found;
    const text = draft.examples.get(name) ?? "";
    if ((said !== null || isTimeName(name)) && /\d/.test(text)) return { field: name, text };
  }
  return null;
}

/** The rows' times in two columns, as far as their first values tell. */
function splitIn({ examples }: SchemaDraft, { fields }: StreamSchema): SplitTime | null {
  const day = timeFieldOf(fields);
  const texts = [...examples].filter(([, text]) => text !== "");
  return day === null ? null : splitTime(day, new Map(texts.map(([name, text]) => [name, [text]])));
}

/** How the dates of each column are read, where they do not begin with their year. */
function dateLines(draft: SchemaDraft): readonly string[] {
  const { drafting } = words();
  return [...draft.dateOrders].map(([field, { order, example }]) => {
    return drafting.datesIn(printable(field), order, example, withYearFirst(example, order) ?? "");
  });
}

/** Says how dates of a file are read whose order its rows told. */
export function tellDateOrders(
  context: Context,
  given: Given,
  { fields }: StreamSchema,
  { foundOrders }: Writing,
): void {
  const { drafting } = words();
  const times = new Set(fields.filter(({ type }) => type === "time").map(({ name }) => name));
  for (const [column, { order, example }] of foundOrders) {
    const isTime = times.has(readHeader(column).name) || given.text("time") === column;
    const read = withYearFirst(example, order) ?? "";
    if (isTime) context.say(drafting.datesIn(printable(column), order, example, read));
  }
}

/** Shows a draft to a person and asks. @throws CLI_DECLINED */
export async function confirmDraft(
  context: Context,
  shown: readonly string[],
  isDoubtful: boolean,
): Promise<void> {
  const { drafting } = words();
  const dialog = openDialog(context.world);
  try {
    for (const line of shown) dialog.show(line);
    const answer = await dialog.ask(isDoubtful ? drafting.askDoubtful : drafting.ask);
    const isYes = answer === "" ? !isDoubtful : /^(?:y(?:es)?|はい)$/i.test(answer);
    if (!isYes) throw declinedOf(drafting.notMade);
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
