import { readTime } from "./time-text.ts";

/** Orders of day, month and year in dates that do not begin with a year of four digits. */
export const dateOrders = ["dmy", "mdy", "ymd"] as const;

/** One of {@link dateOrders}. */
export type DateOrder = (typeof dateOrders)[number];

/** The order of a column's dates, and a date that told. */
export interface FoundOrder {
  readonly order: DateOrder;
  readonly example: string;
}

/** A way to read a date, and what it comes to: the same time with its year first. */
export type Reading = readonly [order: DateOrder, text: string];

const lengthMax = 48;
/** Years of two digits are those from 2000 on; from here on they are more likely of the century before. */
const shortYearsEnd = 70;
const clock =
  /(?:[T ] ?(?:(午前|午後) ?)?(\d\d?):(\d\d)(?::(\d\d)([.,]\d{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?( ?(?:[Zz]|[+-]\d\d:?\d\d))?)?$/u
    .source;
const yearFirst = new RegExp(`^(\\d{4})([-/.])(\\d\\d?)\\2(\\d\\d?)${clock}`, "u");
const numbers = new RegExp(`^(\\d\\d?)([-/.])(\\d\\d?)\\2(\\d{4}|\\d\\d),?${clock}`, "u");
const dayOfMonth = new RegExp(
  `^(\\d\\d?)[-. ] ?([A-Za-z]{3,9})\\.?[-, ] ?(\\d{4}|\\d\\d)${clock}`,
  "u",
);
const monthAndDay = new RegExp(`^([A-Za-z]{3,9})\\.? (\\d\\d?),? (\\d{4}),?${clock}`, "u");
const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/**
 * The ways to read a date that does not begin with its year, names its month, or has a clock of twelve
 * hours; none for anything else. One text for all orders where the order does not matter.
 */
export function readingsOf(text: string): readonly Reading[] {
  if (text.length > lengthMax) return [];
  const certain = certainReading(text);
  if (certain !== null) {
    return dateOrders.map((order) => [order, (order === "ymd" && yearBefore(text)) || certain]);
  }
  const match = numbers.exec(text);
  if (match === null) return [];
  const [, first = "", , second = "", last = "", ...time] = match;
  const orders: readonly (readonly [DateOrder, string | null])[] = [
    ["dmy", join(last, second, first, time)],
    ["mdy", join(last, first, second, time)],
    ["ymd", last.length === 4 ? null : join(first, second, last, time)],
  ];
  return orders.flatMap(([order, read]) => (read === null ? [] : [[order, read] as const]));
}

/** The same time with its year first; null where the text is no such date, or the order does not tell. */
export function withYearFirst(text: string, order: DateOrder | null): string | null {
  if (order === null) return text.length > lengthMax ? null : certainReading(text);
  return readingsOf(text).find(([one]) => one === order)?.[1] ?? null;
}

/** True where day and month are told apart by more than their place. */
function isCertain(text: string): boolean {
  return certainReading(text) !== null;
}

/** `26-Nov-15` with the year before the month, as only `--date-order ymd` says; null for all others. */
function yearBefore(text: string): string | null {
  const [, year = "", name, day = "", ...time] = dayOfMonth.exec(text) ?? [];
  const isShort = year.length === 2 && day.length === 2;
  return name !== undefined && isShort ? join(year, monthOf(name), day, time) : null;
}

function certainReading(text: string): string | null {
  const [, year, , month, day, ...time] = yearFirst.exec(text) ?? [];
  if (year !== undefined) return join(year, month ?? "", day ?? "", time);
  const [, dayBefore, name, yearAfter, ...time2] = dayOfMonth.exec(text) ?? [];
  if (name !== undefined) return join(yearAfter ?? "", monthOf(name), dayBefore ?? "", time2);
  const [, named, dayAfter, yearLast, ...time3] = monthAndDay.exec(text) ?? [];
  return named === undefined ? null : join(yearLast ?? "", monthOf(named), dayAfter ?? "", time3);
}

/** Number of an English month, whole or in its first three letters; empty for another word. */
function monthOf(name: string): string {
  const lower = name.toLowerCase();
  const at = months.indexOf(lower.slice(0, 3));
  const whole =
    at === -1
      ? ""
      : new Date(Date.UTC(2000, at)).toLocaleString("en", { month: "long", timeZone: "UTC" });
  const fits = lower.length === 3 || lower === "sept" || lower === whole.toLowerCase();
  return at === -1 || !fits ? "" : `${at + 1}`;
}

/** The written parts with the year first, or null for a day or a time that there is not. */
function join(
  year: string,
  month: string,
  day: string,
  [half, hour, minute, second, fraction, letter, offset]: readonly (string | undefined)[],
): string | null {
  const isOld = year.length < 4 && Number(year) >= shortYearsEnd;
  if (month === "" || isOld) return null;
  const date = `${year.length === 4 ? year : `20${two(year)}`}-${two(month)}-${two(day)}`;
  if (hour === undefined || minute === undefined) return known(date);
  const isHalf = half !== undefined || letter !== undefined;
  const at = Number(hour);
  if (isHalf && (at > 12 || (half === undefined && at === 0))) return null;
  const isLate = half === "午後" || letter?.toLowerCase() === "p";
  const hours = isHalf ? (at % 12) + (isLate ? 12 : 0) : at;
  const seconds = second === undefined ? "" : `:${second}${fraction ?? ""}`;
  return known(`${date} ${two(`${hours}`)}:${minute}${seconds}${offset?.trim() ?? ""}`);
}

function two(digits: string): string {
  return digits.padStart(2, "0");
}

function known(text: string): string | null {
  return readTime(text) === null ? null : text;
}

/** Finds in which order the dates of a column stand: some have only one reading. */
export class DateOrderFinder {
  #dmy = 0;
  #mdy = 0;
  #example = "";

  see(text: string): void {
    if (isCertain(text) || !/\d{4}/.test(text)) return;
    const [only, other] = readingsOf(text);
    if (only === undefined || other !== undefined) return;
    if (this.#example === "") this.#example = text;
    if (only[0] === "dmy") this.#dmy += 1;
    else this.#mdy += 1;
  }

  /** Null where nothing told, or dates contradict each other. */
  get found(): FoundOrder | null {
    if (this.#dmy > 0 === this.#mdy > 0) return null;
    return { order: this.#dmy > 0 ? "dmy" : "mdy", example: this.#example };
  }
}
