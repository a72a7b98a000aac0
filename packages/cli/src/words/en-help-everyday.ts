import type { CommandWords } from "./command-words.ts";

const dryRun = "say what would happen and change nothing";

/** English help of the everyday commands. */
export const enHelpEveryday = {
  submit: {
    summary: "publish rows or a document",
    examples: [
      "tegata submit press-3 readings.csv --time ts",
      "press-logger --csv | tegata submit press-3 -",
      "nc adapter.line 7878 | tegata submit press-3 - --format shdr",
      "tegata submit drawings bracket.step --file",
    ],
    text: [
      "Publishes the rows of a file (CSV, NDJSON or SHDR; - is standard input) to a stream of yours.",
      "A file with a mistake is refused whole. It can be sent again after a failure: what was published",
      "already is not doubled. The same file of rows without times is refused for a week, unless --again",
      "says that the same values were measured once more.",
      "With --follow, and always with --format shdr, what comes from - is published line by line: kept on",
      "this disk first, then sent; lines that do not fit are set aside and counted, exit code 9.",
    ],
    options: {
      format: "form of the file, where it is not seen rightly",
      time: "column with the time of the observation (else: now)",
      "time-unit":
        "what the numbers of that column count: seconds or milliseconds since 1970, or a spreadsheet's days",
      "time-start": "time of the first row, for files without times",
      "time-step": "time from row to row, as 100ms, 1s or 1m",
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from a column of another name",
      encoding: "encoding of the file, where it is not seen rightly",
      header: "line of a CSV file with the names of the columns, where it is not found",
      "date-order": "which stands first in dates such as 05/06/2026, where no date tells",
      decimal: "what stands before the fraction of numbers",
      backfill: "take rows that are older than a week",
      "skip-invalid": "leave out rows with a mistake instead of refusing the file",
      rejects: "file to list what is left out: line, field, reason",
      again: "publish rows once more that were submitted before",
      follow: "publish the lines of - as they come, for a pipe that does not end (NDJSON, SHDR)",
      file: "publish the file as a document, byte for byte",
      name: "name of the document (else the file's)",
      "no-wait": "be done when the rows are safe on this disk, not yet with the others",
      timeout: "how long to wait for the others (30s)",
      "dry-run": "check the whole file and publish nothing",
    },
  },
  query: {
    summary: "read records you may read",
    examples: [
      "tegata query kato/press-3 --since 1h",
      "tegata query kato/press-3 --since 1h --plot force",
      "tegata query press-3 --all -o csv --bom > press-3.csv",
      "tegata query kato/drawings --document bracket.step --out bracket.step",
    ],
    text: [
      "Shows the records of a stream in the order they were written. Streams of others are called",
      "COMPANY/STREAM. Columns are the fields that you may read.",
    ],
    options: {
      since: "observed from then on: a time, or how long ago as 1h or 7d",
      until: "observed before then",
      tz: "zone of times that name none, and of times shown (this machine's)",
      facet: "only fields of this facet",
      limit: "at most so many records (100)",
      all: "all of them",
      newest: "the newest first",
      plot: "draw this field over time instead, of all records; may be given again",
      bom: "CSV for spreadsheets: with the mark of UTF-8, and no text runs as a formula",
      document: "fetch this document of a stream of documents",
      out: "write to this file",
    },
  },
  report: {
    summary: "write a page about a stream, with proofs beside it",
    examples: [
      "tegata report kato/press-3 --html press-3.html --since 7d",
      "tegata report press-3 --html press-3.html --facet quality --lang ja",
    ],
    text: [
      "Writes one page to open in a browser or to print: who may read what, charts of all fields of",
      "numbers, rows, and where each row comes from. It loads nothing and runs nothing. Beside FILE.html",
      "lies the folder FILE-proofs; the page names the command that checks them. Both show values in plain.",
    ],
    options: {
      html: "write the page to this file, which must not be there yet",
      since: "observed from then on: a time, or how long ago as 1h or 7d",
      until: "observed before then",
      tz: "zone of times that name none, and of times shown (this machine's)",
      facet: "only fields of this facet",
      rows: "rows that stand on the page (100); the charts show all",
    },
  },
  follow: {
    summary: "show records as they arrive",
    examples: ["tegata follow kato/press-3", "tegata follow kato/press-3 --json | jq .cells"],
    text: ["Shows every new record that you may read until Ctrl-C, which says how to go on later."],
    options: {
      from: "go on where an earlier run ended",
      count: "end after so many records",
    },
  },
  events: {
    summary: "show what happens, as it happens",
    examples: [
      "tegata events",
      "tegata events press-3 --type record,grant -o ndjson",
      "tegata events --type membership --json",
    ],
    text: [
      "Shows new streams, grants, what was closed and what happens to the members, one line each, until",
      "Ctrl-C, which says how to go on later. When the gateway restarts it goes on after the last event;",
      "what could not be shown is told as a gap. With a STREAM only what concerns it.",
    ],
    options: {
      type: "what to show: record, grant, closed, deleted, stream, membership, block (all but record and block)",
      from: "go on where an earlier run ended",
      count: "end after so many events",
    },
  },
  proof: {
    summary: "make a file that proves a record to anybody",
    examples: [
      "tegata proof press-3 1204.0.17 --facet quality --out reading.tegata-proof.json",
      "tegata proof press-3 1204.0.17 --facet identity --field serial",
    ],
    text: [
      "Writes a file with one record of one facet, or one field of it, that shows who wrote it and when.",
      "Whoever gets the file can read these values and no others. RECORD is the first column of query.",
    ],
    options: {
      facet: "facet whose values are shown (else the only one)",
      field: "show this field alone (facets that disclose by field)",
      out: "write to this file (else standard output)",
    },
  },
  verify: {
    summary: "check a proof, without any network",
    examples: [
      "tegata verify reading.tegata-proof.json --network 7c1e…90",
      "tegata verify reading.tegata-proof.json",
    ],
    text: [
      "Checks a proof against the id of a network, or against the network of the own company. Ends with",
      "0 if it is valid, with 8 if it is not or if nothing says that this is the right network.",
    ],
    options: { network: "id of the network, from somebody you trust" },
  },
  help: {
    summary: "help on a command, a topic or an error code",
    examples: ["tegata help grant", "tegata help time", "tegata help CLI_HOME_TAKEN"],
    text: ["Topics: exit-codes, grants, options, time. Every error code has a page."],
    options: { all: "all commands with everything they take" },
  },
  version: {
    summary: "versions of program, Node and protocol",
    examples: ["tegata version", "tegata version --json"],
    text: ["Shows which program this is."],
    options: {},
  },
  dev: {
    summary: "a whole network on this machine, for trying",
    examples: ["tegata dev", "tegata dev --members 7", "tegata dev --dir ./try --keep"],
    text: [
      "Founds companies with throw-away keys, the way real ones are founded, and runs them until Ctrl-C.",
    ],
    options: {
      members: "how many companies (4)",
      dir: "folder for them (else a new temporary one)",
      keep: "leave the folder there at the end",
      "dry-run": dryRun,
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
