import type { CommandSpec } from "./spec.ts";
import { arg, document, dryRun, flag, maybe, needed, several } from "./spec-kinds.ts";

/** Streams, and who may read them. */
export const sharingCommands: readonly CommandSpec[] = [
  {
    name: "streams create",
    group: "sharing",
    args: [arg("name")],
    options: [
      maybe("schema", "FILE"),
      maybe("from", "FILE"),
      maybe("header", "N"),
      maybe("encoding", "utf-8|cp932"),
      maybe("time", "COLUMN"),
      maybe("date-order", "dmy|mdy|ymd"),
      maybe("decimal", "point|comma"),
      several("facet", "NAME=FIELD,…"),
      several("disclosure", "FACET=row|field"),
      maybe("category", "CATEGORY"),
      maybe("tz", "ZONE"),
      { ...maybe("smallest-span", "1h|1d|30d"), alias: "epoch" },
      flag("documents"),
      flag("yes"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "streams list",
    group: "sharing",
    args: [],
    options: [],
    formats: document,
  },
  {
    name: "streams show",
    group: "sharing",
    args: [arg("name")],
    options: [],
    formats: document,
  },
  {
    name: "streams purge",
    group: "sharing",
    args: [arg("name")],
    options: [needed("before", "TIME"), maybe("tz", "ZONE"), flag("yes"), dryRun],
    formats: document,
  },
  {
    name: "grant",
    group: "sharing",
    args: [arg("stream")],
    options: [
      needed("to", "COMPANY"),
      several("facet", "FACET", true),
      maybe("from", "TIME"),
      needed("until", "TIME"),
      maybe("tz", "ZONE"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "revoke",
    group: "sharing",
    args: [arg("stream")],
    options: [needed("from", "COMPANY"), several("facet", "FACET"), dryRun],
    formats: document,
  },
  {
    name: "access",
    group: "sharing",
    args: [],
    options: [],
    formats: document,
  },
];
