import { displayWidth, pad } from "../print/width.ts";
import { words } from "../words/catalogue.ts";
import { type CommandSpec, commandGroups, type OptionSpec } from "./spec.ts";
import { commandTree, globalOptions, shortNames } from "./tree.ts";

/** Help of one command: examples first, then what it does, then what it takes. */
export function commandHelp(spec: CommandSpec): readonly string[] {
  const { usage, commands } = words();
  const said = commands[spec.name];
  if (said === undefined) return [];
  const shown = spec.options.map((option) => [flagText(option), said.options[option.name] ?? ""]);
  return [
    ...said.examples.map((example) => `  ${example}`),
    "",
    ...said.text,
    "",
    `${usage.usageLabel} ${synopsis(spec)}`,
    ...(shown.length === 0 ? [] : ["", ...pairs(shown)]),
    "",
    usage.globalHint,
  ];
}

/** All commands by group; or those of one group of commands such as `streams`. */
export function overview(group: string | null): readonly string[] {
  const { usage, commands } = words();
  const specs = commandTree.filter(({ name }) => group === null || name.startsWith(`${group} `));
  const lines = group === null ? [...usage.examples.map((line) => `  ${line}`)] : [];
  for (const part of commandGroups) {
    const listed = specs.filter((spec) => spec.group === part);
    if (listed.length === 0) continue;
    const rows = listed.map(({ name }) => [name, commands[name]?.summary ?? ""]);
    lines.push(...(lines.length === 0 ? [] : [""]), `${usage.groups[part]}:`, ...pairs(rows));
  }
  return [...lines, "", group === null ? usage.overviewHint : usage.groupHint(group)];
}

/** Options that every command takes, with what they mean. */
export function globalHelp(): readonly string[] {
  const { usage } = words();
  return pairs(globalOptions.map((option) => [flagText(option), usage.options[option.name] ?? ""]));
}

/** `tegata grant STREAM --to COMPANY [--from TIME]`. */
export function synopsis(spec: CommandSpec): string {
  const args = spec.args.map(({ name, required }) => optional(name.toUpperCase(), required));
  const options = spec.options.map((option) => {
    const text = optional(flagText(option), option.required);
    return option.many === "repeated" ? `${text}…` : text;
  });
  return ["tegata", spec.name, ...args, ...options].join(" ");
}

function optional(text: string, required: boolean): string {
  return required ? text : `[${text}]`;
}

function flagText({ name, value }: OptionSpec): string {
  const short = shortNames[name];
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === null ? names : `${names} ${value}`;
}

function pairs(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([name = ""]) => displayWidth(name)));
  return rows.map(([name = "", text = ""]) => `  ${pad(name, width, "left")}  ${text}`.trimEnd());
}
