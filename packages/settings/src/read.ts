import { SettingsError } from "./errors.ts";
import { readFileText } from "./file.ts";
import { convertOldConfig, fromJson } from "./old-config.ts";
import { problemText, type SettingProblem } from "./problem.ts";
import { type Given, type ResolvedSettings, resolve, unknownSetting } from "./resolve.ts";
import { isSettingName, type Settings, settingNames, settingsTable, variableOf } from "./table.ts";
import { readToml, tomlValue } from "./toml.ts";

/** Where settings are read from. */
export interface SettingsSources {
  /** The file in TOML; it need not be there. */
  readonly file: string;
  /** A `config.json` of an older version, which is taken over once; null: there is none to look for. */
  readonly oldFile: string | null;
  /** Variables of the environment; only those that begin with `TEGATA_` are looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Words `NAME=VALUE` of the command line. */
  readonly flags: readonly string[];
}

/** Variables that are no settings: where the settings lie, and what belongs to tests. */
const otherVariable = /^TEGATA_(?:HOME$|TEST_)/;
const problemsMax = 20;

/**
 * Reads all settings: defaults, over them the file, over it the environment, over it the command line.
 * @throws SETTINGS_UNREADABLE, SETTINGS_REFUSED with everything that is wrong, SETTINGS_NOT_CONVERTED
 */
export function readSettings(sources: SettingsSources): ResolvedSettings {
  const { file, oldFile, environment, flags } = sources;
  if (oldFile !== null) convertOldConfig(oldFile, file);
  const reading = readToml(readFileText(file) ?? "", file);
  if (!reading.ok) throw refusal([reading.problem]);
  const problems: SettingProblem[] = [];
  const layers = [
    reading.given,
    fromEnvironment(environment, problems),
    fromFlags(flags, problems),
  ];
  const resolution = resolve(layers, { type: "file", path: file, line: null });
  if (!resolution.ok) throw refusal([...resolution.problems, ...problems]);
  if (problems.length > 0) throw refusal(problems);
  return resolution;
}

function refusal(problems: readonly SettingProblem[]): SettingsError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const message = `${first === undefined ? "settings refused" : problemText(first)}${more}`;
  const detail = { problems: problems.slice(0, problemsMax) };
  return new SettingsError("SETTINGS_REFUSED", message, detail);
}

function fromEnvironment(
  environment: SettingsSources["environment"],
  problems: SettingProblem[],
): readonly Given[] {
  const names = new Map(settingNames.map((name) => [variableOf(name), name]));
  return Object.entries(environment).flatMap(([variable, text]): readonly Given[] => {
    if (!variable.startsWith("TEGATA_") || otherVariable.test(variable)) return [];
    const origin = { type: "environment", variable } as const;
    const name = names.get(variable);
    if (name === undefined) {
      problems.push(unknownSetting(variable, origin));
      return [];
    }
    return [{ name, value: settingsTable[name].kind.fromText(text ?? ""), origin }];
  });
}

function fromFlags(flags: readonly string[], problems: SettingProblem[]): readonly Given[] {
  return flags.flatMap((words): readonly Given[] => {
    const [name = ""] = words.split("=", 1);
    const origin = { type: "flag", flag: `--set ${name}` } as const;
    if (!isSettingName(name) || !words.includes("=")) {
      problems.push(unknownSetting(name, origin));
      return [];
    }
    const text = words.slice(name.length + 1);
    return [{ name, value: settingsTable[name].kind.fromText(text), origin }];
  });
}

/** Settings as one line of text, for a program that is started. */
export function settingsLine(settings: Settings): string {
  return JSON.stringify(
    Object.fromEntries(settingNames.map((name) => [name, tomlValue(name, settings[name])])),
  );
}

/**
 * Settings from such a line.
 * @throws SETTINGS_REFUSED
 */
export function settingsFromLine(line: string): Settings {
  const origin = { type: "handed" } as const;
  let json: unknown = null;
  try {
    json = JSON.parse(line);
  } catch {
    // What is no JSON gives no settings, and those that must be given are told as missing.
  }
  const said = typeof json === "object" && json !== null ? Object.entries(json) : [];
  const given = said.map(([name, value]) => ({ name, value: fromJson(value), origin }));
  const resolution = resolve([given], origin);
  if (!resolution.ok) throw refusal(resolution.problems);
  return resolution.settings;
}
