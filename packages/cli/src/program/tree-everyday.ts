import type { CommandSpec } from "./spec.ts";
import { arg, document, dryRun, flag, maybe, needed, rows, several } from "./spec-kinds.ts";

/** Publishing, reading and proving. */
export const everydayCommands: readonly CommandSpec[] = [
  {
    name: "submit",
    group: "everyday",
    args: [arg("stream"), arg("file")],
    options: [
      maybe("format", "csv|ndjson|shdr"),
      maybe("time", "COLUMN"),
      maybe("time-unit", "text|s|ms"),
      maybe("time-start", "TIME"),
      maybe("time-step", "STEP"),
      maybe("tz", "ZONE"),
      several("map", "FIELD=COLUMN"),
      maybe("encoding", "utf-8|cp932"),
      flag("backfill"),
      flag("skip-invalid"),
      flag("file"),
      maybe("name", "NAME"),
      flag("no-wait"),
      maybe("timeout", "STEP"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "query",
    group: "everyday",
    args: [arg("stream")],
    options: [
      maybe("since", "TIME"),
      maybe("until", "TIME"),
      maybe("tz", "ZONE"),
      several("facet", "FACET"),
      maybe("limit", "N"),
      flag("all"),
      flag("newest"),
      flag("bom"),
      maybe("document", "NAME"),
      maybe("out", "FILE"),
    ],
    formats: rows,
  },
  {
    name: "follow",
    group: "everyday",
    args: [arg("stream")],
    options: [maybe("from", "CURSOR"), maybe("count", "N")],
    formats: ["table", "json", "ndjson"],
  },
  {
    name: "proof",
    group: "everyday",
    args: [arg("stream"), arg("record")],
    options: [needed("facet", "FACET"), maybe("field", "FIELD"), maybe("out", "FILE")],
    formats: document,
  },
  {
    name: "verify",
    group: "everyday",
    args: [arg("file")],
    options: [maybe("network", "ID")],
    formats: document,
  },
];
