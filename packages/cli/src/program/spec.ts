import type { OutputFormat } from "../print/rows.ts";

/** One command as data: what it takes. Its words are in the catalogue. */
export interface CommandSpec {
  /** How it is called, as `streams create`; the key of its words. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly args: readonly ArgSpec[];
  readonly options: readonly OptionSpec[];
  /** Forms of its result; the first is what people get. */
  readonly formats: readonly OutputFormat[];
}

/** Groups of the overview, in its order. */
export const commandGroups = [
  "everyday",
  "line",
  "sharing",
  "members",
  "company",
  "try",
  "help",
] as const;

/** One of {@link commandGroups}. */
export type CommandGroup = (typeof commandGroups)[number];

/** A word of the command line that has a place. */
export interface ArgSpec {
  readonly name: string;
  readonly required: boolean;
}

/** A word that begins with dashes. */
export interface OptionSpec {
  /** Without dashes. */
  readonly name: string;
  /** What its value is called in help; null: it has none. */
  readonly value: string | null;
  /** `repeated`: may be given more than once; `list`: takes all words up to the next option too. */
  readonly many: "no" | "repeated" | "list";
  readonly required: boolean;
  /** A second name that help does not show. */
  readonly alias: string | null;
}
