import type { OutputFormat } from "../print/rows.ts";
import type { CommandSpec } from "./spec.ts";
import { arg, document, dryRun, flag, maybe, needed, several } from "./spec-kinds.ts";

/** One line for each event. */
const events: readonly OutputFormat[] = ["table", "json", "ndjson"];

/** Taking data from the machines of a line. */
export const lineCommands: readonly CommandSpec[] = [
  {
    name: "watch",
    group: "line",
    args: [arg("stream"), arg("folder")],
    options: [
      maybe("format", "csv|ndjson|shdr"),
      maybe("time", "COLUMN"),
      maybe("time-unit", "text|s|ms|excel"),
      maybe("tz", "ZONE"),
      several("map", "FIELD=COLUMN"),
      maybe("encoding", "utf-8|cp932"),
      maybe("header", "N"),
      maybe("date-order", "dmy|mdy|ymd"),
      maybe("decimal", "point|comma"),
      flag("backfill"),
      flag("skip-invalid"),
      flag("rejects"),
      maybe("settle", "STEP"),
      flag("once"),
      maybe("metrics", "PORT"),
      dryRun,
    ],
    formats: events,
  },
  {
    name: "collect shdr",
    group: "line",
    args: [arg("address"), arg("stream")],
    options: [
      maybe("tz", "ZONE"),
      several("map", "FIELD=COLUMN"),
      flag("backfill"),
      maybe("metrics", "PORT"),
      dryRun,
    ],
    formats: events,
  },
  {
    name: "collect mqtt",
    group: "line",
    args: [arg("url"), arg("stream")],
    options: [
      several("topic", "TOPIC", true),
      maybe("time", "KEY"),
      maybe("time-unit", "text|s|ms"),
      maybe("tz", "ZONE"),
      several("map", "FIELD=KEY"),
      maybe("user", "NAME"),
      maybe("password-file", "FILE"),
      maybe("ca", "FILE"),
      flag("backfill"),
      maybe("metrics", "PORT"),
      dryRun,
    ],
    formats: events,
  },
  {
    name: "collect mtconnect",
    group: "line",
    args: [arg("url"), arg("stream")],
    options: [
      maybe("interval", "STEP"),
      maybe("tz", "ZONE"),
      several("map", "FIELD=COLUMN"),
      flag("backfill"),
      maybe("metrics", "PORT"),
      dryRun,
    ],
    formats: events,
  },
  {
    name: "tokens create",
    group: "line",
    args: [arg("stream")],
    options: [needed("name", "NAME"), maybe("until", "TIME"), maybe("tz", "ZONE"), dryRun],
    formats: document,
  },
  {
    name: "tokens list",
    group: "line",
    args: [],
    options: [maybe("tz", "ZONE")],
    formats: document,
  },
  {
    name: "tokens revoke",
    group: "line",
    args: [arg("name")],
    options: [dryRun],
    formats: document,
  },
];
