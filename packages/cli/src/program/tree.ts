import type { OutputFormat } from "../print/rows.ts";
import type { ArgSpec, CommandSpec, OptionSpec } from "./spec.ts";

const document: readonly OutputFormat[] = ["table", "json"];
const rows: readonly OutputFormat[] = ["table", "json", "ndjson", "csv"];

const one: Omit<OptionSpec, "name"> = { value: null, many: "no", required: false, alias: null };

function needed(name: string, value: string): OptionSpec {
  return { ...one, name, value, required: true };
}

function maybe(name: string, value: string): OptionSpec {
  return { ...one, name, value };
}

function several(name: string, value: string, required = false): OptionSpec {
  return { ...one, name, value, many: "repeated", required };
}

function flag(name: string): OptionSpec {
  return { ...one, name };
}

function arg(name: string, required = true): ArgSpec {
  return { name, required };
}

const dryRun = flag("dry-run");
const passphrase = maybe("passphrase-file", "FILE");

/** Options that every command takes. */
export const globalOptions: readonly OptionSpec[] = [
  maybe("home", "DIR"),
  maybe("output", "FORM"),
  flag("json"),
  flag("quiet"),
  flag("debug"),
  flag("no-input"),
  flag("no-color"),
  maybe("lang", "LANG"),
  flag("help"),
];

/** Short names of global options. */
export const shortNames: Readonly<Record<string, string>> = {
  output: "o",
  quiet: "q",
  help: "h",
};

/** Every command; help, parser and tests are made from this. */
export const commandTree: readonly CommandSpec[] = [
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
  {
    name: "streams create",
    group: "sharing",
    args: [arg("name")],
    options: [
      maybe("schema", "FILE"),
      maybe("from", "FILE"),
      maybe("time", "COLUMN"),
      several("facet", "NAME=FIELD,…"),
      several("disclosure", "FACET=row|field"),
      maybe("category", "CATEGORY"),
      maybe("tz", "ZONE"),
      { ...maybe("smallest-span", "1h|1d|30d"), alias: "epoch" },
      flag("documents"),
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
  {
    name: "invite",
    group: "members",
    args: [arg("company")],
    options: [maybe("ttl", "STEP"), dryRun],
    formats: document,
  },
  {
    name: "join",
    group: "members",
    args: [arg("token")],
    options: [
      maybe("company", "NAME"),
      maybe("handle", "HANDLE"),
      several("address", "ADDRESS"),
      several("listen", "ADDRESS"),
      maybe("api-port", "PORT|none"),
      maybe("operations-ports", "NODE,GATEWAY|none"),
      flag("observe"),
      flag("no-start"),
      maybe("timeout", "STEP"),
      passphrase,
      maybe("words-file", "FILE"),
      flag("dev-keys"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "approve",
    group: "members",
    args: [arg("request", false)],
    options: [
      maybe("words", "WORD,WORD"),
      flag("yes"),
      flag("reject"),
      maybe("reason", "TEXT"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "vote list",
    group: "members",
    args: [],
    options: [flag("mine")],
    formats: document,
  },
  {
    name: "members list",
    group: "members",
    args: [],
    options: [],
    formats: document,
  },
  {
    name: "members show",
    group: "members",
    args: [arg("company")],
    options: [],
    formats: document,
  },
  {
    name: "members remove",
    group: "members",
    args: [arg("company")],
    options: [dryRun],
    formats: document,
  },
  {
    name: "members suspend",
    group: "members",
    args: [arg("company")],
    options: [dryRun],
    formats: document,
  },
  {
    name: "members readmit",
    group: "members",
    args: [arg("company")],
    options: [dryRun],
    formats: document,
  },
  {
    name: "members replace-root",
    group: "members",
    args: [],
    options: [maybe("words-file", "FILE"), dryRun],
    formats: document,
  },
  {
    name: "members addresses",
    group: "members",
    args: [],
    options: [several("address", "ADDRESS"), flag("none"), dryRun],
    formats: document,
  },
  {
    name: "stand-down",
    group: "members",
    args: [],
    options: [flag("yes"), dryRun],
    formats: document,
  },
  {
    name: "leave",
    group: "members",
    args: [],
    options: [flag("yes"), dryRun],
    formats: document,
  },
  {
    name: "card",
    group: "company",
    args: [],
    options: [
      needed("network", "NAME"),
      needed("company", "NAME"),
      needed("handle", "HANDLE"),
      several("address", "ADDRESS", true),
      several("listen", "ADDRESS"),
      maybe("api-port", "PORT|none"),
      maybe("operations-ports", "NODE,GATEWAY|none"),
      maybe("expires", "STEP"),
      maybe("out", "FILE"),
      passphrase,
      maybe("words-file", "FILE"),
      flag("dev-keys"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "init",
    group: "company",
    args: [],
    options: [{ ...several("found", "CARD…"), many: "list" }, maybe("genesis", "FILE"), dryRun],
    formats: document,
  },
  {
    name: "start",
    group: "company",
    args: [],
    options: [flag("foreground"), several("set", "NAME=VALUE"), passphrase, dryRun],
    formats: document,
  },
  {
    name: "stop",
    group: "company",
    args: [],
    options: [dryRun],
    formats: document,
  },
  {
    name: "status",
    group: "company",
    args: [],
    options: [flag("watch")],
    formats: ["table", "json", "ndjson"],
  },
  {
    name: "backup",
    group: "company",
    args: [arg("file", false)],
    options: [maybe("folder", "DIR"), maybe("keep", "N"), flag("with-chain"), passphrase, dryRun],
    formats: document,
  },
  {
    name: "backup verify",
    group: "company",
    args: [arg("file")],
    options: [passphrase],
    formats: document,
  },
  {
    name: "restore",
    group: "company",
    args: [arg("file")],
    options: [flag("replace"), passphrase, dryRun],
    formats: document,
  },
  {
    name: "reset",
    group: "company",
    args: [],
    options: [flag("chain"), flag("yes"), dryRun],
    formats: document,
  },
  {
    name: "keys list",
    group: "company",
    args: [],
    options: [],
    formats: document,
  },
  {
    name: "keys rotate",
    group: "company",
    args: [arg("role")],
    options: [flag("compromised"), maybe("words-file", "FILE"), passphrase, dryRun],
    formats: document,
  },
  {
    name: "keys recover",
    group: "company",
    args: [arg("token", false)],
    options: [
      maybe("words-file", "FILE"),
      several("listen", "ADDRESS"),
      maybe("api-port", "PORT|none"),
      maybe("operations-ports", "NODE,GATEWAY|none"),
      flag("observe"),
      flag("no-start"),
      maybe("timeout", "STEP"),
      passphrase,
      flag("dev-keys"),
      dryRun,
    ],
    formats: document,
  },
  {
    name: "keys recover-sign-state",
    group: "company",
    args: [],
    options: [flag("from-network"), passphrase, dryRun],
    formats: document,
  },
  {
    name: "service show",
    group: "company",
    args: [],
    options: [maybe("user", "USER")],
    formats: document,
  },
  {
    name: "service install",
    group: "company",
    args: [],
    options: [maybe("user", "USER"), maybe("to", "DIR"), dryRun],
    formats: document,
  },
  {
    name: "doctor",
    group: "company",
    args: [],
    options: [maybe("dial", "HOST:PORT"), maybe("bundle", "FILE")],
    formats: document,
  },
  {
    name: "config show",
    group: "company",
    args: [],
    options: [flag("origin"), several("set", "NAME=VALUE")],
    formats: document,
  },
  {
    name: "config check",
    group: "company",
    args: [],
    options: [several("set", "NAME=VALUE")],
    formats: document,
  },
  {
    name: "dev",
    group: "try",
    args: [],
    options: [maybe("members", "N"), maybe("dir", "DIR"), flag("keep"), dryRun],
    formats: document,
  },
  {
    name: "help",
    group: "help",
    args: [arg("topic", false), arg("more", false)],
    options: [flag("all")],
    formats: document,
  },
  {
    name: "version",
    group: "help",
    args: [],
    options: [],
    formats: document,
  },
];
