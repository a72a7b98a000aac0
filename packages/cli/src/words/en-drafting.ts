import type { DateOrder } from "../input/date-order.ts";
import { counted } from "../print/human.ts";

const firstOf: Readonly<Record<DateOrder, string>> = {
  dmy: "the day",
  mdy: "the month",
  ymd: "the year",
};

/** English words of a stream that is drawn from a sample. */
export const enDrafting = {
  example: "Example",
  headerIn: (line: number): string => `The names of the columns stand in line ${line}.`,
  timesZoned: (column: string): string => `Times: column ${column}; it says its zone itself.`,
  timesIn: (column: string, zone: string): string =>
    `Times: column ${column}, read as time of ${zone} (else --tz ZONE).`,
  timesNone: "Times: no column; a row gets the time at which it is submitted.",
  timesSeveral: (columns: readonly string[]): string =>
    `Times: one of ${columns.join(", ")}; say which with --time when you submit, else rows get the time of submission.`,
  timesUnix: (column: string, unit: "s" | "ms"): string =>
    `Times: ${column} counts ${unit === "s" ? "seconds" : "milliseconds"} since 1970; submit with --time ${column} --time-unit ${unit}.`,
  timesUnread: (column: string, value: string): string =>
    `Times: ${column} looks like times, but "${value}" cannot be read as one; each row would get the time at which it is submitted. Write it as 2026-11-22 09:05:00.`,
  timesSplit: (day: string, clock: string): string =>
    `Times: ${day} says the day alone and ${clock} the time of day; all rows of a day would get its midnight. Write both into one column, such as 2026-11-22 09:05:00.`,
  datesIn: (column: string, order: DateOrder, example: string, read: string): string =>
    `Dates in ${column}: ${firstOf[order]} stands first, ${example} is ${read} (else --date-order).`,
  noRows: "The sample has names of columns and no rows: every field is taken for text.",
  doubtful: {
    text: "nobody was asked, so no stream was made",
    next: "correct the file as said above, add --date-order or --decimal, or say --yes",
  },
  proposed: (facets: readonly string[]): string =>
    `Facets ${facets.join(", ")} are proposed by the names; --facet NAME=FIELD,… says otherwise, --facet data=* makes one.`,
  misfits: (cells: number): string =>
    `${counted(cells, "field has a cell", "fields have cells")} that would be refused:`,
  remedy: (next: string): string => `    next: ${next}`,
  ask: "Make this stream? [Y/n] ",
  askDoubtful: "Make this stream all the same? [y/N] ",
  notMade: {
    text: "no stream was made",
    next: "correct it with --facet, --time, --tz, --header, --date-order or --decimal; or write it with --dry-run --json, edit it, and give it with --schema",
  },
  rejects: (rows: number, path: string): string =>
    `${counted(rows, "row is", "rows are")} listed in ${path} with line, field and reason.`,
  rejectTitles: ["line", "field", "expected", "got", "next"],
};
