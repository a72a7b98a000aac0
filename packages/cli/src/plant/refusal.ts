import type { TableReading } from "@tegata/gateway";
import type { Problem } from "@tegata/gateway/client";
import { CliError, type CliErrorCode } from "../errors.ts";
import { painter } from "../print/colour.ts";
import { describeError, renderError } from "../print/error.ts";
import { englishWords, words } from "../words/catalogue.ts";

/** Faults of a file; whoever sent it has to do something. */
const faults: ReadonlySet<CliErrorCode> = new Set([
  "CLI_ROWS_REFUSED",
  "CLI_INPUT_BROKEN",
  "CLI_FORMAT_UNKNOWN",
  "CLI_INPUT_SECRET",
  "CLI_COLUMN_UNKNOWN",
  "CLI_TIME_UNSAID",
  "CLI_TIME_SPLIT",
  "CLI_USAGE",
] as const);
const refusedStatus = 422;

/** A file that cannot be read, as an answer. @throws what is no fault of the file */
export function refusalOf(error: unknown): Extract<TableReading, { ok: false }> {
  if (!(error instanceof CliError) || !faults.has(error.code)) throw error;
  const { code, message: title, why, next, problems } = describeError(error, englishWords);
  const type = `urn:tegata:${code.toLowerCase().replaceAll("_", "-")}`;
  const errors = problems.map(({ place, number, field, expected, got }) => {
    const line = place === "line" ? number : null;
    return { row: null, line, field, expected, got: got ?? "" };
  });
  const status = refusedStatus;
  const problem = { type, title, status, detail: `${title}: ${why}`, code, why, next, errors };
  return { ok: false, problem, text: told(error) };
}

/** A refusal of the gateway in the words of people. */
export function explainProblem(problem: Problem): string {
  return told(problem);
}

function told(error: unknown): string {
  return renderError(describeError(error, words()), words(), painter(false));
}
