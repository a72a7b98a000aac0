import { createHash } from "node:crypto";
import type { FileReader, FileReading, FileRefusal, SettledFile } from "@tegata/collect";
import { collectLimits } from "@tegata/collect";
import type { SubmitRowsBody } from "@tegata/gateway/client";
import { rejectLines, rejectTitles } from "../commands/rejects.ts";
import { CliError } from "../errors.ts";
import { toJsonCells } from "../input/api-cells.ts";
import type { EpochLength } from "../input/batches.ts";
import {
  checkInput,
  type InputPlan,
  type InputSummary,
  readBatches,
  typedRows,
} from "../input/rows.ts";
import { type InputSource, openSource } from "../input/source.ts";
import { painter } from "../print/colour.ts";
import {
  causeLine,
  describeError,
  errorDocument,
  renderError,
  reportCause,
} from "../print/error.ts";
import { englishWords, words } from "../words/catalogue.ts";
import { type FileOrders, planOfFile } from "./rows-plan.ts";

/** What reading files of a folder needs beside the orders. */
export interface FileReaderOptions {
  readonly orders: FileOrders;
  readonly epochLength: EpochLength;
  readonly nowMs: () => number;
}

/** Faults of a file, after which the person who put it there has to do something. */
const faults: ReadonlySet<string> = new Set([
  "CLI_ROWS_REFUSED",
  "CLI_INPUT_BROKEN",
  "CLI_INPUT_CHANGED",
  "CLI_FORMAT_UNKNOWN",
  "CLI_INPUT_SECRET",
  "CLI_COLUMN_UNKNOWN",
  "CLI_TIME_UNSAID",
  "CLI_TIME_SPLIT",
]);

/** Reads the files of a folder as `submit` reads one. */
export function fileReader(options: FileReaderOptions): FileReader {
  const isFault = (error: unknown): boolean => {
    const { code } = error as { readonly code?: unknown };
    return typeof code === "string" && faults.has(code);
  };
  return {
    isFault,
    awayReason: (error) =>
      error instanceof CliError && error.code === "CLI_INPUT_UNREADABLE"
        ? (error as CliError<"CLI_INPUT_UNREADABLE">).detail.reason
        : null,
    explain: refusalOf,
    changed: ({ path }) => new CliError("CLI_INPUT_CHANGED", { path }),
    read: async (file) => {
      let source: InputSource;
      try {
        source = await openSource(file.path, { stdin: nothing() });
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (error.code === "CLI_INPUT_MISSING") return { type: "unfinished" };
        const { reason } = (error as CliError<"CLI_INPUT_UNREADABLE">).detail;
        return { type: "unreadable", reason };
      }
      const reading = await readOpen(source, file, options, isFault).catch(async (error) => {
        await source.close();
        throw error;
      });
      if (reading.type !== "fits") await source.close();
      return reading;
    },
  };
}

async function readOpen(
  source: InputSource,
  file: SettledFile,
  options: FileReaderOptions,
  isFault: FileReader["isFault"],
): Promise<FileReading> {
  const { orders } = options;
  if (source.sizeBytes !== file.sizeBytes) return { type: "unfinished" };
  const nowMs = options.nowMs();
  const timeMs = Math.min(Math.floor(file.mtimeMs), nowMs);
  const hash = createHash("sha256");
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.read()) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    const plan = await planOfFile(orders, source, { timeMs, nowMs });
    const summary = await checkInput({ ...plan, source: { ...plan.source, read: hashed } });
    return {
      type: "fits",
      content: hash.digest("hex"),
      rows: summary.rowCount,
      leftOut: leftOutOf(summary, file, orders.rejects ? rejectsOf(plan) : null),
      bodies: (baseMs) => bodiesOf(withBase(plan, baseMs), options.epochLength),
      close: () => source.close(),
    };
  } catch (error) {
    // What does not fit may be the half of something: then it is looked at again.
    const isWhole = await source.checkUnchanged().then(
      () => true,
      () => false,
    );
    if (!isFault(error)) throw error;
    const refusal = refusalOf(error, file, 0);
    return isWhole && refusal.code !== "CLI_INPUT_CHANGED"
      ? { type: "misfit", ...refusal }
      : { type: "unfinished" };
  }
}

function withBase(plan: InputPlan, startMs: number): InputPlan {
  const { source } = plan.time;
  if (source.type !== "steps") return plan;
  return { ...plan, time: { ...plan.time, source: { ...source, startMs } } };
}

async function* bodiesOf(
  plan: InputPlan,
  epochLength: EpochLength,
): AsyncGenerator<SubmitRowsBody> {
  const { submissionRowsMax: rowCountMax, submissionTextBytesMax: textBytesMax } = collectLimits;
  for await (const { rows } of readBatches(plan, { epochLength, rowCountMax, textBytesMax })) {
    yield {
      rows: rows.map(({ timeMs, cells }) => {
        return { timeMs, cells: toJsonCells(plan.schema.fields, cells) };
      }),
      backfill: plan.time.backfill,
    };
  }
}

function refusalOf(error: unknown, { name }: SettledFile, rowsSent: number | null): FileRefusal {
  const report = describeError(error, words());
  const told = renderError(report, words(), painter(false)).split("\n");
  const [first, last] = endsOf(name, rowsSent);
  const english = JSON.parse(errorDocument(describeError(error, englishWords))) as unknown;
  return { code: report.code, text: [first, "", ...told, "", last], report: english };
}

function endsOf(name: string, rowsSent: number | null): readonly [first: string, last: string] {
  const { collect } = words();
  if (rowsSent === null) return [collect.perhapsPublished(name), collect.putMissing];
  return rowsSent === 0
    ? [collect.notPublished(name), collect.putAgain]
    : [collect.partlyPublished(name, rowsSent), collect.putRest(rowsSent)];
}

/** The whole list of rows that are left out; read once more, because it may be as long as the file. */
async function* rejectsOf(plan: InputPlan): AsyncGenerator<string> {
  yield rejectTitles();
  for await (const row of typedRows(plan)) {
    if (row.type === "misfit") yield rejectLines(row.problems).join("");
  }
}

function leftOutOf(
  { misfitCount, causes }: InputSummary,
  { name }: SettledFile,
  list: AsyncIterable<string> | null,
): Extract<FileReading, { type: "fits" }>["leftOut"] {
  if (misfitCount === 0) return null;
  const lines = causes.map((cause) => causeLine(reportCause(cause, words()), words()));
  const text = [words().collect.leftOut(name, misfitCount), "", ...lines];
  return { rows: misfitCount, text, list };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
