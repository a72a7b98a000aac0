import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DateOrderFinder, readingsOf, withYearFirst } from "../src/input/date-order.ts";
import { isTimeText } from "../src/input/time-text.ts";
import { fromDecimalComma } from "../src/input/writing.ts";

describe("a date that does not begin with its year", () => {
  test.each([
    ["22/11/2026 9:05", "dmy", "2026-11-22 09:05"],
    ["22.11.2026 09:00", "dmy", "2026-11-22 09:00"],
    ["22-11-2026", "dmy", "2026-11-22"],
    ["11/22/2026 9:05 AM", "mdy", "2026-11-22 09:05"],
    ["11/22/2026 12:05:30 pm", "mdy", "2026-11-22 12:05:30"],
    ["11/22/2026, 12:05 a.m.", "mdy", "2026-11-22 00:05"],
    ["05/06/2026 17:00:00.125", "dmy", "2026-06-05 17:00:00.125"],
    ["05/06/2026 17:00", "mdy", "2026-05-06 17:00"],
    ["26/11/22 9:05", "ymd", "2026-11-22 09:05"],
    ["22/11/26", "dmy", "2026-11-22"],
    ["22-Nov-26", "dmy", "2026-11-22"],
    ["26-Nov-15 9:05", "ymd", "2026-11-15 09:05"],
    ["2026-11-15 9:05 PM", "ymd", "2026-11-15 21:05"],
    ["22/11/2026 9:05+09:00", "dmy", "2026-11-22 09:05+09:00"],
  ] as const)("such as %s is read as %s says", (text, order, read) => {
    expect(withYearFirst(text, order)).toBe(read);
    expect(isTimeText(read)).toBe(true);
  });

  test.each([
    ["22-Nov-26 09:00:00", "2026-11-22 09:00:00"],
    ["22-Nov-2026", "2026-11-22"],
    ["2 november 2026 7:00 PM", "2026-11-02 19:00"],
    ["Nov 2, 2026 9:05 AM", "2026-11-02 09:05"],
    ["2026-11-22 9:05 PM", "2026-11-22 21:05"],
    ["2026/11/22 午後 9:05", "2026-11-22 21:05"],
    ["2026.11.22 09:05", "2026-11-22 09:05"],
  ])("or %s needs nobody to say an order", (text, read) => {
    expect(withYearFirst(text, null)).toBe(read);
  });

  test.each([
    ..."45/45/2026 31/02/2026 1/2/3/4 22-Now-26 22-Novel-26 1800,5 12.5 5".split(" "),
    "22/11/2026 25:00",
    "11/22/2026 13:05 PM",
    "11/22/2026 0:05 AM",
    "22/11.2026",
    // 1998 or 2098: a birthday of a machine is no day to come.
    ..."22/11/98 22-Nov-98 98/11/22".split(" "),
    `22/11/2026${" ".repeat(100)}`,
  ])("is not what %s is", (text) => {
    expect(readingsOf(text)).toEqual([]);
  });

  test("has no reading without an order where day and month may change places", () => {
    expect(withYearFirst("05/06/2026", null)).toBeNull();
    expect(readingsOf("05/06/2026")).toEqual([
      ["dmy", "2026-06-05"],
      ["mdy", "2026-05-06"],
    ]);
  });

  test("tells the order of its column, unless another contradicts it", () => {
    const found = (...texts: readonly string[]) => {
      const finder = new DateOrderFinder();
      for (const text of texts) finder.see(text);
      return finder.found;
    };
    expect(found("05/06/2026", "22/11/2026", "2026-01-01", "")).toEqual({
      order: "dmy",
      example: "22/11/2026",
    });
    expect(found("05/06/2026", "11/22/2026")?.order).toBe("mdy");
    expect(found("05/06/2026", "07/06/2026")).toBeNull();
    expect(found("22/11/2026", "11/22/2026")).toBeNull();
    // Two digits may be a year.
    expect(found("22/11/26", "13-Nov-26")).toBeNull();
  });

  test("never takes long or throws, whatever stands there", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        for (const [, read] of readingsOf(text)) expect(isTimeText(read)).toBe(true);
      }),
    );
  });
});

test("a number with a decimal comma is the same number with a point, digit for digit", () => {
  const pairs: Record<string, string | null> = {
    ...{ "1800,5": "1800.5", "-0,250": "-0.250", "1.234.567,80": "1234567.80", "1,5e-3": "1.5e-3" },
    ...{ "1234": null, "1.234": null, "1,2,3": null, ",5": null, "12.34,5": null, "1,": null },
    "0.234,5": null,
    [`1,${"5".repeat(200)}`]: null,
  };
  for (const [text, read] of Object.entries(pairs)) expect(fromDecimalComma(text)).toBe(read);
});
