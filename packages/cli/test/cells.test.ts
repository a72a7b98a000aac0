import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromJsonCells, toJsonCells } from "../src/input/api-cells.ts";
import { fromCells, toCell, toCells, unfit } from "../src/input/cells.ts";
import { absent, JsonNumber } from "../src/input/row.ts";
import type { FieldType, StreamSchema } from "../src/input/schema.ts";

function schemaOf(type: FieldType): StreamSchema {
  const fields = [{ name: "x", type, facet: 0, unit: null }];
  return { name: "s", zone: "UTC", kind: "rows", facets: ["data"], fields };
}

function back(text: string, type: FieldType): string | null {
  const typed = toCells({ line: 1, cells: [text] }, { schema: schemaOf(type), positions: [0] });
  return typed.ok ? (fromCells(typed.cells)[0] ?? null) : null;
}

const digits = (min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
const integers = fc.tuple(fc.constantFrom("", "-"), digits(1, 30)).map((parts) => parts.join(""));
const decimals = fc
  .tuple(
    integers,
    fc.option(
      digits(1, 20).map((text) => `.${text}`),
      { nil: "" },
    ),
    fc.option(
      fc.tuple(fc.constantFrom("e", "E", "e+", "E-"), digits(1, 3)).map((p) => p.join("")),
      {
        nil: "",
      },
    ),
  )
  .map((parts) => parts.join(""));
const times = fc
  .tuple(
    fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }),
    fc.constantFrom("Z", "", "+09:00", "-03:30"),
    fc.constantFrom("T", " "),
  )
  .map(([date, zone, between]) => date.toISOString().replace("Z", zone).replace("T", between));
const texts: Readonly<Record<FieldType, fc.Arbitrary<string>>> = {
  text: fc.string({ unit: "grapheme" }),
  integer: integers,
  decimal: decimals,
  boolean: fc.constantFrom("true", "false"),
  time: times,
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
};

describe("cells", () => {
  test.each(Object.entries(texts))("of type %s give back the text they came from", (type, text) => {
    fc.assert(
      fc.property(fc.oneof({ weight: 20, arbitrary: text }, fc.constant("")), (source) => {
        expect(back(source, type as FieldType)).toBe(source);
      }),
      { numRuns: 500 },
    );
  });

  test("of whatever text either give it back or are refused, in every type", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."0123456789+-.eE: TZ=") }),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom(...Object.keys(texts)), (source, type) => {
        const found = back(source, type as FieldType);
        expect(found === null || found === source).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["42", "integer", 42],
    ["-9007199254740991", "integer", -9007199254740991],
    ["9007199254740992", "integer", ["9007199254740992"]],
    ["007", "integer", ["007"]],
    ["-0", "integer", ["-0"]],
    ["1.50", "decimal", ["1.50"]],
    ["42", "decimal", ["42"]],
    ["6.02e+23", "decimal", ["6.02e+23"]],
    ["true", "boolean", true],
    ["", "text", ""],
    ["", "integer", null],
    ["", "time", null],
    ["2017-02-01T13:59:35.0937500Z", "time", "2017-02-01T13:59:35.0937500Z"],
  ] as const)("%j as %s is the value %j", (source, type, cell) => {
    expect(toCell(source, type)).toEqual(cell);
  });

  test.each([
    ["1.0", "integer"],
    ["+5", "integer"],
    [" 5", "integer"],
    ["1,5", "decimal"],
    [".5", "decimal"],
    ["5.", "decimal"],
    ["0x10", "decimal"],
    ["NaN", "decimal"],
    ["TRUE", "boolean"],
    ["1", "boolean"],
    ["2026-02-30", "time"],
    ["2026-01-01T24:00:00Z", "time"],
    ["2026-01-01T00:00:60Z", "time"],
    ["21.11.2026", "time"],
    ["1".repeat(129), "integer"],
    [`0.${"1".repeat(127)}`, "decimal"],
    ["YQ", "bytes"],
    ["\ud800", "text"],
  ] as const)("%j is refused as %s", (source, type) => {
    expect(toCell(source, type)).toBe(unfit);
  });

  test("JSON scalars fit their own types only", () => {
    expect(toCell(new JsonNumber("1.50"), "decimal")).toEqual(["1.50"]);
    expect(toCell(new JsonNumber("7"), "integer")).toBe(7);
    expect(toCell(new JsonNumber("7"), "text")).toBe(unfit);
    expect(toCell(true, "boolean")).toBe(true);
    expect(toCell(true, "text")).toBe(unfit);
    expect(toCell(null, "text")).toBe(null);
  });

  test("cross the API unchanged, absent ones left out", () => {
    const fields = ["a", "constructor", "c", "d", "e", "f"].map((name) => ({ name }));
    const cells = [["1.50"], "x", null, new Uint8Array([1, 2]), absent, true] as const;
    const sent = toJsonCells(fields, cells);
    expect(sent).toEqual({
      a: { decimal: "1.50" },
      constructor: "x",
      c: null,
      d: { bytes: "AQI=" },
      f: true,
    });
    expect(fromJsonCells(fields, JSON.parse(JSON.stringify(sent)))).toEqual(cells);
    expect(fromJsonCells(fields, {})).toEqual(fields.map(() => absent));
  });

  test("everything wrong with a row is told, field by field", () => {
    const schema: StreamSchema = {
      ...schemaOf("integer"),
      fields: [
        { name: "a", type: "integer", facet: 0, unit: null },
        { name: "b", type: "decimal", facet: 0, unit: null },
      ],
    };
    const typed = toCells({ line: 17, cells: ["ERR", "x"] }, { schema, positions: [1, 0] });
    expect(typed).toMatchObject({
      ok: false,
      problems: [
        { line: 17, field: "a", kind: "integer", got: "x" },
        { line: 17, field: "b", kind: "decimal", got: "ERR" },
      ],
    });
  });
});
