import { describe, expect, test } from "vitest";
import { toCells } from "../src/input/cells.ts";
import { hintOf } from "../src/input/hints.ts";
import type { FieldType, StreamSchema } from "../src/input/schema.ts";
import { asUtcMs, readTime } from "../src/input/time-text.ts";
import { enProblem } from "../src/words/en-problems.ts";
import { jaProblem } from "../src/words/ja-problems.ts";

function refusalOf(text: string, type: FieldType) {
  const field = { name: "force", type, facet: 0, unit: null };
  const schema: StreamSchema = {
    ...{ name: "press-3", zone: "UTC", kind: "rows", facets: ["data"] },
    fields: [field],
  };
  const typed = toCells({ line: 7, cells: [text] }, { schema, positions: [0] });
  return typed.ok ? null : typed.problems[0];
}

describe("a cell that does not fit", () => {
  test.each([
    ["1,5", "decimal", "number-comma"],
    ["-0,25", "decimal", "number-comma"],
    ["1,234", "integer", "number-comma"],
    ["1,234,567.5", "decimal", "number-comma"],
    ["1.234,5", "decimal", "number-comma"],
    ["１２．５", "decimal", "number-wide"],
    ["１２", "integer", "number-wide"],
    ["#N/A", "decimal", "no-value"],
    ["#REF!", "integer", "no-value"],
    ["#DIV/0!", "decimal", "no-value"],
    ["NaN", "decimal", "no-value"],
    ["-", "integer", "no-value"],
    ["－", "integer", "no-value"],
    ["欠測", "decimal", "no-value"],
    [" ", "decimal", "no-value"],
    ["N/A", "boolean", "no-value"],
    ["#N/A", "time", "no-value"],
    ["45000.5", "time", "time-serial"],
    ["45000", "time", "time-serial"],
    ["22/11/2026 9:05", "time", "time-order"],
    ["11-22-26", "time", "time-order"],
    ["hot", "decimal", "decimal"],
    ["1.5", "integer", "integer"],
    ["12345678", "time", "time"],
  ] as const)(
    "%j in a field of type %s is named as %s, with a remedy in both languages",
    (text, type, kind) => {
      const found = refusalOf(text, type);
      expect(found).toMatchObject({ line: 7, field: "force", kind, got: text });
      if (found === null || found === undefined) throw new Error("it fits");
      for (const words of [enProblem(found), jaProblem(found)]) {
        expect(words.expected).not.toBe("");
        expect(words.next).not.toBe("");
      }
    },
  );

  test("is text where text is meant, whatever it looks like", () => {
    for (const text of ["1,5", "#N/A", "-", "45000.5", "１２"]) {
      expect(refusalOf(text, "text")).toBeNull();
      expect(hintOf(text, "text")).toBeNull();
    }
  });
});

describe("dates as Japanese programs write them", () => {
  test.each([
    ["2026年11月22日", Date.UTC(2026, 10, 22)],
    ["2026年1月5日 9時05分", Date.UTC(2026, 0, 5, 9, 5)],
    ["2026年1月5日9時5分30秒", Date.UTC(2026, 0, 5, 9, 5, 30)],
    ["2026年1月5日 9:05:30", Date.UTC(2026, 0, 5, 9, 5, 30)],
    ["令和8年11月22日", Date.UTC(2026, 10, 22)],
    ["令和元年5月1日", Date.UTC(2019, 4, 1)],
    ["平成31年4月30日", Date.UTC(2019, 3, 30)],
    ["2026/11/22 9:05", Date.UTC(2026, 10, 22, 9, 5)],
    ["2026/1/5", Date.UTC(2026, 0, 5)],
    ["2026-1-5 9:05:07", Date.UTC(2026, 0, 5, 9, 5, 7)],
  ])("%s is read", (text, ms) => {
    const time = readTime(text);
    expect(time === null ? null : asUtcMs(time)).toBe(ms);
  });

  test.each([
    "2026年2月30日",
    "2026年13月1日",
    "令和8年",
    "2026/11/22 25:00",
    "22/11/2026",
    "R8.11.22",
  ])("%s is no time", (text) => {
    expect(readTime(text)).toBeNull();
  });
});
