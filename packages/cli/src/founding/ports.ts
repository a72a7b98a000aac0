import { usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** A port, or null for `none`. @throws CLI_USAGE */
export function portOption(option: string, text: string): number | null {
  if (text === "none") return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw usageOf(words().usage.badPort(option, text));
  return port;
}

/** Two ports with a comma between them, or `none` for both. @throws CLI_USAGE */
export function portPair(option: string, text: string): readonly [number | null, number | null] {
  if (text === "none") return [null, null];
  const [first = "", second = ""] = text.split(",");
  return [portOption(option, first), portOption(option, second)];
}
