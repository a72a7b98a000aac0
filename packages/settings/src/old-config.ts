import { linkSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { SettingsError } from "./errors.ts";
import { liesAt, readFileText, syncFolder, writeFileWhole } from "./file.ts";
import type { SettingProblem } from "./problem.ts";
import { type Given, resolve } from "./resolve.ts";
import type { SettingName } from "./table.ts";
import { settingsToml } from "./toml.ts";

/** Entries of the old file with the settings they have become. */
const entries: Readonly<Record<string, SettingName>> = {
  network: "network.name",
  company: "company.handle",
  p2pListen: "network.listen",
  proxy: "network.proxy",
  proxyCredentialsFile: "network.proxyCredentialsFile",
  operationsPort: "operations.nodePort",
  gatewayOperationsPort: "operations.gatewayPort",
  gatewayPort: "api.port",
  logLevel: "log.level",
  dev: "dev",
};
const comment = "Taken from config.json. All settings: tegata help config";

/**
 * Writes the settings of an old `config.json` as TOML and keeps that file as `config.json.old`, once. Ends
 * what an attempt left unfinished that was cut off; does nothing where there is no old file.
 * @throws SETTINGS_UNREADABLE, SETTINGS_REFUSED, SETTINGS_NOT_CONVERTED
 */
export function convertOldConfig(old: string, file: string): void {
  const text = readFileText(old);
  if (text === null) return;
  const converted = settingsToml(readOldConfig(text, old), comment);
  const present = readFileText(file);
  if (present !== null && present !== converted) throw refused(old, together(old, file));
  const kept = `${old}.old`;
  if (liesAt(kept)) throw notConverted(old, `${kept} is there already`);
  try {
    if (present === null) writeFileWhole(file, converted);
    linkSync(old, kept);
    unlinkSync(old);
    syncFolder(dirname(old));
  } catch (cause) {
    throw notConverted(old, (cause as NodeJS.ErrnoException).code ?? "unknown", cause);
  }
}

function notConverted(path: string, reason: string, cause?: unknown): SettingsError {
  const message = `the settings ${path} could not be taken over: ${reason}`;
  return new SettingsError("SETTINGS_NOT_CONVERTED", message, { path, reason }, cause);
}

function refused(path: string, problems: readonly SettingProblem[]): SettingsError {
  const message = `the settings ${path} cannot be used`;
  return new SettingsError("SETTINGS_REFUSED", message, { problems });
}

function together(old: string, file: string): readonly SettingProblem[] {
  const origin = { type: "file", path: old, line: null } as const;
  const expected = `gone, or say what ${file} says`;
  return [{ rule: "together", origin, name: "config.json", expected, got: null }];
}

function readOldConfig(text: string, path: string) {
  const origin = { type: "file", path, line: null } as const;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const expected = cause instanceof Error ? cause.message : "it is no JSON";
    throw refused(path, [{ rule: "syntax", origin, name: "", expected, got: null }]);
  }
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  const { format: _, ...said } = (isObject ? json : {}) as Readonly<Record<string, unknown>>;
  const given = Object.entries(said).map(([entry, value]): Given => {
    const name = Object.hasOwn(entries, entry) ? (entries[entry] ?? entry) : entry;
    return { name, value: fromJson(value), origin };
  });
  const resolution = resolve([given], origin);
  if (!resolution.ok) throw refused(path, resolution.problems);
  const { settings, origins } = resolution;
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => origins[name as SettingName].type !== "default"),
  );
}

/** What TOML says where JSON said a number or null. */
export function fromJson(value: unknown): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return value === null ? "none" : value;
}
