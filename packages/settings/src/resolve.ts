import type { Kind } from "./kinds.ts";
import { hostPortOf, none, portOf } from "./kinds.ts";
import type { Origin, SettingProblem } from "./problem.ts";
import {
  isSettingName,
  type SettingName,
  type Settings,
  settingNames,
  settingsTable,
} from "./table.ts";

/** A value that somebody gave, in the form TOML has: text, bigint, boolean or a list. */
export interface Given {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Settings that can be used, with the origin of each. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** What resolving gives: settings, or everything that is wrong. */
export type Resolution =
  | ({ readonly ok: true } & ResolvedSettings)
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

const gotLengthMax = 60;
const secretWord = /passphrase|password|secret|token|seed|credential|private/i;

/**
 * Puts layers of given values over the defaults; a later layer wins. `whole` is the place that is named
 * where a setting without a default was not given at all.
 */
export function resolve(layers: readonly (readonly Given[])[], whole: Origin): Resolution {
  const problems: SettingProblem[] = [];
  const values = new Map<SettingName, unknown>();
  const origins = new Map<SettingName, Origin>();
  for (const { name, value, origin } of layers.flat()) {
    if (!isSettingName(name)) {
      problems.push(unknownSetting(name, origin));
      continue;
    }
    const kind = settingsTable[name].kind as Kind<unknown>;
    const taken = kind.take(value);
    if (taken === null) {
      const got = kind.isShown ? shown(value) : null;
      problems.push({ rule: "value", origin, name, expected: kind.expected, got });
      continue;
    }
    values.set(name, taken.value);
    origins.set(name, origin);
  }
  for (const name of settingNames) {
    if (values.has(name)) continue;
    const { initial, kind } = settingsTable[name];
    if (initial === null) {
      const isWrong = problems.some((problem) => problem.name === name);
      const { expected } = kind;
      if (!isWrong) problems.push({ rule: "missing", origin: whole, name, expected, got: null });
      continue;
    }
    values.set(name, initial.value);
    origins.set(name, { type: "default" });
  }
  if (problems.length > 0) return { ok: false, problems };
  const settings = Object.fromEntries(values) as unknown as Settings;
  const found = Object.fromEntries(origins) as unknown as Record<SettingName, Origin>;
  const contradicting = contradictions(settings, found);
  return contradicting.length > 0
    ? { ok: false, problems: contradicting }
    : { ok: true, settings, origins: found };
}

/** The problem of a name that is no setting; one that sounds like a secret is told so. */
export function unknownSetting(name: string, origin: Origin): SettingProblem {
  const rule = secretWord.test(name) ? "secret" : "unknown";
  return { rule, origin, name, expected: "", got: null };
}

/** Ports are taken once on a machine, whoever takes them. */
function contradictions(
  settings: Settings,
  origins: Readonly<Record<SettingName, Origin>>,
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const takenBy = new Map<number, SettingName>();
  const take = (name: SettingName, port: number | null): void => {
    if (port === null || port === 0) return;
    const other = takenBy.get(port);
    takenBy.set(port, other ?? name);
    if (other === undefined || other === name) return;
    // The one that somebody chose is told, not the default it runs into.
    const [told, silent] = origins[name].type === "default" ? [other, name] : [name, other];
    const got = `${port}, which ${silent} has already`;
    const expected = "a port of its own";
    problems.push({ rule: "together", origin: origins[told], name: told, expected, got });
  };
  for (const name of ["network.listen", "network.joinListen"] as const) {
    for (const address of settings[name]) take(name, portOf(address));
  }
  for (const name of ["api.port", "operations.nodePort", "operations.gatewayPort"] as const) {
    take(name, settings[name]);
  }
  const plant = settings["plant.listen"];
  if (plant !== null) take("plant.listen", hostPortOf(plant)?.port ?? null);
  return [...problems, ...lonely(settings, origins)];
}

/** A certificate and its key are given together or not at all. */
function lonely(
  settings: Settings,
  origins: Readonly<Record<SettingName, Origin>>,
): readonly SettingProblem[] {
  const pair = ["plant.certificateFile", "plant.keyFile"] as const;
  const given = pair.filter((name) => settings[name] !== null);
  const missing = pair.filter((name) => settings[name] === null);
  const [name] = given;
  if (name === undefined || missing.length === 0) return [];
  const expected = `together with ${missing[0]}`;
  return [{ rule: "together", origin: origins[name], name, expected, got: settings[name] }];
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : plainly(value);
  return text.length > gotLengthMax ? `${text.slice(0, gotLengthMax)}…` : text;
}

function plainly(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(shown).join(", ")}]`;
  return value === null ? none : "a table or a date";
}
