import { CliError } from "../errors.ts";
import {
  type BatchOptions,
  batchRows,
  type RowBatch,
  rowTextBytesMax,
  type TypedRow,
  textBytesOf,
} from "./batches.ts";
import { type ColumnPlan, toCells } from "./cells.ts";
import { type CsvOptions, readCsv } from "./csv.ts";
import { planColumns } from "./header.ts";
import { readNdjson } from "./ndjson.ts";
import { type InputProblem, problem } from "./problem.ts";
import type { Chunks, ReadEvent, SourceRow } from "./row.ts";
import type { StreamSchema } from "./schema.ts";
import { readShdr } from "./shdr.ts";
import type { InputSource } from "./source.ts";
import { observationTime, type TimeOptions, type TimeSource, type TimeUnit } from "./time.ts";
import { plainWriting, rewrite, type Writing, type WrittenColumn } from "./writing.ts";

/** A form of rows with what reading it needs. */
export type RowForm =
  | ({ readonly format: "csv" } & CsvOptions)
  | { readonly format: "ndjson"; readonly fields: readonly string[] }
  | { readonly format: "shdr" };

/** Where times come from, before the columns are known. */
export type TimeChoice =
  | Exclude<TimeSource, { type: "column" }>
  | { readonly type: "column"; readonly column: string; readonly unit: TimeUnit };

/** Everything that says how a file becomes rows of a stream. */
export interface InputPlan {
  readonly source: Pick<InputSource, "path" | "read" | "checkUnchanged">;
  readonly form: RowForm;
  readonly schema: StreamSchema;
  /** Names of fields by the columns that carry them under another name. */
  readonly renames: ReadonlyMap<string, string>;
  readonly time: Omit<TimeOptions, "source"> & { readonly source: TimeChoice };
  /** How the file writes dates and numbers; left out: as they are published. */
  readonly writing?: Writing;
  /** What to do with rows that do not fit. */
  readonly misfits: "refuse" | "skip";
}

/** Everything that is wrong in one way: what it is, told by its first case, and where. */
export interface ProblemCause {
  readonly first: InputProblem;
  readonly count: number;
  /** The first lines it stands in, at most {@link causeLinesMax}. */
  readonly lines: readonly number[];
}

/** What the check of a whole file found. */
export interface InputSummary {
  /** Rows that fit. */
  readonly rowCount: number;
  /** Rows and lines that do not. */
  readonly misfitCount: number;
  readonly problemCount: number;
  /** The first problems, at most {@link problemsKeptMax}. */
  readonly problems: readonly InputProblem[];
  /** The same by cause, at most {@link causesKeptMax} causes; of all problems. */
  readonly causes: readonly ProblemCause[];
  readonly timeFirstMs: number | null;
  readonly timeLastMs: number | null;
  readonly textBytes: number;
}

/** Problems that a check keeps and shows; the rest is counted. */
export const problemsKeptMax = 20;

/** Causes that a check tells apart; the problems of further ones are counted only. */
export const causesKeptMax = 20;
/** Lines that are named of a cause. */
export const causeLinesMax = 3;

/** A row that fits, or all that is wrong with a row or line. */
export type InputRow =
  | { readonly type: "row"; readonly row: TypedRow }
  | { readonly type: "misfit"; readonly problems: readonly InputProblem[] };

/** Reads a file in its form. @throws CLI_INPUT_BROKEN */
export function readRows(chunks: Chunks, form: RowForm): AsyncGenerator<ReadEvent> {
  switch (form.format) {
    case "csv":
      return readCsv(chunks, form);
    case "ndjson":
      return readNdjson(chunks, form);
    case "shdr":
      return readShdr(chunks);
  }
}

/**
 * Rows of the plan's stream with their observation times.
 * @throws CLI_INPUT_BROKEN, CLI_COLUMN_UNKNOWN, and what the source throws
 */
export async function* typedRows(plan: InputPlan): AsyncGenerator<InputRow> {
  let ready: Ready | null = null;
  let index = 0;
  for await (const event of readRows(plan.source.read(), plan.form)) {
    if (event.type === "columns") {
      const { renames, time } = plan;
      const timeColumn = time.source.type === "column" ? time.source.column : null;
      const options = { line: event.line, renames, timeColumn };
      const columns = planColumns(event.columns, plan.schema, options);
      const times = timeOptions(plan, event.columns);
      ready = { columns, time: times, written: writtenColumns(columns, event.columns, times) };
    } else if (event.type === "problem") {
      yield { type: "misfit", problems: [event.problem] };
    } else if (ready !== null) {
      yield typeWritten(event.row, index, ready, plan.writing ?? plainWriting);
    }
    if (event.type !== "columns") index += 1;
  }
}

/** What a row is read with, once the columns are known. */
interface Ready {
  readonly columns: ColumnPlan;
  readonly time: TimeOptions;
  readonly written: readonly WrittenColumn[];
}

/** Columns of numbers and times, the one with the rows' times among them. */
function writtenColumns(
  { schema, positions }: ColumnPlan,
  columns: readonly string[],
  { source }: TimeOptions,
): readonly WrittenColumn[] {
  const found = new Map<number, WrittenColumn>();
  for (const [index, { type }] of schema.fields.entries()) {
    const position = positions[index] ?? index;
    if (type !== "integer" && type !== "decimal" && type !== "time") continue;
    found.set(position, { position, name: columns[position] ?? "", type });
  }
  if (source.type === "column" && source.unit === "text") {
    const { position } = source;
    found.set(position, { position, name: columns[position] ?? "", type: "time" });
  }
  return [...found.values()];
}

function typeWritten(
  row: SourceRow,
  index: number,
  { columns, time, written }: Ready,
  writing: Writing,
): InputRow {
  const read = rewrite(row, written, writing);
  if (read.problems.length > 0) return { type: "misfit", problems: read.problems };
  return typeRow(read.row, index, columns, time);
}

/**
 * First pass: reads the whole file and collects what is wrong with it; `onMisfit` hears of every row
 * that does not fit.
 * @throws CLI_ROWS_REFUSED when something does not fit, unless misfits are skipped; damage after which
 *   the rest means nothing is refused either way
 */
export async function checkInput(
  plan: InputPlan,
  onMisfit: (problems: readonly InputProblem[]) => Promise<void> = async () => undefined,
): Promise<InputSummary> {
  const problems: InputProblem[] = [];
  const causes = new Causes();
  let counts = { rowCount: 0, misfitCount: 0, problemCount: 0, textBytes: 0 };
  let timeFirstMs: number | null = null;
  let timeLastMs: number | null = null;
  const note = (found: readonly InputProblem[]): void => {
    problems.push(...found.slice(0, problemsKeptMax - problems.length));
    for (const one of found) causes.see(one);
    const { misfitCount, problemCount } = counts;
    counts = {
      ...counts,
      misfitCount: misfitCount + 1,
      problemCount: problemCount + found.length,
    };
  };
  let torn = false;
  try {
    for await (const input of typedRows(plan)) {
      if (input.type === "misfit") {
        note(input.problems);
        await onMisfit(input.problems);
        continue;
      }
      const { timeMs, textBytes } = input.row;
      counts.rowCount += 1;
      counts.textBytes += textBytes;
      timeFirstMs = Math.min(timeFirstMs ?? timeMs, timeMs);
      timeLastMs = Math.max(timeLastMs ?? timeMs, timeMs);
    }
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "CLI_INPUT_BROKEN") throw error;
    note([(error as CliError<"CLI_INPUT_BROKEN">).detail.problem]);
    torn = true;
  }
  if (torn || (counts.problemCount > 0 && plan.misfits === "refuse")) {
    throw new CliError("CLI_ROWS_REFUSED", {
      path: plan.source.path,
      rowCount: counts.rowCount + counts.misfitCount,
      problemCount: counts.problemCount,
      problems,
      causes: causes.found,
    });
  }
  return { ...counts, problems, causes: causes.found, timeFirstMs, timeLastMs };
}

/** Problems by their cause: what is wrong, in which field. */
class Causes {
  readonly #found = new Map<string, { first: InputProblem; count: number; lines: number[] }>();

  see(problem: InputProblem): void {
    const key = `${problem.kind} ${problem.field ?? ""}`;
    const cause = this.#found.get(key);
    if (cause === undefined) {
      if (this.#found.size >= causesKeptMax) return;
      this.#found.set(key, { first: problem, count: 1, lines: [problem.line] });
      return;
    }
    cause.count += 1;
    if (cause.lines.length < causeLinesMax) cause.lines.push(problem.line);
  }

  get found(): readonly ProblemCause[] {
    return [...this.#found.values()];
  }
}

/**
 * Second pass, after {@link checkInput}: the rows in batches. A file that is no longer the one that was
 * checked ends it.
 * @throws CLI_INPUT_CHANGED
 */
export async function* readBatches(
  plan: InputPlan,
  options: BatchOptions,
): AsyncGenerator<RowBatch> {
  const { source } = plan;
  await source.checkUnchanged();
  for await (const batch of batchRows(fittingRows(plan), options)) {
    await source.checkUnchanged();
    yield batch;
  }
}

async function* fittingRows(plan: InputPlan): AsyncGenerator<TypedRow> {
  const changed = new CliError("CLI_INPUT_CHANGED", { path: plan.source.path });
  try {
    for await (const input of typedRows(plan)) {
      if (input.type === "row") yield input.row;
      else if (plan.misfits === "refuse") throw changed;
    }
  } catch (error) {
    // The first pass read the file to its end, so damage is new.
    throw error instanceof CliError && error.code === "CLI_INPUT_BROKEN" ? changed : error;
  }
}

function timeOptions(plan: InputPlan, columns: readonly string[]): TimeOptions {
  const { source, ...rest } = plan.time;
  if (source.type !== "column") return { ...rest, source };
  const { column, unit } = source;
  const position = timePosition(plan, columns, column);
  return { ...rest, source: { type: "column", name: column, position, unit } };
}

/** The time column may be named as in the file or as in the stream. */
function timePosition(plan: InputPlan, columns: readonly string[], column: string): number {
  const renamed = columns.map((name) => plan.renames.get(name) ?? name);
  const position = [columns, renamed].map((names) => names.indexOf(column)).find((at) => at !== -1);
  if (position !== undefined) return position;
  throw new CliError("CLI_COLUMN_UNKNOWN", { option: "--time", column, known: columns });
}

/** One row with its time, or what is wrong with it; `index` counts the rows from 0. */
export function typeRow(
  row: SourceRow,
  index: number,
  columns: ColumnPlan,
  time: TimeOptions,
): InputRow {
  const typed = toCells(row, columns);
  const at = observationTime(row, index, time);
  if (!typed.ok || !at.ok) {
    const found = [...(typed.ok ? [] : typed.problems), ...(at.ok ? [] : [at.problem])];
    return { type: "misfit", problems: oneOfEachField(found) };
  }
  const textBytes = textBytesOf(typed.cells);
  if (textBytes > rowTextBytesMax) {
    const detail = { bytesMax: rowTextBytesMax };
    const found = problem(row.line, null, "row-size", detail, `${textBytes}`);
    return { type: "misfit", problems: [found] };
  }
  return { type: "row", row: { line: row.line, timeMs: at.ms, cells: typed.cells, textBytes } };
}

/** A bad time fails as a cell and as the row's time; it is one problem. */
function oneOfEachField(problems: readonly InputProblem[]): readonly InputProblem[] {
  const fields = new Set<string | null>();
  return problems.filter(({ field }) => !fields.has(field) && fields.add(field));
}
