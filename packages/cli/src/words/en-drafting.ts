import { counted } from "../print/human.ts";

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
  proposed: (facets: readonly string[]): string =>
    `Facets ${facets.join(", ")} are proposed by the names; --facet NAME=FIELD,… says otherwise, --facet data=* makes one.`,
  misfits: (cells: number): string =>
    `${counted(cells, "field has a cell", "fields have cells")} that would be refused:`,
  remedy: (next: string): string => `    next: ${next}`,
  ask: "Make this stream? [Y/n] ",
  notMade: {
    text: "no stream was made",
    next: "correct it with --facet, --time, --tz or --header; or write it with --dry-run --json, edit it, and give it with --schema",
  },
  rejects: (rows: number, path: string): string =>
    `${counted(rows, "row is", "rows are")} listed in ${path} with line, field and reason.`,
  rejectTitles: ["line", "field", "expected", "got", "next"],
};
