import { Temporal } from "temporal-polyfill";

/** `1,234,567`. */
export function count(value: number | bigint): string {
  return value.toLocaleString("en-US");
}

/** `1 record`, `2 records`; `many` is the plural. */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** `812 B`, `2.1 GB`: decimal units, two digits that mean something. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < byteUnits.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${short(size, unit > 0)} ${byteUnits[unit] ?? "TB"}`;
}

/** `850 ms`, `1.2 s`, `41 s`, `14 min`, `3 h 20 min`, `12 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.5) return `${short(seconds, true)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** `14 min ago`, `in 3 h`, `now`. */
export function ago(thenMs: number, nowMs: number): string {
  const ms = nowMs - thenMs;
  if (Math.abs(ms) < 500) return "now";
  return ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}

/** `2026-11-24 18:00:05 +09:00`: the wall clock of the zone and its distance from UTC. */
export function dateTime(ms: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  const clock = at.toPlainTime().toString({ smallestUnit: "second" });
  return `${at.toPlainDate().toString()} ${clock} ${at.offset}`;
}

/** `2026-11-24` on the calendar of the zone. */
export function date(ms: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return at.toPlainDate().toString();
}

function short(value: number, fraction: boolean): string {
  return fraction && value < 9.95 ? value.toFixed(1) : count(Math.round(value));
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
