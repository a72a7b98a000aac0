import { parse, stringify, TomlDate, TomlError } from "smol-toml";
import type { Kind } from "./kinds.ts";
import type { SettingProblem } from "./problem.ts";
import type { Given } from "./resolve.ts";
import {
  isSettingName,
  type SettingName,
  type SomeSettings,
  settingNames,
  settingsTable,
} from "./table.ts";

/** What a text in TOML gives. Source: toml.io version 1.0.0. */
export type TomlReading =
  | { readonly ok: true; readonly given: readonly Given[] }
  | { readonly ok: false; readonly problem: SettingProblem };

const depthMax = 8;

/** Reads a text in TOML; `path` names it in problems. */
export function readToml(text: string, path: string): TomlReading {
  let table: Readonly<Record<string, unknown>>;
  try {
    table = parse(text, { integersAsBigInt: true, maxDepth: depthMax });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n", 1);
    const expected = first.replace("Invalid TOML document: ", "");
    const origin = { type: "file", path, line: error.line } as const;
    return { ok: false, problem: { rule: "syntax", origin, name: "", expected, got: null } };
  }
  const lines = keyLines(text);
  const given = leaves(table, "").map(([name, value]) => {
    return { name, value, origin: { type: "file", path, line: lineOf(name, lines) } } as const;
  });
  return { ok: true, given };
}

/** Values by their dotted names. A table where a value belongs stays one; so does an empty table. */
function leaves(
  table: Readonly<Record<string, unknown>>,
  prefix: string,
): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const isInner = isTable(value) && !isSettingName(name);
    if (!isInner) return [[name, value] as const];
    const isGroup = settingNames.some((known) => known.startsWith(`${name}.`));
    return isGroup || Object.keys(value).length > 0
      ? leaves(value, `${name}.`)
      : [[name, value] as const];
  });
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null;
  return isObject && !Array.isArray(value) && !(value instanceof TomlDate);
}

const quoted = /"""(?:\\[\s\S]|[^\\])*?"""+|'''[\s\S]*?'''+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g;
const header = /^\s*\[+\s*([^\]]+?)\s*\]+/;
const entry = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=(.*)$/;

/** Lines on which the keys of a text stand that is known to be TOML. */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = "";
  let depth = 0;
  // Strings over several lines and comments say nothing about keys; brackets in strings open nothing.
  const bare = text.replaceAll(quoted, (part) => {
    if (part.startsWith("#")) return "";
    if (/^(?:"""|''')/.test(part)) return `""${"\n".repeat(part.split("\n").length - 1)}`;
    return part.replaceAll(/[[\]{}=]/g, "_");
  });
  for (const [index, line] of bare.split("\n").entries()) {
    let value = line;
    if (depth === 0) {
      const [, name = null] = header.exec(line) ?? [];
      const [, key = null, rest = ""] = entry.exec(line) ?? [];
      if (name !== null) {
        table = `${plain(name)}.`;
        lines.set(plain(name), lines.get(plain(name)) ?? index + 1);
        continue;
      }
      if (key !== null) lines.set(`${table}${plain(key)}`, index + 1);
      value = rest;
    }
    depth += (value.match(/[[{]/g)?.length ?? 0) - (value.match(/[\]}]/g)?.length ?? 0);
  }
  return lines;
}

function plain(key: string): string {
  return key.replaceAll(/\s*\.\s*/g, ".").replaceAll(/["']/g, "");
}

/** The line of a key, or of the table or inline table around it. */
function lineOf(name: string, lines: ReadonlyMap<string, number>): number | null {
  for (let part = name; part !== ""; part = part.slice(0, Math.max(0, part.lastIndexOf(".")))) {
    const line = lines.get(part);
    if (line !== undefined) return line;
  }
  return null;
}

/** Settings as a file for people: those that are named, with what each is for. */
export function settingsToml(settings: SomeSettings, comment: string): string {
  const lines = [`# ${comment}`];
  const inOrder = [...settingNames].sort(
    (a, b) => Number(a.includes(".")) - Number(b.includes(".")),
  );
  let group = "";
  for (const name of inOrder) {
    const value = settings[name];
    if (value === undefined) continue;
    const [first = "", last = first] = name.split(".");
    if (first !== last && first !== group) lines.push("", `[${first}]`);
    else if (first === last) lines.push("");
    group = first;
    lines.push(`# ${settingsTable[name].text}`);
    lines.push(stringify({ [last]: tomlValue(name, value) }).trimEnd());
  }
  return `${lines.join("\n")}\n`;
}

/** A value as it stands in TOML and JSON. */
export function tomlValue(name: SettingName, value: unknown): unknown {
  return (settingsTable[name].kind as Kind<unknown>).toToml(value);
}
