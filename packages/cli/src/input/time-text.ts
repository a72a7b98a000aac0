/** A time as it is written, checked field by field. */
export interface WrittenTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Whole milliseconds of the fraction; finer digits are cut off, which is the floor. */
  readonly millisecond: number;
  /** Minutes ahead of UTC, or null when no zone is written. */
  readonly offsetMinutes: number | null;
}

const iso =
  /^(\d{4})([-/])(\d\d?)\2(\d\d?)(?:[Tt ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const japanese =
  /^(?:(令和|平成|昭和)(元|\d{1,2})|(\d{4}))年(\d\d?)月(\d\d?)日(?:\s*(\d\d?)(?:時(?:(\d\d?)分(?:(\d\d?)秒)?)?|:(\d\d)(?::(\d\d))?))?$/u;
/** The year before the first of each era. */
const eras: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925 };

/**
 * Reads RFC 3339; the same without seconds, fraction, zone or time of day, with slashes and one-digit
 * months, days and hours as spreadsheets write them; and Japanese dates, also by era. Null for anything
 * else, for days a month does not have and for leap seconds.
 */
export function readTime(text: string): WrittenTime | null {
  const time = readIso(text) ?? readJapanese(text);
  if (time === null) return null;
  const inDay = time.hour < 24 && time.minute < 60 && time.second < 60;
  if (!inDay || !isDay(time.year, time.month, time.day)) return null;
  return Number.isNaN(time.offsetMinutes) ? null : time;
}

function readIso(text: string): WrittenTime | null {
  const match = iso.exec(text);
  if (match === null) return null;
  const [, year, , month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(fraction.slice(0, 3).padEnd(3, "0")),
    offsetMinutes: zone === undefined ? null : offsetOf(zone),
  };
}

function readJapanese(text: string): WrittenTime | null {
  const match = japanese.exec(text);
  if (match === null) return null;
  const [, era, eraYear, year, month, day, hour = "0", minute, second, minute2, second2] = match;
  const ofEra = (eras[era ?? ""] ?? 0) + (eraYear === "元" ? 1 : Number(eraYear));
  return {
    year: year === undefined ? ofEra : Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute ?? minute2 ?? "0"),
    second: Number(second ?? second2 ?? "0"),
    millisecond: 0,
    offsetMinutes: null,
  };
}

/** True for a text that {@link readTime} can read. */
export function isTimeText(text: string): boolean {
  return readTime(text) !== null;
}

/** UTC milliseconds of the written fields, taken as if they were UTC. */
export function asUtcMs(time: WrittenTime): number {
  const days = utcDay(time.year, time.month, time.day);
  return days + ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.millisecond;
}

/** Minutes; NaN when hours or minutes are out of range. */
function offsetOf(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** Date.UTC takes years below 100 for the twentieth century; setUTCFullYear does not. */
function utcDay(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(utcDay(year, month, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
