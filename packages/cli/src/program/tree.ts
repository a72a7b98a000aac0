import type { CommandSpec, OptionSpec } from "./spec.ts";
import { flag, maybe } from "./spec-kinds.ts";
import { companyCommands } from "./tree-company.ts";
import { everydayCommands } from "./tree-everyday.ts";
import { helpCommands } from "./tree-help.ts";
import { lineCommands } from "./tree-line.ts";
import { memberCommands } from "./tree-members.ts";
import { sharingCommands } from "./tree-sharing.ts";

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
  ...everydayCommands,
  ...lineCommands,
  ...sharingCommands,
  ...memberCommands,
  ...companyCommands,
  ...helpCommands,
];
