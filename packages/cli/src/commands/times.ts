import { localZone, parseStepOption, parseTimeOption, parseZoneOption } from "../input/time.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";

const length = /^\d{1,12}(?:ms|s|m|h|d)$/;

/** The zone of times on the command line: `--tz`, else this machine's. @throws CLI_ZONE_UNKNOWN */
export function zoneOf(given: Given): string {
  const zone = given.text("tz");
  return zone === null ? localZone() : parseZoneOption(zone);
}

/** The zone in which rows of a stream are read: `--tz`, else the stream's. @throws CLI_ZONE_UNKNOWN */
export function rowsZoneOf(given: Given, schema: { readonly zone: string }): string {
  const zone = given.text("tz");
  return zone === null ? schema.zone : parseZoneOption(zone);
}

/**
 * A time on the command line, or a length that counts from now: back for `ago`, on for `ahead`. Null
 * where the option was not given.
 * @throws CLI_TIME_REFUSED
 */
export function momentOf(
  context: Context,
  given: Given,
  option: string,
  direction: "ago" | "ahead",
): number | null {
  const text = given.text(option);
  if (text === null) return null;
  if (!length.test(text)) return parseTimeOption(`--${option}`, text, zoneOf(given));
  const ms = parseStepOption(`--${option}`, text);
  const nowMs = context.world.nowMs();
  return direction === "ago" ? nowMs - ms : nowMs + ms;
}
