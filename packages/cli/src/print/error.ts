import { CliError } from "../errors.ts";
import type { InputProblem } from "../input/problem.ts";
import { englishWords, type Words } from "../words/catalogue.ts";
import type { Painter } from "./colour.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { printable } from "./printable.ts";

/** An error in the words of people. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly why: string;
  readonly next: string;
  readonly problems: readonly InputProblem[];
  /** All problems, also those that are not listed. */
  readonly problemCount: number;
  readonly exit: ExitCode;
}

/** Where and how an error is told. */
export interface ErrorOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Whether stdout is for programs: then it gets the error as one JSON document. */
  readonly json: boolean;
  /** Whether to add stacks and causes. */
  readonly debug: boolean;
  readonly paint: Painter;
  readonly words: Words;
}

/** The version mark of the JSON document of an error. */
export const errorDocumentMark = "tegata.error/1";

// Codes of this project only: Node's own errors carry codes such as ENOSPC.
const ourCode = /^(LEDGER|CONSENSUS|NODE|GATEWAY|CLI)_[A-Z0-9_]+$/;

/**
 * Tells an error on stderr and gives the exit code. With `json` stdout gets one document, in English
 * whatever the language.
 */
export function printError(error: unknown, output: ErrorOutput): ExitCode {
  const report = describeError(error, output.words);
  const lines = renderError(report, output.words, output.paint);
  const trace = output.debug ? traceOf(error) : "";
  output.stderr.write(`${lines}\n${trace}`);
  if (output.json) output.stdout.write(`${errorDocument(describeError(error, englishWords))}\n`);
  return report.exit;
}

/**
 * Finds the words for anything that was thrown: an error of this package, an error or problem document
 * that carries one of our codes, or something nobody expected.
 */
export function describeError(error: unknown, words: Words): ErrorReport {
  if (error instanceof CliError) return describeCliError(error, words);
  const carried = codeOf(error);
  if (carried !== null) return describeForeign(carried, error as object, words);
  const text = error instanceof Error ? error.message : String(error);
  return describeCliError(new CliError("CLI_UNEXPECTED", { text }), words);
}

/** The lines of an error: what, why, each problem, what next, and the code. */
export function renderError(report: ErrorReport, words: Words, paint: Painter): string {
  const { problems, problemCount } = report;
  const more = problemCount - problems.length;
  const inner = [
    `${words.whyLabel}:  ${printable(report.why)}`,
    ...problems.map((problem) => problemLine(problem, words)),
    ...(more > 0 ? [words.problemsMore(more)] : []),
    `${words.nextLabel}: ${printable(report.next)}`,
    `${words.codeLabel}: ${printable(report.code)}`,
  ];
  const head = `${paint("bad", `${words.errorLabel}:`)} ${printable(report.message)}`;
  return [head, ...inner.map((line) => `  ${line}`)].join("\n");
}

/** `line 17: value: expected a whole number, got "ERR"`. */
export function problemLine(problem: InputProblem, words: Words): string {
  const { expected, got } = words.problemOf(problem);
  const field = problem.field === null ? "" : `${problem.field}: `;
  const end = got === null ? "" : `, ${words.got(got)}`;
  return printable(`${words.lineLabel(problem.line)}: ${field}${words.expected(expected)}${end}`);
}

/** One JSON document: `schema`, `code`, `message`, `why`, `next`, and the problems where there are any. */
export function errorDocument(report: ErrorReport): string {
  const { code, message, why, next, problems, problemCount } = report;
  const listed = problems.map((problem) => {
    const { line, field, kind, got } = problem;
    return { line, field, kind, expected: englishWords.problemOf(problem).expected, got };
  });
  const found = problems.length === 0 ? {} : { problemCount, problems: listed };
  return JSON.stringify({ schema: errorDocumentMark, code, message, why, next, ...found });
}

function describeCliError(error: CliError, words: Words): ErrorReport {
  const said = words.errorOf(error.code, error.detail);
  const refused = error.code === "CLI_ROWS_REFUSED";
  const { problems, problemCount } = refused
    ? (error as CliError<"CLI_ROWS_REFUSED">).detail
    : { problems: [], problemCount: 0 };
  return { code: error.code, ...said, problems, problemCount, exit: exitCodeOf(error.code, null) };
}

/** Errors of the other packages, and problem documents of the API (RFC 9457), say their own words. */
function describeForeign(code: string, error: object, words: Words): ErrorReport {
  const said: Readonly<Record<string, unknown>> = { ...error };
  const text = (...names: readonly string[]): string | null => {
    const found = names.map((name) => said[name]).find((value) => isText(value));
    return typeof found === "string" ? found : null;
  };
  const own = error instanceof Error ? error.message : null;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : null;
  const message = text("title") ?? own ?? text("message") ?? code;
  const why = text("why", "detail") ?? (own === message ? null : own) ?? cause ?? words.whyUnsaid;
  const status = typeof said.status === "number" ? said.status : null;
  return {
    code,
    message,
    why,
    next: text("next") ?? nextFor(code, words),
    problems: [],
    problemCount: 0,
    exit: exitCodeOf(code, status),
  };
}

function nextFor(code: string, words: Words): string {
  const [family] = code.split("_", 1);
  switch (family) {
    case "LEDGER":
      return words.nextForLedger;
    case "NODE":
      return words.nextForNode;
    case "GATEWAY":
      return words.nextForGateway;
    default:
      return words.nextForConsensus;
  }
}

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  const { code } = error;
  return typeof code === "string" && ourCode.test(code) ? code : null;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/** Stacks of an error and its causes, for `--debug` only. */
function traceOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at = error; at instanceof Error && stacks.length < 8; at = at.cause) {
    stacks.push(at.stack ?? at.message);
  }
  return stacks.map((stack) => `${stack}\n`).join("");
}
