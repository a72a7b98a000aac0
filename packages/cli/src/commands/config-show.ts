import {
  type Origin,
  originText,
  type ResolvedSettings,
  settingNames,
  settingsTable,
  tomlValue,
} from "@tegata/settings";
import { settingsOf } from "../founding/settings.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata config show`: the settings that hold, and where each comes from. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const resolved = settingsOf(context, given.list("set"));
  const withOrigin = given.flag("origin");
  const { settings } = words();
  const titles = [settings.name, settings.value, ...(withOrigin ? [settings.origin] : [])];
  const rows = settingNames.map((name) => {
    const value = JSON.stringify(tomlValue(name, resolved.settings[name]));
    return [name, value, ...(withOrigin ? [originText(resolved.origins[name])] : [])];
  });
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  await context.result(documentOf(context, resolved), context.table(columns, rows));
}

/** Values as they stand in TOML, by their names, each with its origin. */
function documentOf(context: Context, { settings, origins }: ResolvedSettings) {
  const items = settingNames.map((name) => ({
    name,
    value: tomlValue(name, settings[name]),
    origin: originDocument(origins[name]),
    readBy: settingsTable[name].readBy,
  }));
  return { schema: "tegata.config/1", file: context.settings.settingsFile, items } as const;
}

function originDocument(origin: Origin): Readonly<Record<string, unknown>> {
  return { ...origin };
}
