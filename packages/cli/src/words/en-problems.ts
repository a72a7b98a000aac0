import type { InputProblem, ProblemDetails, ProblemKind } from "../input/problem.ts";
import { bytes, duration } from "../print/human.ts";
import { enListed, enMeant } from "./en-listed.ts";
import { meant } from "./listed.ts";

/** What a person reads about one problem. `got: null` leaves out what stood there. */
export interface ProblemWords {
  readonly expected: string;
  readonly got: string | null;
  readonly next: string;
}

type Writer<Kind extends ProblemKind> = (
  detail: ProblemDetails[Kind],
  got: string,
) => Omit<ProblemWords, "got"> & { readonly got?: string | null };

const asText = "correct the cell, or make the field text in a schema file";

const countedTimes = {
  s: "Unix time in seconds",
  ms: "Unix time in milliseconds",
  excel: "a spreadsheet's day such as 46000.5",
} as const;

const typeWords = {
  integer: "a whole number",
  decimal: "a number",
  boolean: "true or false",
  time: "a time",
} as const;

/** English words of every kind of problem. */
export const enProblems: { readonly [Kind in ProblemKind]: Writer<Kind> } = {
  text: () => ({ expected: "text", next: "put the value in quotes, or change the field's type" }),
  integer: () => ({ expected: "a whole number", next: asText }),
  decimal: () => ({ expected: "a number such as -12.50", next: asText }),
  boolean: () => ({ expected: "true or false", next: asText }),
  time: () => ({
    expected: "a time such as 2026-11-21T09:00:00Z or 2026-11-21 18:00:00",
    next: "correct the time; --time-unit s or ms reads numbers as Unix time",
  }),
  bytes: () => ({ expected: "bytes in base64", next: asText }),
  "number-comma": () => ({
    expected: "a number with a decimal point and no other commas, such as 1234.5",
    next: "--decimal comma reads 1,5 as 1.5; write 1,234 that is meant as thousands as 1234",
  }),
  "number-point": () => ({
    expected: "a number with a decimal comma as --decimal comma says, such as 1234,5",
    next: "write 1.5 as 1,5 and 1.234 that is meant as thousands as 1234, or leave out --decimal",
  }),
  "number-wide": () => ({
    expected: "a number in half-width digits",
    next: "write the number in half-width digits, such as 12.5",
  }),
  "no-value": ({ type }) => ({
    expected: `${typeWords[type]}, or an empty cell where there is no value`,
    next: "empty the cell, or leave out such rows with --skip-invalid",
  }),
  "time-serial": () => ({
    expected: "a time, not a day counted by a spreadsheet",
    next: "format the column in the spreadsheet as yyyy-mm-dd hh:mm:ss and save the file again; a column of numbers is read with --time COLUMN --time-unit excel",
  }),
  "time-order": ({ readings }) => {
    const texts = [...new Set(readings.map(([, text]) => text))];
    const [only] = readings;
    if (texts.length > 1) {
      return {
        expected: `a date that can be read in one way only; this is ${texts.join(" or ")}`,
        next: `say which stands first: ${readings.map(([order]) => `--date-order ${order}`).join(" or ")}`,
      };
    }
    return {
      expected: "a time that begins with its year, such as 2026-11-21 18:00:00",
      next:
        only === undefined
          ? "write year, month, day; Excel: format the column as yyyy-mm-dd hh:mm:ss"
          : `write year, month, day; where all dates of the file are so: --date-order ${only[0]}`,
    };
  },
  "cell-count": ({ expected }, got) => ({
    expected: `${expected} cells as in the header`,
    got: `${got} cells`,
    next: "add or remove cells; a cell with a separator inside needs quotes",
  }),
  "row-size": ({ bytesMax }, got) => ({
    expected: `at most ${bytes(bytesMax)} in a row`,
    got: bytes(Number(got)),
    next: "publish large values as files in a stream of documents",
  }),
  "line-size": ({ bytesMax }) => ({
    expected: `at most ${bytes(bytesMax)} in a line`,
    next: "check that the file is text with one row a line",
  }),
  encoding: ({ encoding }) => ({
    expected: `text in ${encoding}`,
    next: "save the file as UTF-8, or name its encoding with --encoding cp932",
  }),
  "encoding-mixed": ({ encoding }) => ({
    expected: `text in ${encoding} as in the rest of the file, not UTF-8`,
    next: "two encodings are mixed: save the whole file as UTF-8",
  }),
  "nul-byte": () => ({
    expected: "text without NUL bytes",
    next: "save the file as UTF-8 text; publish other files as documents",
  }),
  quote: (_, got) => ({
    expected: "a quote only around a whole cell, and doubled inside it",
    got: got === "" ? null : `another one in cell ${got}`,
    next: 'write a quote inside a cell as "" and put the cell in quotes',
  }),
  "open-quote": () => ({
    expected: "the quote that ends a cell of this row",
    next: "look for a quote too many in this line",
  }),
  "no-header": () => ({
    expected: "a line with the names of the columns",
    next: "put the names of the columns into the first line, or say in which they stand: --header N",
  }),
  "no-object": () => ({
    expected: "a line with a JSON object, whose keys name the columns",
    next: "give a file with at least one row",
  }),
  "column-count": ({ countMax }, got) => ({
    expected: `at most ${countMax} columns`,
    got,
    next: "split the columns over several streams",
  }),
  "column-name": ({ position }) => ({
    expected: `a name for column ${position}`,
    next: "give every column a name without line ends; names that stand further down: --header N",
  }),
  "column-twice": () => ({
    expected: "every column once",
    next: "give one of the two columns another name",
  }),
  "column-unknown": ({ known }, got) => ({
    expected: `one of the stream's fields: ${enListed(known)}`,
    got: null,
    next: meant(
      got,
      known,
      (name) => `did you mean "${name}"? Rename the column, or say --map ${name}=COLUMN`,
      "remove the column, or name its field with --map FIELD=COLUMN",
    ),
  }),
  "column-missing": () => ({
    expected: "a column for this field",
    next: "add the column, or name it with --map FIELD=COLUMN",
  }),
  json: () => ({
    expected: "one complete JSON object a line",
    next: "write each object on a line of its own, for example with jq -c .",
  }),
  "json-object": () => ({
    expected: "a JSON object",
    next: "write each row as an object with the names of the fields",
  }),
  "json-key-twice": () => ({ expected: "every key once", next: "remove one of the two keys" }),
  "json-nested": () => ({
    expected: "a text, number, true, false or null",
    next: "give nested values fields of their own, or publish the file as a document with --file",
  }),
  "field-unknown": ({ known }, got) => ({
    expected: `one of the stream's fields: ${enListed(known)}`,
    got: null,
    next: enMeant(got, known, "remove the key, or correct its name"),
  }),
  observation: () => ({
    expected: "an observation: time|item|value",
    next: "remove the line, or leave out such lines with --skip-invalid",
  }),
  "observation-pair": () => ({
    expected: "a value after every item",
    next: "complete the line, or leave out such lines with --skip-invalid",
  }),
  "observation-item": () => ({
    expected: "a name before every value",
    next: "complete the line, or leave out such lines with --skip-invalid",
  }),
  asset: () => ({
    expected: "an observation, not an asset",
    next: "leave assets out with --skip-invalid and publish them as documents",
  }),
  "time-missing": () => ({ expected: "a time in every row", next: "add the missing time" }),
  "time-nonexistent": ({ zone }) => ({
    expected: `a time that the clocks of ${zone} show`,
    next: "write the time with its offset, such as +02:00, or correct it",
  }),
  "time-ambiguous": ({ zone }) => ({
    expected: `a time that the clocks of ${zone} show once`,
    next: "write the time with its offset, such as +02:00",
  }),
  "unix-time": ({ unit }) => ({
    expected: countedTimes[unit],
    next: "correct the time, or leave out --time-unit for written times",
  }),
  "time-ahead": ({ aheadMs, zone, marked, mayBeLocal }) => ({
    expected: `a time that is not ${duration(aheadMs)} ahead`,
    next: aheadRemedy(zone, marked, mayBeLocal),
  }),
  "time-old": ({ ageMsMax }, got) => ({
    expected: `a time within the last ${duration(ageMsMax)}`,
    got,
    next: "say --backfill to publish older rows",
  }),
  "time-before-1970": () => ({ expected: "a time after 1970", next: "correct the time" }),
};

function aheadRemedy(zone: string | null, marked: boolean, mayBeLocal: boolean): string {
  if (zone === null && mayBeLocal) {
    return marked
      ? "correct the time, or the clock that made it; local time written as UTC: leave out the Z and say its zone, such as --tz Asia/Tokyo"
      : "local time: say its zone, such as --tz Asia/Tokyo; else correct the clock that made it";
  }
  if (zone === null) return "correct the time, or the clock that made it";
  return marked
    ? `local time of ${zone} written as UTC? Leave out the Z and say --tz ${zone}`
    : `local time read as UTC? Say --tz ${zone}`;
}

/** English words of one problem. */
export function enProblem(found: InputProblem): ProblemWords {
  const write = enProblems[found.kind] as Writer<ProblemKind>;
  const said = write(found.detail, found.got);
  const quoted = found.got === "" ? null : `"${found.got}"`;
  return {
    expected: said.expected,
    next: said.next,
    got: said.got === undefined ? quoted : said.got,
  };
}
