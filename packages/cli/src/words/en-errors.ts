import type { CliErrorCode, CliErrorDetails, DocumentFault, SchemaRule } from "../errors.ts";
import type { SecretKind } from "../input/secret-file.ts";
import { bytes, counted } from "../print/human.ts";
import { enBackupErrors } from "./en-backup.ts";
import { enDataErrors } from "./en-data-errors.ts";
import { enForeignFiles, enForeignRemedy } from "./en-foreign-files.ts";
import { enHomeErrors } from "./en-home-errors.ts";
import { enListed, enMeant } from "./en-listed.ts";
import { enMembershipErrors } from "./en-membership-errors.ts";
import { enProblem } from "./en-problems.ts";
import { enRecoveringErrors } from "./en-recovering.ts";
import type { ErrorWords } from "./error-words.ts";

const countedTimes = {
  s: "seconds since 1970",
  ms: "milliseconds since 1970",
  excel: "a spreadsheet's days",
} as const;

const secretKinds: Readonly<Record<SecretKind, string>> = {
  passphrase: "a passphrase file",
  "recovery-words": "a file of recovery words",
  key: "a file of secret keys",
  card: "a company card",
  genesis: "the genesis of a network",
  invitation: "an invitation",
};

const schemaRules: Readonly<Record<SchemaRule, string>> = {
  json: "the file is not JSON",
  shape: "the file is not a schema",
  name: "a name has 1 to 64 characters, none of them a line end or a space at an end",
  "name-twice": "a name stands twice",
  zone: "the zone is none that this program knows",
  "field-count": "a stream has 1 to 256 fields",
  "facet-count": "a stream has 1 to 16 facets",
  "facet-form": "a facet is given as NAME=FIELD,FIELD",
  "facet-unknown": "a field names a facet that is not listed",
  "facet-empty": "a facet has no field",
  "field-ambiguous": "several fields of the data read like this",
  "field-in-two-facets": "a field stands in two facets",
  "field-in-no-facet": "these fields stand in no facet, so nobody could say who may read them",
};

const documentFaults: Readonly<Record<DocumentFault, string>> = {
  order: "a piece is missing or out of order",
  mixed: "a piece belongs to another document",
  incomplete: "the end is missing",
  shape: "a piece has a size it cannot have",
};

function unreadableReason(reason: string): string {
  switch (reason) {
    case "EACCES":
    case "EPERM":
      return "this user may not read it";
    case "EISDIR":
      return "it is a folder";
    case "ENOSPC":
      return "there is no space left to keep the input aside";
    default:
      return reason;
  }
}

/** English words of every code of this package. */
export const enErrors: {
  readonly [Code in CliErrorCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  ...enHomeErrors,
  ...enMembershipErrors,
  ...enRecoveringErrors,
  ...enBackupErrors,
  ...enDataErrors,
  CLI_UNEXPECTED: ({ text }) => ({
    message: text === "" ? "something unexpected happened" : text,
    why: "this is a mistake of the program or of the machine, not of the command",
    next: "run it again with --debug and report what it prints",
  }),
  CLI_DISK_FULL: ({ path }) => ({
    message: "the disk is full",
    why: path === "" ? "something could not be written" : `${path} could not be written`,
    next: "make space, then run it again; what was acknowledged is kept",
  }),
  CLI_DECLINED: ({ text, next }) => ({ message: text, why: "the answer was no", next }),
  CLI_USAGE: (said) => ({
    message: (said.english ?? said).text,
    why: "the command was not understood, so nothing was done",
    next: (said.english ?? said).next,
  }),
  CLI_INPUT_MISSING: ({ path }) => ({
    message: `there is no file ${path}`,
    why: "nothing has this name here",
    next: "check the name; - reads standard input",
  }),
  CLI_INPUT_UNREADABLE: ({ path, reason }) => ({
    message: `${path} cannot be read`,
    why: unreadableReason(reason),
    next: "name a file that this user may read",
  }),
  CLI_INPUT_TOO_LARGE: ({ path, bytesMax }) => ({
    message: `the input from ${path} is too large`,
    why: `at most ${bytes(bytesMax)} are kept aside while they are checked`,
    next: "write it to a file first and name the file",
  }),
  CLI_INPUT_CHANGED: ({ path }) => ({
    message: `${path} changed while it was being published`,
    why: "what was checked is no longer what stands there",
    next: "run the command again with a file that nothing writes to",
  }),
  CLI_INPUT_BROKEN: ({ problem }) => {
    const { expected, got, next } = enProblem(problem);
    const what = problem.field === null ? "" : `${problem.field}: `;
    return {
      message: `line ${problem.line}: ${what}expected ${expected}`,
      why: got === null ? "the rest of the input cannot be read after this" : `got ${got}`,
      next,
    };
  },
  CLI_INPUT_SECRET: ({ path, kind }) => ({
    message: `${path} is ${secretKinds[kind]}, not data; nothing of it was read further or sent`,
    why: "what stands in it must never be published or shown",
    next: "name the file with your readings; a file that only looks so: give it another name or a header",
  }),
  CLI_FORMAT_UNKNOWN: ({ path, found }) => ({
    message: `${path} does not hold rows`,
    why: enForeignFiles[found],
    next: enForeignRemedy(found),
  }),
  CLI_ROWS_REFUSED: ({ path, rowCount, problemCount, problems }) => ({
    message: `${path} does not fit the stream; nothing was submitted`,
    why: `${counted(problemCount, "problem", "problems")} in ${counted(rowCount, "row", "rows")}`,
    next: problems[0] === undefined ? "correct the file" : enProblem(problems[0]).next,
  }),
  CLI_SCHEMA_REFUSED: ({ rule, place, got }) => ({
    message: `the schema cannot be used: ${place}`,
    why: got === "" ? schemaRules[rule] : `${schemaRules[rule]}: ${got}`,
    next:
      rule === "field-in-no-facet"
        ? "name them in a --facet, or let one facet take the rest: --facet NAME=*"
        : "correct it and run the command again",
  }),
  CLI_COLUMN_UNKNOWN: ({ option, column, known }) => ({
    message: `${option}: there is no column ${column}`,
    why: `the columns are ${enListed(known)}`,
    next: enMeant(column, known, `name one of them with ${option}`),
  }),
  CLI_TIME_REFUSED: ({ option, got }) => ({
    message: `${option} cannot be read: ${got}`,
    why: "a time reads 2026-11-21T09:00:00Z, a step 100ms, 1s, 1m, 1h or 1d",
    next: `give ${option} in that form; local times need an hour their zone has once`,
  }),
  CLI_TIME_UNSAID: ({ path, column, unit, example }) => ({
    message: `${path}: nobody said where the times come from; nothing was submitted`,
    why: `${column} (${example}) looks like ${countedTimes[unit]}, and the rows would get the time of now`,
    next: `say --time ${column} --time-unit ${unit}; if it is no time, --time-start TIME --time-step STEP says what is`,
  }),
  CLI_TIME_SPLIT: ({ path, day, clock, example }) => ({
    message: `${path}: day and time of day stand in two columns; nothing was submitted`,
    why: `${day} says the day alone and ${clock} (${example}) the time of day, so all rows of a day would get its midnight`,
    next: `write both into one column, such as 2026-11-22 09:05:00; --time ${day} takes the days as they are`,
  }),
  CLI_ZONE_UNKNOWN: ({ zone, suggestion }) => ({
    message: `there is no time zone ${zone}`,
    why: "zones have names of the IANA database",
    next:
      suggestion === null
        ? "say for example --tz Asia/Tokyo or --tz UTC"
        : `did you mean --tz ${suggestion}?`,
  }),
  CLI_DOCUMENT_BROKEN: ({ name, reason }) => ({
    message: `the document ${name} is not complete here`,
    why: documentFaults[reason],
    next: "fetch it again; if it stays so, ask its owner to publish it again",
  }),
};

/** English words of an error of this package. */
export function enError<Code extends CliErrorCode>(
  code: Code,
  detail: CliErrorDetails[Code],
): ErrorWords {
  return enErrors[code](detail);
}
