import type { SettingProblem } from "@tegata/settings";
import { CliError } from "../errors.ts";
import type { InputProblem } from "../input/problem.ts";
import type { ProblemCause } from "../input/rows.ts";
import { withHome } from "../program/own-command.ts";
import { englishWords, type Words } from "../words/catalogue.ts";
import type { ErrorWords } from "../words/error-words.ts";
import type { Painter } from "./colour.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { printable } from "./printable.ts";
import { displayWidth, pad } from "./width.ts";

/** An error in the words of people. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly why: string;
  readonly next: string;
  readonly problems: readonly ProblemReport[];
  /** The same by cause, for people; empty where each problem is told for itself. */
  readonly causes: readonly CauseReport[];
  /** All problems, also those that are not listed. */
  readonly problemCount: number;
  readonly exit: ExitCode;
  /** What programs are told beside it. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** One thing wrong with the input, in the words of people. */
export interface ProblemReport {
  /** Line of the file, or row of what was sent where the other side found it; from 1. */
  readonly place: "line" | "row" | null;
  readonly number: number;
  readonly field: string | null;
  readonly expected: string;
  /** What stood there, as it is shown; null when that says nothing. */
  readonly got: string | null;
}

/** Everything that is wrong in one way. */
export interface CauseReport {
  readonly first: ProblemReport;
  readonly count: number;
  /** The first lines it stands in. */
  readonly lines: readonly number[];
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
  /** The folder of the company as it was typed, which the commands of the remedy keep; null: none was. */
  readonly home: string | null;
}

/** The version mark of the JSON document of an error. */
export const errorDocumentMark = "tegata.error/1";

/** Problems of a document that are shown. */
const problemsShownMax = 20;

// Codes of this project only: Node's own errors carry codes such as ENOSPC.
const ourCode = /^(LEDGER|SETTINGS|CONSENSUS|LIGHT|NODE|GATEWAY|COLLECT|CLI)_[A-Z0-9_]+$/;

/**
 * Tells an error on stderr and gives the exit code. With `json` stdout gets one document, in English
 * whatever the language.
 */
export function printError(error: unknown, output: ErrorOutput): ExitCode {
  const report = ownReport(describeError(error, output.words), output.home);
  const lines = renderError(report, output.words, output.paint);
  const trace = output.debug ? traceOf(error) : "";
  output.stderr.write(`${lines}\n${trace}`);
  if (output.json) output.stdout.write(`${errorDocument(describeError(error, englishWords))}\n`);
  return report.exit;
}

/** Codes whose remedy another company has to say. */
const forOthers: ReadonlySet<string> = new Set(["CLI_RECOVER_NO_MEMBER"]);

function ownReport(report: ErrorReport, home: string | null): ErrorReport {
  if (forOthers.has(report.code)) return report;
  return { ...report, why: withHome(report.why, home), next: withHome(report.next, home) };
}

/**
 * Finds the words for anything that was thrown: an error of this package, an error or problem document
 * that carries one of our codes, or something nobody expected.
 */
export function describeError(error: unknown, words: Words): ErrorReport {
  if (error instanceof CliError) return describeCliError(error, words);
  return describeAny(error, words);
}

function describeAny(error: unknown, words: Words): ErrorReport {
  const carried = codeOf(error);
  if (carried !== null) return describeForeign(carried, error as object, words);
  const { code, path } = (error ?? {}) as { readonly code?: unknown; readonly path?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") {
    const full = new CliError("CLI_DISK_FULL", { path: typeof path === "string" ? path : "" });
    return describeCliError(full, words);
  }
  const text = error instanceof Error ? error.message : String(error);
  return describeCliError(new CliError("CLI_UNEXPECTED", { text }), words);
}

/** The lines of an error: what, why, each problem, what next, and the code. */
export function renderError(report: ErrorReport, words: Words, paint: Painter): string {
  const { problems, causes, problemCount } = report;
  const isByCause = causes.length > 0;
  const told = isByCause ? causes.reduce((sum, { count }) => sum + count, 0) : problems.length;
  const more = problemCount - told;
  const labels = [words.whyLabel, words.nextLabel, words.codeLabel];
  const width = Math.max(...labels.map(displayWidth)) + 1;
  const line = (label: string, text: string): string => {
    return `${pad(`${label}:`, width, "left")} ${printable(text)}`;
  };
  const inner = [
    line(words.whyLabel, report.why),
    ...(isByCause
      ? causes.map((cause) => causeLine(cause, words))
      : problems.map((problem) => problemLine(problem, words))),
    ...(more > 0 ? [words.problemsMore(more)] : []),
    line(words.nextLabel, report.next),
    line(words.codeLabel, report.code),
  ];
  const head = `${paint("bad", `${words.errorLabel}:`)} ${printable(report.message)}`;
  return [head, ...inner.map((line) => `  ${line}`)].join("\n");
}

/** A problem of a file as a report. */
export function reportProblem(problem: InputProblem, words: Words): ProblemReport {
  const { expected, got } = words.problemOf(problem);
  return { place: "line", number: problem.line, field: problem.field, expected, got };
}

/** A cause of a file's problems as a report. */
export function reportCause({ first, count, lines }: ProblemCause, words: Words): CauseReport {
  return { first: reportProblem(first, words), count, lines };
}

/** `lines 17, 18, 19 and 40 more: value: expected a whole number, got "ERR"`. */
export function causeLine({ first, count, lines }: CauseReport, words: Words): string {
  if (count === 1) return problemLine(first, words);
  return placedLine(words.linesLabel(lines, count - lines.length), first, words);
}

/** `line 17: value: expected a whole number, got "ERR"`. */
export function problemLine(problem: ProblemReport, words: Words): string {
  const { place, number } = problem;
  return placedLine(
    place === "line" ? words.lineLabel(number) : words.rowLabel(number),
    problem,
    words,
  );
}

function placedLine(label: string, problem: ProblemReport, words: Words): string {
  const { place, field, expected, got } = problem;
  const parts = [place === null ? null : label, field, words.expected(expected)];
  const end = got === null ? "" : `, ${words.got(got)}`;
  return printable(`${parts.filter((part) => part !== null).join(": ")}${end}`);
}

/** One JSON document: `schema`, `code`, `message`, `why`, `next`, and the problems where there are any. */
export function errorDocument(report: ErrorReport): string {
  const { code, message, why, next, problems, problemCount, facts } = report;
  const listed = problems.map(({ place, number, field, expected, got }) => {
    return { ...(place === null ? {} : { [place]: number }), field, expected, got };
  });
  const found = problems.length === 0 ? {} : { problemCount, problems: listed };
  return JSON.stringify({
    schema: errorDocumentMark,
    code,
    message,
    why,
    next,
    ...facts,
    ...found,
  });
}

function describeCliError(error: CliError, words: Words): ErrorReport {
  const said = words.errorOf(error.code, error.detail);
  const refused = error.code === "CLI_ROWS_REFUSED";
  const { problems, causes, problemCount } = refused
    ? (error as CliError<"CLI_ROWS_REFUSED">).detail
    : { problems: [], causes: [], problemCount: 0 };
  return {
    code: error.code,
    ...said,
    problems: problems.map((problem) => reportProblem(problem, words)),
    causes: causes.map((cause) => reportCause(cause, words)),
    problemCount,
    exit: exitCodeOf(error.code, null),
    facts: factsOf(error),
  };
}

/** Of what is not final a program is told so in the terms of the answer it asked for. */
function factsOf(error: CliError): Readonly<Record<string, unknown>> {
  if (error.code !== "CLI_NOT_FINAL") return {};
  const { what, missing } = (error as CliError<"CLI_NOT_FINAL">).detail;
  return { committed: false, height: null, waiting: what, missing };
}

/**
 * Errors of the other packages and problem documents of the API (RFC 9457). Their own words stand where
 * the catalogue has none; a problem document inside an error speaks for it.
 */
function describeForeign(code: string, error: object, words: Words): ErrorReport {
  const said: Readonly<Record<string, unknown>> = { ...error };
  const inside = isObject(said.detail) ? said.detail.problem : null;
  if (isObject(inside) && codeOf(inside) !== null) return describeAny(inside, words);
  const message = error instanceof Error ? { message: error.message } : {};
  const detail = isObject(said.detail) ? said.detail : {};
  const params = isObject(said.params) ? said.params : {};
  const known = words.foreignOf(code, { ...message, ...detail, ...params });
  const status = typeof said.status === "number" ? said.status : null;
  const problems =
    code === "SETTINGS_REFUSED"
      ? settingReports(detail.problems, words)
      : reportsOf(said.errors, words);
  return {
    code,
    ...(known ?? ownWords(code, error, said, words)),
    problems: problems.slice(0, problemsShownMax),
    causes: [],
    problemCount: problems.length,
    exit: exitCodeOf(code, status),
    facts: {},
  };
}

function ownWords(
  code: string,
  error: object,
  said: Readonly<Record<string, unknown>>,
  words: Words,
): ErrorWords {
  const text = (...names: readonly string[]): string | null => {
    const found = names.map((name) => said[name]).find(isText);
    return typeof found === "string" ? found : null;
  };
  const own = error instanceof Error && error.message !== code ? error.message : null;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : null;
  const message = text("title") ?? own ?? text("message") ?? words.failedUnsaid;
  const why = text("why", "detail") ?? (own === message ? null : own) ?? cause ?? words.whyUnsaid;
  return { message, why, next: text("next") ?? nextFor(code, words) };
}

/** What is wrong with the settings, by the lines of their file. */
function settingReports(problems: unknown, words: Words): ProblemReport[] {
  const list = (Array.isArray(problems) ? problems : []) as readonly SettingProblem[];
  return list.map((problem) => {
    const line = problem.origin.type === "file" ? problem.origin.line : null;
    const place = line === null ? null : "line";
    return { place, number: line ?? 0, ...words.settings.problem(problem) };
  });
}

/** The rows a problem document complains of. */
function reportsOf(errors: unknown, words: Words): ProblemReport[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isObject).map(({ row, field, expected, got }): ProblemReport => {
    const number = typeof row === "number" ? row : 0;
    return {
      place: typeof row === "number" ? "row" : null,
      number,
      field: typeof field === "string" ? field : null,
      expected: words.foreignExpected(String(expected)),
      got: typeof got === "string" && got !== "" ? `"${got}"` : null,
    };
  });
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Stacks of an error and its causes, for `--debug` only. */
function traceOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at = error; at instanceof Error && stacks.length < 8; at = at.cause) {
    stacks.push(at.stack ?? at.message);
  }
  return stacks.map((stack) => `${stack}\n`).join("");
}
