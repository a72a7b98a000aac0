import { Temporal } from "temporal-polyfill";

/** A mark on an axis of time. */
export interface TimeTick {
  readonly timeMs: number;
  readonly text: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const steps: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 30, 90, 180, 365].map((count) => count * day),
];

/** Round times of a zone between two moments, at most `most` of them. */
export function timeTicks(
  fromMs: number,
  untilMs: number,
  zone: string,
  most: number,
): readonly TimeTick[] {
  const spanMs = untilMs - fromMs;
  const step = steps.find((length) => spanMs / length < most) ?? yearsOf(spanMs, most);
  const start = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  const midnight = start.startOfDay();
  const ticks: TimeTick[] = [];
  for (let mark = 0; ticks.length < most; mark += 1) {
    const timeMs = markOf(midnight, fromMs, step, mark);
    if (timeMs > untilMs) break;
    if (timeMs >= fromMs) ticks.push({ timeMs, text: textOf(timeMs, zone, step) });
  }
  return ticks;
}

/** Days are counted on the calendar: they are not all of one length. */
function markOf(
  midnight: Temporal.ZonedDateTime,
  fromMs: number,
  step: number,
  mark: number,
): number {
  if (step >= day) return midnight.add({ days: mark * (step / day) }).epochMilliseconds;
  const startMs = midnight.epochMilliseconds;
  return startMs + (Math.ceil((fromMs - startMs) / step) + mark) * step;
}

function yearsOf(spanMs: number, most: number): number {
  return Math.ceil(spanMs / most / (365 * day)) * 365 * day;
}

function textOf(timeMs: number, zone: string, step: number): string {
  const at = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(zone);
  if (step >= 30 * day) return at.toPlainDate().toPlainYearMonth().toString();
  const date = at.toPlainDate().toString();
  if (step >= day) return date.slice(-5);
  const smallestUnit = step < second ? "millisecond" : step < minute ? "second" : "minute";
  const clock = at.toPlainTime().toString({ smallestUnit });
  return clock === "00:00" ? date.slice(-5) : clock;
}
