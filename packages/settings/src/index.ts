export { SettingsError, type SettingsErrorCode, type SettingsErrorDetails } from "./errors.ts";
export { type HostPort, hostPortOf, type LogLevel, logLevels } from "./kinds.ts";
export { type Handed, ordersText, readOrders, readPassphrase } from "./orders.ts";
export { type Origin, originText, problemText, type SettingProblem } from "./problem.ts";
export { readSettings, type SettingsSources, settingsFromLine, settingsLine } from "./read.ts";
export type { ResolvedSettings } from "./resolve.ts";
export {
  isSettingName,
  type Setting,
  type SettingName,
  type SettingReader,
  type Settings,
  type SomeSettings,
  settingNames,
  settingsTable,
  variableOf,
} from "./table.ts";
export { settingsToml, tomlValue } from "./toml.ts";
