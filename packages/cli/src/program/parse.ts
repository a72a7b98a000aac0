import { Command, CommanderError, Option } from "commander";
import type { CliError } from "../errors.ts";
import { words } from "../words/catalogue.ts";
import { type OptionValues, usageOf } from "./given.ts";
import { nearest } from "./nearest.ts";
import type { CommandSpec, OptionSpec } from "./spec.ts";
import { commandTree, globalOptions, shortNames } from "./tree.ts";

/** A command line taken apart. `spec: null`: only the program, or a group such as `streams`, was named. */
export interface Parsed {
  readonly spec: CommandSpec | null;
  /** Name of the group that was named alone, or null. */
  readonly group: string | null;
  readonly args: readonly string[];
  readonly options: OptionValues;
}

/**
 * Takes a command line apart by the tree of commands; whether everything required is there is judged
 * later, so that `--help` always helps.
 * @throws CLI_USAGE with what was probably meant
 */
export function parseWords(line: readonly string[]): Parsed {
  let parsed: Parsed | null = null;
  const program = bare(new Command("tegata"));
  for (const option of globalOptions) program.addOption(parserOption(option));
  const take = (command: Command, spec: CommandSpec | null, group: string | null): void => {
    const options = command.optsWithGlobals() as OptionValues;
    parsed = { spec, group, args: command.args, options: byName(spec, options) };
  };
  const groups = new Map<string, Command>();
  for (const spec of commandTree) {
    const [first = "", second] = spec.name.split(" ");
    if (second === undefined) {
      // `backup` works by itself and has `backup verify` beside it.
      groups.set(first, addCommand(program, first, spec, take));
      continue;
    }
    let group = groups.get(first);
    if (group === undefined) {
      group = bare(new Command(first)).argument("[command]").allowExcessArguments();
      groups.set(first, group);
      program.addCommand(onAction(group, (command) => takeGroup(command, first, take)));
    }
    addCommand(group, second, spec, take);
  }
  program.argument("[command]").allowExcessArguments();
  onAction(program, (command) => takeGroup(command, null, take));
  try {
    program.parse([...line], { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? refusal(error, line) : error;
  }
  return parsed ?? { spec: null, group: null, args: [], options: {} };
}

type Take = (command: Command, spec: CommandSpec | null, group: string | null) => void;

function bare(command: Command): Command {
  return command
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
}

function addCommand(parent: Command, name: string, spec: CommandSpec, take: Take): Command {
  const command = bare(new Command(name)).allowExcessArguments(false);
  for (const arg of spec.args) command.argument(`[${arg.name}]`);
  for (const option of spec.options) {
    command.addOption(parserOption(option));
    if (option.alias !== null) command.addOption(parserOption({ ...option, name: option.alias }));
  }
  parent.addCommand(onAction(command, (found) => take(found, spec, null)));
  return command;
}

function onAction(command: Command, act: (command: Command) => void): Command {
  return command.action(() => act(command));
}

function parserOption(spec: OptionSpec): Option {
  const short = shortNames[spec.name];
  const flags = short === undefined ? `--${spec.name}` : `-${short}, --${spec.name}`;
  if (spec.value === null) return new Option(flags);
  if (spec.many === "no") return new Option(`${flags} <value>`);
  const option = new Option(spec.many === "list" ? `${flags} <values...>` : `${flags} <value>`);
  if (spec.many === "list") return option;
  const collect = (value: string, before: unknown): string[] => [
    ...(Array.isArray(before) ? (before as string[]) : []),
    value,
  ];
  return option.argParser(collect);
}

/** Commander names values in camel case; commands know them by the names on the line. */
function byName(spec: CommandSpec | null, values: OptionValues): OptionValues {
  const found: Record<string, string | boolean | readonly string[]> = {};
  for (const option of [...globalOptions, ...(spec?.options ?? [])]) {
    for (const name of [option.name, ...(option.alias === null ? [] : [option.alias])]) {
      const value = values[new Option(`--${name}`).attributeName()];
      if (name.startsWith("no-") && option.value === null) {
        if (value === false) found[option.name] = true;
      } else if (value !== undefined) found[option.name] = value;
    }
  }
  return found;
}

function takeGroup(command: Command, group: string | null, take: Take): void {
  const [word] = command.args;
  if (word !== undefined) throw unknownCommand(word, group);
  take(command, null, group);
}

/** What people say to take a stream away. */
const deleting: ReadonlySet<string> = new Set(["delete", "remove", "rm", "drop", "destroy"]);

function unknownCommand(word: string, group: string | null): CliError {
  const beginning = group === null ? "" : `${group} `;
  const names = commandTree.map(({ name }) => name).filter((name) => name.startsWith(beginning));
  const known = [...new Set([...names, ...names.map((name) => name.split(" ")[0] ?? "")])];
  if (group === "streams" && deleting.has(word)) return usageOf(words().usage.noDeleting);
  const meant = nearest(beginning + word, known);
  return usageOf(words().usage.unknownCommand(beginning + word, meant));
}

/** The first thing in quotes of the parser's own words is what it stumbled over. */
function refusal(error: CommanderError, line: readonly string[]): CliError {
  const [, culprit = ""] = /'([^']*)'/.exec(error.message) ?? [];
  const command = commandNamed(line);
  switch (error.code) {
    case "commander.unknownOption": {
      const options = [...globalOptions, ...(command?.options ?? [])];
      const known = options.map(({ name }) => `--${name}`);
      const meant = nearest(culprit.split("=", 1)[0] ?? "", known);
      return usageOf(words().usage.unknownOption(culprit, meant, command?.name ?? null));
    }
    case "commander.optionMissingArgument": {
      const option = culprit.split(" ").find((word) => word.startsWith("--")) ?? culprit;
      return usageOf(words().usage.valueMissing(option, command?.name ?? null));
    }
    default:
      return usageOf(words().usage.tooMany(command?.name ?? null));
  }
}

function commandNamed(line: readonly string[]): CommandSpec | null {
  const plainWords = line.filter((word) => !word.startsWith("-"));
  const fits = ({ name }: CommandSpec): boolean => {
    const at = plainWords.indexOf(name.split(" ")[0] ?? "");
    return at !== -1 && plainWords.slice(at).join(" ").concat(" ").startsWith(`${name} `);
  };
  return commandTree.findLast(fits) ?? null;
}
