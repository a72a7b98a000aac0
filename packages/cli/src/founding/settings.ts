import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type ResolvedSettings,
  readSettings,
  type SomeSettings,
  settingsToml,
} from "@tegata/settings";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { writeWhole } from "./home.ts";

/**
 * The settings of the company: its file, over it the environment, over it `--set`. A `config.json` of an
 * older version becomes `config.toml` once.
 * @throws SETTINGS_UNREADABLE, SETTINGS_REFUSED, SETTINGS_NOT_CONVERTED
 */
export function settingsOf(context: Context, flags: readonly string[]): ResolvedSettings {
  const { home, settingsFile: file } = context.settings;
  // An old file is taken over where it lies; the system's own folder for settings came later.
  const oldFile = dirname(file) === home ? join(home, "config.json") : null;
  return readSettings({ file, oldFile, environment: context.world.env, flags });
}

/** The settings in the file alone, as programs read them that are started without a starter. */
export function settingsInFile(file: string): ResolvedSettings {
  return readSettings({ file, oldFile: null, environment: {}, flags: [] });
}

/** Writes the settings that were chosen, with what each is for. */
export async function writeSettings(
  path: string,
  company: string,
  settings: SomeSettings,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, settingsToml(settings, words().founding.settingsHead(company)));
}
