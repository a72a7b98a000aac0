import { Temporal } from "temporal-polyfill";
import { CliError } from "../errors.ts";
import { readingsOf } from "./date-order.ts";
import { hintOf } from "./hints.ts";
import { type InputProblem, type ProblemDetails, problem } from "./problem.ts";
import { absent, JsonNumber, type SourceCell, type SourceRow } from "./row.ts";
import { isZone } from "./schema.ts";
import { asUtcMs, readTime, type WrittenTime } from "./time-text.ts";
import { zoneMeant } from "./zone-names.ts";

/** How the numbers of a time column count, `excel` a spreadsheet's days, or `text` for written times. */
export type TimeUnit = "text" | "s" | "ms" | "excel";

/** Where the observation time of a row comes from. */
export type TimeSource =
  | { readonly type: "submission" }
  | {
      readonly type: "column";
      readonly name: string;
      /** Index of the column among the columns of the file. */
      readonly position: number;
      readonly unit: TimeUnit;
    }
  | { readonly type: "steps"; readonly startMs: number; readonly stepMs: number };

/** How observation times are read and judged. */
export interface TimeOptions {
  readonly source: TimeSource;
  /** IANA zone of times without a zone. */
  readonly zone: string;
  /** IANA zone of this machine; only to explain times that lie ahead. */
  readonly localZone: string;
  /** The time of submission, UTC milliseconds. */
  readonly nowMs: number;
  /** Whether rows older than {@link ageMsMax} are taken. */
  readonly backfill: boolean;
}

/** UTC milliseconds of a row, or why it has none. */
export type ObservationTime =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly problem: InputProblem };

/** How far a time may lie ahead of the submission. Source: docs/PROTOCOL.md 5.4. */
export const aheadMsMax = 5 * 60_000;
/** The clocks that are furthest ahead of UTC. */
const localLeadMsMax = 14 * 3_600_000 + aheadMsMax;
/** Age from which rows need the person's word. Source: docs/PROTOCOL.md 5.4. */
export const ageMsMax = 168 * 3_600_000;

/** The observation time of a row; `index` counts the rows of the file from 0. */
export function observationTime(
  row: SourceRow,
  index: number,
  options: TimeOptions,
): ObservationTime {
  const { source } = options;
  switch (source.type) {
    case "submission":
      return { ok: true, ms: options.nowMs };
    case "steps":
      return judge(row.line, null, source.startMs + index * source.stepMs, "", false, options);
    case "column": {
      const { name, unit } = source;
      const cell = row.cells[source.position] ?? null;
      if (isEmpty(cell)) return no(row.line, name, "time-missing", null, "");
      const text = textOf(cell);
      if (unit === "text") return writtenTime(row.line, name, text, options);
      return unit === "excel"
        ? serialTime(row.line, name, text, options)
        : unixTime(row.line, name, text, unit, options);
    }
  }
}

function writtenTime(
  line: number,
  field: string,
  text: string,
  options: TimeOptions,
): ObservationTime {
  const written = readTime(text);
  if (written === null) return misread(line, field, text);
  const found = instantOf(written, options.zone);
  if (typeof found === "number") {
    return judge(line, field, found, text, written.offsetMinutes !== null, options);
  }
  return no(line, field, found.kind, { zone: options.zone }, text);
}

function misread(line: number, field: string, text: string): ObservationTime {
  const hint = hintOf(text, "time");
  if (hint === "no-value") return no(line, field, hint, { type: "time" }, text);
  if (hint === "time-order") return no(line, field, hint, { readings: readingsOf(text) }, text);
  return no(line, field, hint === "time-serial" ? hint : "time", null, text);
}

function unixTime(
  line: number,
  field: string,
  text: string,
  unit: "s" | "ms",
  options: TimeOptions,
): ObservationTime {
  const match = /^(\d{1,14})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return no(line, field, "unix-time", { unit }, text);
  const [, whole = "", fraction = ""] = match;
  const ms =
    unit === "ms"
      ? Number(whole)
      : Number(whole) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
  return judge(line, field, ms, text, true, options);
}

/** Day 0 of a spreadsheet is 1899-12-30, and its days are those of a clock on the wall. Source: ECMA-376-1, 18.17.4. */
const serialDayZeroMs = Date.UTC(1899, 11, 30);

function serialTime(
  line: number,
  field: string,
  text: string,
  options: TimeOptions,
): ObservationTime {
  if (!/^\d{5}(?:\.\d{1,17})?$/.test(text)) {
    return no(line, field, "unix-time", { unit: "excel" }, text);
  }
  const { zone } = options;
  const localMs = serialDayZeroMs + Math.round(Number(text) * 86_400_000);
  const found = zone === "UTC" ? localMs : calendarInstant(localMs, zone);
  return typeof found === "number"
    ? judge(line, field, found, text, false, options)
    : no(line, field, found.kind, { zone }, text);
}

/** `marked`: the time says its zone, so that reading it elsewhere cannot be the mistake. */
function judge(
  line: number,
  field: string | null,
  ms: number,
  text: string,
  marked: boolean,
  options: TimeOptions,
): ObservationTime {
  const aheadMs = ms - options.nowMs;
  const got = text === "" ? isoTime(ms) : text;
  if (!(aheadMs <= aheadMsMax)) {
    const zone = explainingZone(ms, aheadMs, options);
    const mayBeLocal = field !== null && aheadMs <= localLeadMsMax;
    return no(line, field, "time-ahead", { aheadMs, zone, marked, mayBeLocal }, got);
  }
  if (ms < 0) return no(line, field, "time-before-1970", null, got);
  if (-aheadMs > ageMsMax && !options.backfill) {
    return no(line, field, "time-old", { ageMs: -aheadMs, ageMsMax }, got);
  }
  return { ok: true, ms };
}

/** A zone ahead of UTC by about as much as the time is ahead: local time read as UTC. */
function explainingZone(ms: number, aheadMs: number, options: TimeOptions): string | null {
  const zones = [options.zone, options.localZone];
  // Machines without a zone of their own stand on UTC, in Japan as well.
  if (zones.every((zone) => offsetMsOf(zone, ms) === 0)) zones.push("Asia/Tokyo");
  for (const zone of new Set(zones)) {
    const offsetMs = offsetMsOf(zone, ms);
    // The reading itself may be up to an hour old.
    const lateMs = offsetMs - aheadMs;
    if (offsetMs > 0 && lateMs >= -aheadMsMax && lateMs <= 3_600_000) return zone;
  }
  return null;
}

function offsetMsOf(zone: string, ms: number): number {
  if (Math.abs(ms) > 8.64e15) return 0;
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.trunc(ms));
  return instant.toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
}

const quarterMs = 15 * 60_000;

/** A quarter of an hour on the clocks of a zone, with one offset from its beginning to its end. */
interface Quarter {
  readonly zone: string;
  readonly localMs: number;
  readonly offsetMs: number;
}

/** The last one: rows of a file lie close together, and asking the calendar for each takes long. */
let lastQuarter: Quarter | null = null;

type Instant = number | { readonly kind: "time-nonexistent" | "time-ambiguous" };

/** UTC milliseconds, or why the local time names no single instant of the zone. */
function instantOf(time: WrittenTime, zone: string): Instant {
  const localMs = asUtcMs(time);
  if (time.offsetMinutes !== null) return localMs - time.offsetMinutes * 60_000;
  if (zone === "UTC") return localMs;
  const startMs = Math.floor(localMs / quarterMs) * quarterMs;
  if (lastQuarter?.zone !== zone || lastQuarter.localMs !== startMs) {
    lastQuarter = quarterAt(startMs, zone);
  }
  return lastQuarter === null ? calendarInstant(localMs, zone) : localMs - lastQuarter.offsetMs;
}

/** Null for a quarter in which the clocks are set: then its two ends do not agree. */
function quarterAt(localMs: number, zone: string): Quarter | null {
  const [first, last] = [localMs, localMs + quarterMs - 1].map((ms) => {
    const found = calendarInstant(ms, zone);
    return typeof found === "number" ? ms - found : null;
  });
  if (first === undefined || first === null || first !== last) return null;
  return { zone, localMs, offsetMs: first };
}

function calendarInstant(localMs: number, zone: string): Instant {
  const clock = Temporal.Instant.fromEpochMilliseconds(localMs).toZonedDateTimeISO("UTC");
  const local = clock.toPlainDateTime();
  const earlier = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = local.toZonedDateTime(zone, { disambiguation: "later" });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return earlier.epochMilliseconds;
  // In a gap neither reading shows the time on the clock again; in an overlap both do.
  const shown = earlier.toPlainDateTime().equals(local);
  return { kind: shown ? "time-ambiguous" : "time-nonexistent" };
}

function isEmpty(cell: SourceCell): boolean {
  return cell === null || cell === "" || cell === absent;
}

function textOf(cell: SourceCell): string {
  return cell instanceof JsonNumber ? cell.source : String(cell);
}

function no<Kind extends keyof ProblemDetails>(
  line: number,
  field: string | null,
  kind: Kind,
  detail: ProblemDetails[Kind],
  got: string,
): ObservationTime {
  return { ok: false, problem: problem(line, field, kind, detail, got) };
}

function isoTime(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}

/**
 * UTC milliseconds of a time given on the command line.
 * @throws CLI_TIME_REFUSED for no time, or a local time its zone does not have once
 */
export function parseTimeOption(option: string, text: string, zone: string): number {
  const written = readTime(text);
  const found = written === null ? null : instantOf(written, zone);
  if (typeof found !== "number") throw new CliError("CLI_TIME_REFUSED", { option, got: text });
  return found;
}

const stepUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of a step such as `100ms`, `1s` or `1m`; at least 1 ms, at most 366 days.
 * @throws CLI_TIME_REFUSED
 */
export function parseStepOption(option: string, text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(count) * (stepUnitsMs[unit] ?? 0);
  if (ms < 1 || ms > 366 * 86_400_000)
    throw new CliError("CLI_TIME_REFUSED", { option, got: text });
  return ms;
}

/**
 * Gives a zone back that this Node knows.
 * @throws CLI_ZONE_UNKNOWN
 */
export function parseZoneOption(zone: string): string {
  if (!isZone(zone)) {
    throw new CliError("CLI_ZONE_UNKNOWN", { zone, suggestion: zoneMeant(zone) });
  }
  return zone;
}

/** The zone of this machine. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
