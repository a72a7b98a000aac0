import { describe, expect, test } from "vitest";
import { JsonNumber, type SourceCell } from "../src/input/row.ts";
import {
  ageMsMax,
  aheadMsMax,
  observationTime,
  parseStepOption,
  parseTimeOption,
  parseZoneOption,
  type TimeOptions,
  type TimeUnit,
} from "../src/input/time.ts";
import { failure } from "./helpers.ts";

const nowMs = Date.UTC(2026, 10, 21, 9);
const base: TimeOptions = {
  source: { type: "column", name: "time", position: 0, unit: "text" },
  zone: "UTC",
  localZone: "UTC",
  nowMs,
  backfill: true,
};

function at(cell: SourceCell, more: Partial<TimeOptions> = {}, unit: TimeUnit = "text") {
  const source = { type: "column", name: "time", position: 0, unit } as const;
  return observationTime({ line: 12, cells: [cell] }, 0, { ...base, source, ...more });
}

describe("the time of a row", () => {
  test.each([
    ["2026-11-21T09:00:00Z", "UTC", Date.UTC(2026, 10, 21, 9)],
    ["2026-11-21t09:00:00z", "UTC", Date.UTC(2026, 10, 21, 9)],
    ["2026-11-21 18:00:00+09:00", "UTC", Date.UTC(2026, 10, 21, 9)],
    ["2026-11-21T05:30:00-0330", "UTC", Date.UTC(2026, 10, 21, 9)],
    ["2017-02-01T13:59:35.0937500Z", "UTC", Date.UTC(2017, 1, 1, 13, 59, 35, 93)],
    ["2026-11-21T08:59:59.999999999Z", "UTC", Date.UTC(2026, 10, 21, 8, 59, 59, 999)],
    ["2026-11-21T18:00:00", "Asia/Tokyo", Date.UTC(2026, 10, 21, 9)],
    ["2026/11/21 18:00", "Asia/Tokyo", Date.UTC(2026, 10, 21, 9)],
    ["2026-11-21", "Asia/Tokyo", Date.UTC(2026, 10, 20, 15)],
    ["2026-07-01 12:00:00.25", "Europe/Berlin", Date.UTC(2026, 6, 1, 10, 0, 0, 250)],
    ["2026-10-25T02:30:00+02:00", "Europe/Berlin", Date.UTC(2026, 9, 25, 0, 30)],
    ["2013-12-02 21:15:00", "America/New_York", Date.UTC(2013, 11, 3, 2, 15)],
  ])("%s in %s is one instant, rounded down", (text, zone, ms) => {
    expect(at(text, { zone })).toEqual({ ok: true, ms });
  });

  test.each([
    ["2026-03-29T02:30:00", "Europe/Berlin", "time-nonexistent"],
    ["2026-10-25T02:30:00", "Europe/Berlin", "time-ambiguous"],
    ["2011-12-30T12:00:00", "Pacific/Apia", "time-nonexistent"],
  ])("%s in %s is refused as %s, with the line", (text, zone, kind) => {
    expect(at(text, { zone })).toMatchObject({
      ok: false,
      problem: { line: 12, field: "time", kind, detail: { zone }, got: text },
    });
  });

  test("is right for every row of a file that goes over a change of the clocks", () => {
    const berlin = (text: string) => {
      const found = at(text, { zone: "Europe/Berlin" });
      return found.ok ? new Date(found.ms).toISOString().slice(11, 19) : found.problem.kind;
    };
    const spring = ["01:44:59", "01:59:59", "02:00:00", "02:59:59", "03:00:00", "03:14:59"];
    expect(spring.map((time) => berlin(`2026-03-29 ${time}`))).toEqual([
      ...["00:44:59", "00:59:59", "time-nonexistent", "time-nonexistent", "01:00:00", "01:14:59"],
    ]);
    const autumn = ["01:59:59", "02:00:00", "02:14:59", "02:59:59", "03:00:00"];
    expect(autumn.map((time) => berlin(`2026-10-25 ${time}`))).toEqual([
      ...["23:59:59", "time-ambiguous", "time-ambiguous", "time-ambiguous", "02:00:00"],
    ]);
    const apia = at("2011-12-29 23:59:59", { zone: "Pacific/Apia" });
    expect(apia).toEqual({ ok: true, ms: Date.UTC(2011, 11, 30, 9, 59, 59) });
    expect(at("2011-12-30 00:00:00", { zone: "Pacific/Apia" }).ok).toBe(false);
    expect(at("2011-12-31 00:00:00", { zone: "Pacific/Apia" }).ok).toBe(true);
  });

  test("is read from Unix time only when asked", () => {
    expect(at("1485957575.09375", {}, "s")).toEqual({ ok: true, ms: 1_485_957_575_093 });
    expect(at(new JsonNumber("1485957575093"), {}, "ms")).toEqual({
      ok: true,
      ms: 1_485_957_575_093,
    });
    expect(at("1485957575")).toMatchObject({ ok: false, problem: { kind: "time" } });
    expect(at("2017-02-01T00:00:00Z", {}, "s")).toMatchObject({ problem: { kind: "unix-time" } });
    expect(at("1e9", {}, "s")).toMatchObject({ problem: { kind: "unix-time" } });
  });

  test("is missing where the cell is empty", () => {
    for (const cell of ["", null])
      expect(at(cell)).toMatchObject({ problem: { kind: "time-missing" } });
  });

  test("is that of the submission, or counts on from a start in steps", () => {
    const submission = { ...base, source: { type: "submission" } } as const;
    expect(observationTime({ line: 3, cells: [] }, 9, submission)).toEqual({ ok: true, ms: nowMs });
    const steps = {
      ...base,
      source: { type: "steps", startMs: nowMs - 1000, stepMs: 100 },
    } as const;
    expect(observationTime({ line: 3, cells: [] }, 9, steps)).toEqual({
      ok: true,
      ms: nowMs - 100,
    });
    const ahead = observationTime({ line: 9, cells: [] }, 10_000, steps);
    expect(ahead).toMatchObject({ problem: { line: 9, field: null, kind: "time-ahead" } });
  });

  test("may lie five minutes ahead and no further", () => {
    const text = (ms: number) => new Date(ms).toISOString();
    expect(at(text(nowMs + aheadMsMax))).toMatchObject({ ok: true });
    expect(at(text(nowMs + aheadMsMax + 1))).toMatchObject({
      problem: { kind: "time-ahead", detail: { aheadMs: aheadMsMax + 1, zone: null } },
    });
  });

  test("names the zone whose local time was read as UTC", () => {
    const tokyo = { localZone: "Asia/Tokyo" };
    const zone = "Asia/Tokyo";
    expect(at("2026-11-21 17:40:00", tokyo)).toMatchObject({
      problem: { detail: { zone, marked: false } },
    });
    expect(at("2026-11-21T18:00:00Z", tokyo)).toMatchObject({
      problem: { detail: { zone, marked: true } },
    });
    expect(at("2026-11-21T18:00:00Z", { zone })).toMatchObject({ problem: { detail: { zone } } });
    expect(at("2026-11-21T21:00:00Z", tokyo)).toMatchObject({
      problem: { detail: { zone: null } },
    });
    expect(at("2026-11-21T12:00:00Z", tokyo)).toMatchObject({
      problem: { detail: { zone: null } },
    });
  });

  test("older than seven days needs the word backfill, before 1970 there is none", () => {
    const old = new Date(nowMs - ageMsMax - 1).toISOString();
    expect(at(old)).toMatchObject({ ok: true });
    expect(at(old, { backfill: false })).toMatchObject({ problem: { kind: "time-old", line: 12 } });
    const young = new Date(nowMs - ageMsMax).toISOString();
    expect(at(young, { backfill: false })).toMatchObject({ ok: true });
    expect(at("1969-12-31T23:59:59Z")).toMatchObject({ problem: { kind: "time-before-1970" } });
  });
});

describe("options of time", () => {
  test("are read or refused by name", async () => {
    expect(parseTimeOption("--time-start", "2026-11-21 18:00", "Asia/Tokyo")).toBe(nowMs);
    const steps = ["100ms", "1s", "1m", "2h", "1d"].map((text) =>
      parseStepOption("--time-step", text),
    );
    expect(steps).toEqual([100, 1000, 60_000, 7_200_000, 86_400_000]);
    for (const text of ["0s", "1", "-1s", "1.5s", "1w", "400d", "s"]) {
      const error = await failure(() => parseStepOption("--time-step", text));
      expect([error.code, error.detail]).toEqual([
        "CLI_TIME_REFUSED",
        { option: "--time-step", got: text },
      ]);
    }
    const gap = () => parseTimeOption("--time-start", "2026-03-29T02:30", "Europe/Berlin");
    expect((await failure(gap)).code).toBe("CLI_TIME_REFUSED");
    expect(parseZoneOption("Asia/Tokyo")).toBe("Asia/Tokyo");
    for (const zone of ["Tokyo/Asia", "+09:00", ""]) {
      expect((await failure(() => parseZoneOption(zone))).code).toBe("CLI_ZONE_UNKNOWN");
    }
  });
});
