import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Envelope } from "../src/chart/envelope.ts";
import { chartLimits } from "../src/chart/limits.ts";
import { drawChart } from "../src/chart/terminal-chart.ts";
import { heightOn, tickText, valueAxis } from "../src/chart/ticks.ts";
import { timeTicks } from "../src/chart/time-ticks.ts";
import { displayWidth } from "../src/print/width.ts";

const startMs = Date.UTC(2026, 10, 21);
type Row = readonly [timeMs: number, text: string | null];

function envelopeOf(rows: Iterable<Row>): Envelope {
  const envelope = new Envelope();
  for (const [timeMs, text] of rows) envelope.add(timeMs, text, "1.0.0");
  return envelope;
}

function drawn(rows: readonly Row[], width = 60): readonly string[] {
  return drawChart(envelopeOf(rows), { width, rows: 8, zone: "Asia/Tokyo" });
}

/** Every value that a picture of so many places shows. */
function shown(envelope: Envelope, places: number): readonly number[] {
  return envelope
    .runs(places)
    .flatMap((run) => run.flatMap(([, slot]) => [slot.first.value, slot.second.value]));
}

describe("a column kept in constant memory", () => {
  test("one peak and one dip among a million rows are in the picture, in whatever order rows come", () => {
    const envelope = new Envelope();
    for (let row = 0; row < 1_000_000; row += 1) {
      const at = (row * 7_919) % 1_000_000;
      const text = at === 777_777 ? "950.5" : at === 123_456 ? "-3" : `${400 + (at % 10)}`;
      envelope.add(startMs + at, text, `1.0.${at}`);
    }
    const values = shown(envelope, 30);
    expect(Math.max(...values)).toBe(950.5);
    expect(Math.min(...values)).toBe(-3);
    expect(envelope.highest).toMatchObject({
      timeMs: startMs + 777_777,
      text: "950.5",
      record: "1.0.777777",
    });
    expect(envelope.valueCount).toBe(1_000_000);
  });

  test("of every place the lowest and the highest value are shown, whatever the rows are", () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 1e12 }), fc.integer());
    const rowsOf = fc.array(row, { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 1, max: 40 }), (rows, places) => {
        const envelope = envelopeOf(rows.map(([timeMs, value]) => [timeMs, `${value}`]));
        const times = rows.map(([timeMs]) => timeMs);
        const [from, to] = [Math.min(...times), Math.max(...times)];
        const placeOf = (timeMs: number): number =>
          Math.min(places - 1, Math.floor(((timeMs - from) / Math.max(1, to - from)) * places));
        const slots = new Map(envelope.runs(places).flat());
        for (let at = 0; at < places; at += 1) {
          const values = rows
            .filter(([timeMs]) => placeOf(timeMs) === at)
            .map(([, value]) => value);
          const slot = slots.get(at);
          const ends = slot === undefined ? [] : [slot.first.value, slot.second.value];
          expect([...ends].sort((a, b) => a - b)).toEqual(
            values.length === 0 ? [] : [Math.min(...values), Math.max(...values)],
          );
        }
      }),
    );
  });

  test("rows spread over all times that there are take no more pieces than few rows", () => {
    const envelope = new Envelope();
    const last = 8.64e15;
    for (let row = 0; row <= 50_000; row += 1)
      envelope.add((last / 50_000) * row, `${row}`, "1.0.0");
    expect(shown(envelope, 4_096).length).toBeLessThanOrEqual(2 * chartLimits.piecesMax);
    expect(envelope.span).toEqual({ fromMs: 0, untilMs: last });
  });

  test("a row without a value and a long silence break the line, a usual distance does not", () => {
    const steady = (count: number, from = 0): Row[] =>
      Array.from({ length: count }, (_, row) => [startMs + (from + row) * 1_000, "1"]);
    expect(envelopeOf(steady(20)).runs(20)).toHaveLength(1);
    expect(envelopeOf(steady(3)).runs(60)).toHaveLength(1);
    const missing: Row[] = [...steady(10), [startMs + 10_000, null], ...steady(10, 11)];
    expect(envelopeOf(missing).runs(42)).toHaveLength(2);
    expect(envelopeOf(missing).missingCount).toBe(1);
    expect(envelopeOf([...steady(50), ...steady(50, 200)]).runs(50)).toHaveLength(2);
  });

  test("what no machine number holds is counted and not drawn", () => {
    const envelope = envelopeOf([
      [startMs, "1"],
      [startMs + 1, "1e400"],
      [startMs + 2, "-1e400"],
    ]);
    expect(envelope).toMatchObject({ valueCount: 1, beyondCount: 2, missingCount: 0 });
    expect(envelope.highest?.value).toBe(1);
  });
});

describe("a drawing of characters", () => {
  test("shows a rise as lines between marked values and times of the zone", () => {
    const rows = [0, 1, 2, 3].map((hour): Row => [startMs + hour * 3_600_000, `${hour * 100}`]);
    expect(drawn(rows)).toEqual([
      "   │",
      "300┤                                                   ┏━━",
      "   │                                                   ┃",
      "200┤                                   ┏━━━━━━━━━━━━━━━┛",
      "   │                                   ┃",
      "   │                                   ┃",
      "100┤                 ┏━━━━━━━━━━━━━━━━━┛",
      "   │                 ┃",
      "  0┤━━━━━━━━━━━━━━━━━┛",
      "   └┬─────────────────┬─────────────────┬────────────────┬─",
      "  09:00             10:00             11:00          12:00",
    ]);
  });

  test("is as wide as it may be, and no wider, whatever is drawn", () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 4e12 }),
      fc.oneof(
        fc.double({ noNaN: true }).map(String),
        fc.integer().map(String),
        fc.constantFrom(null, "1e308", "-1e308", "5e-324", "1e400", "0"),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.integer({ min: 60, max: 240 }),
        fc.constantFrom("UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Apia"),
        (rows, width, zone) => {
          const lines = drawChart(envelopeOf(rows), { width, rows: 8, zone });
          for (const line of lines) {
            expect(displayWidth(line)).toBeLessThanOrEqual(
              Math.min(width, chartLimits.plotColumnsMax),
            );
          }
          expect(lines.length === 0 || lines.length === 11).toBe(true);
          expect(lines.join("")).not.toContain("NaN");
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of one row is its value in the middle, and of a constant column a straight line", () => {
    expect(drawn([[startMs, "5"]]).filter((line) => line.includes("━"))).toHaveLength(1);
    const constant = drawn([0, 1, 2].map((row) => [startMs + row, "-7.25"]));
    const [line = "", ...others] = constant.filter((text) => text.includes("━"));
    expect(others).toEqual([]);
    expect(line).toContain("━".repeat(40));
  });

  test("of no value is nothing", () => {
    expect(drawn([[startMs, null]])).toEqual([]);
    expect(drawn([])).toEqual([]);
  });
});

describe("the marks of an axis", () => {
  test("are round, ascending, and between the ends", () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, finite, (one, other) => {
        const axis = valueAxis(Math.min(one, other), Math.max(one, other), 5);
        expect(axis.high).toBeGreaterThan(axis.low);
        expect(axis.ticks.length).toBeLessThanOrEqual(12);
        for (const [index, tick] of axis.ticks.entries()) {
          expect(Number.isFinite(tick)).toBe(true);
          if (index > 0) expect(tick).toBeGreaterThanOrEqual(axis.ticks[index - 1] ?? tick);
          const height = heightOn(axis, tick);
          expect(height).toBeGreaterThanOrEqual(-1e-6);
          expect(height).toBeLessThanOrEqual(1 + 1e-6);
        }
      }),
    );
    expect(valueAxis(0, 97, 5).ticks).toEqual([0, 20, 40, 60, 80]);
    expect(valueAxis(0.1, 0.3, 4).ticks).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
    expect([0, 1_234.5, -0.25, 1e20, 3e-9].map(tickText)).toEqual([
      ...["0", "1,234.5", "-0.25", "1e+20", "3e-9"],
    ]);
  });

  test("of time are at round times of the zone, in summer and winter, and say the date at midnight", () => {
    const hourMs = 3_600_000;
    const texts = (fromMs: number, lengthMs: number, zone: string): readonly string[] =>
      timeTicks(fromMs, fromMs + lengthMs, zone, 6).map(({ text }) => text);
    expect(texts(startMs + 10 * hourMs, 12 * hourMs, "Asia/Tokyo")).toEqual([
      ...["21:00", "11-22", "03:00", "06:00"],
    ]);
    expect(texts(Date.UTC(2026, 2, 7, 12), 4 * 24 * hourMs, "America/New_York")).toEqual([
      ...["03-08", "03-09", "03-10", "03-11"],
    ]);
    expect(texts(startMs, 4, "UTC")).toHaveLength(5);
    expect(texts(0, 8e15, "UTC").length).toBeGreaterThan(1);
  });
});
