import { describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import type { CliErrorDetails } from "../src/errors.ts";
import { readCsv } from "../src/input/csv.ts";
import { headerText, planColumns, readHeader } from "../src/input/header.ts";
import { inferSchema } from "../src/input/infer.ts";
import { ndjsonFields, readNdjson } from "../src/input/ndjson.ts";
import { checkSchema, documentSchema, type StreamSchema } from "../src/input/schema.ts";
import {
  parseFacetOption,
  parseSchemaFile,
  parseSchemaSpec,
  schemaFileText,
} from "../src/input/schema-spec.ts";
import { readShdr } from "../src/input/shdr.ts";
import { chunksOf, failure, fileChunks } from "./helpers.ts";

const named = { name: "press-3/temperature", zone: "Asia/Tokyo", rowCountMax: 1000 } as const;

async function infer(text: string): Promise<StreamSchema> {
  const events = readCsv(chunksOf(text), { delimiter: ",", encoding: "utf-8" });
  return (await inferSchema(events, { ...named, format: "csv" })).schema;
}

async function rule(run: () => unknown): Promise<string> {
  const error = await failure(run);
  expect(error.code).toBe("CLI_SCHEMA_REFUSED");
  return (error.detail as CliErrorDetails["CLI_SCHEMA_REFUSED"]).rule;
}

const summary = (schema: StreamSchema) => {
  return schema.fields.map(({ name, type, unit }) => [name, type, unit]);
};

describe("a schema drawn from data", () => {
  test("has the narrowest type that fits every row, and the units of the header", async () => {
    const schema = await infer(
      [
        "ts,n,x,ok,part,note,none,温度［℃］,Length (mm),Mode (automatic)",
        "2026-11-21 09:00:00,1,1,true,007,,,20.5,3,a",
        "2026-11-21T09:00:01Z,-2,1.5e3,false,008,x,,21,4,b",
      ].join("\n"),
    );
    expect(summary(schema)).toEqual([
      ["ts", "time", null],
      ["n", "integer", null],
      ["x", "decimal", null],
      ["ok", "boolean", null],
      ["part", "text", null],
      ["note", "text", null],
      ["none", "text", null],
      ["温度", "decimal", "℃"],
      ["Length", "integer", "mm"],
      ["Mode (automatic)", "text", null],
    ]);
    expect(schema).toMatchObject({
      name: named.name,
      zone: named.zone,
      kind: "rows",
      facets: ["data"],
    });
  });

  test("keeps the whole header where two columns differ in their unit only", async () => {
    expect(summary(await infer("T [K],T [C],p [bar]\n1,2,3\n"))).toEqual([
      ["T [K]", "integer", null],
      ["T [C]", "integer", null],
      ["p", "integer", "bar"],
    ]);
  });

  test("takes JSON at its word: digits in quotes are text", async () => {
    const text = '{"a":"5","b":5,"c":5.0,"d":true,"t":"2026-11-21T09:00:00Z"}\n{"b":6}\n';
    const fields = await ndjsonFields(chunksOf(text), 10);
    const events = readNdjson(chunksOf(text), { fields });
    const { schema } = await inferSchema(events, { ...named, format: "ndjson" });
    expect(schema.fields.map(({ type }) => type)).toEqual([
      "text",
      "integer",
      "decimal",
      "boolean",
      "time",
    ]);
  });

  test("of an SHDR stream is always time, item and value", async () => {
    const events = readShdr(chunksOf("2026-11-21T09:00:00Z|Sload|12\n"));
    const { schema } = await inferSchema(events, { ...named, format: "shdr" });
    expect(summary(schema)).toEqual([
      ["time", "time", null],
      ["item", "text", null],
      ["value", "text", null],
    ]);
  });

  test("refuses what a stream cannot hold", async () => {
    expect(await rule(() => infer(`${"x".repeat(65)}\n1\n`))).toBe("name");
    expect(await rule(() => documentSchema("a", "Mars/Olympus"))).toBe("zone");
    expect(await rule(() => infer("__proto__\n1\n"))).toBe("name");
    const schema = documentSchema("drawings", "UTC");
    expect(await rule(() => checkSchema({ ...schema, fields: [] }))).toBe("field-count");
    expect(await rule(() => checkSchema({ ...schema, facets: [] }))).toBe("facet-count");
    expect(await rule(() => checkSchema({ ...schema, facets: ["a", "b"] }))).toBe("facet-empty");
    expect(await rule(() => checkSchema({ ...schema, name: " a" }))).toBe("name");
    const [first] = schema.fields;
    expect(await rule(() => checkSchema({ ...schema, fields: first ? [first, first] : [] }))).toBe(
      "name-twice",
    );
  });

  test.skipIf(sharedData === null)("fits real tables", async () => {
    const ai4i = dataPath("telemetry", "ai4i2020", "ai4i2020-rows-0001-7000.csv");
    const csv = { delimiter: ",", encoding: "utf-8" } as const;
    const { schema } = await inferSchema(readCsv(fileChunks(ai4i), csv), {
      ...named,
      format: "csv",
    });
    expect(summary(schema).slice(0, 8)).toEqual([
      ["UDI", "integer", null],
      ["Product ID", "text", null],
      ["Type", "text", null],
      ["Air temperature", "decimal", "K"],
      ["Process temperature", "decimal", "K"],
      ["Rotational speed", "integer", "rpm"],
      ["Torque", "decimal", "Nm"],
      ["Tool wear", "integer", "min"],
    ]);
    const plate = dataPath("quality", "nist-mtc", "plate-first-article-20.csv");
    const whole = { ...named, format: "csv", rowCountMax: Number.POSITIVE_INFINITY } as const;
    const { schema: quality } = await inferSchema(readCsv(fileChunks(plate), csv), whole);
    const types = Object.fromEntries(quality.fields.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      tol_is_limit: "boolean",
      zone: "decimal",
      actual: "decimal",
      status: "text",
    });
    const motor = dataPath("telemetry", "nab-machine-temperature", "part-1.csv");
    const { schema: nab } = await inferSchema(readCsv(fileChunks(motor), csv), {
      ...named,
      format: "csv",
    });
    expect(nab.fields.map(({ type }) => type)).toEqual(["time", "decimal"]);
  });
});

describe("columns", () => {
  test.each([
    ["Torque [Nm]", "Torque", "Nm"],
    ["Length (mm)", "Length", "mm"],
    ["圧力（MPa）", "圧力", "MPa"],
    ["speed (1/min)", "speed", "1/min"],
    ["[K]", "[K]", null],
    ["Mode (see remark 4)", "Mode (see remark 4)", null],
    ["a[0] x", "a[0] x", null],
  ])("%s is named %s with the unit %s", (column, name, unit) => {
    expect(readHeader(column)).toEqual({ name, unit });
    if (unit !== null) expect(readHeader(headerText({ name, unit }))).toEqual({ name, unit });
  });

  test("are found by name, by name with unit, or by the name they are given", async () => {
    const schema = await infer("a [K],b,c\n1,2,3\n");
    const options = { line: 1, renames: new Map([["Zeit", "b"]]), timeColumn: null };
    expect(planColumns(["c", "a", "Zeit"], schema, options).positions).toEqual([1, 2, 0]);
    expect(planColumns(["a (K)", "b", "c"], schema, options).positions).toEqual([0, 1, 2]);
    const timed = { ...options, timeColumn: "ts" };
    expect(planColumns(["ts", "a", "b", "c"], schema, timed).positions).toEqual([1, 2, 3]);
    const timeIsField = { ...options, timeColumn: "b" };
    expect(planColumns(["a", "b", "c"], schema, timeIsField).positions).toEqual([0, 1, 2]);
    for (const [columns, kind] of [
      [["a", "b"], "column-missing"],
      [["a", "b", "c", "d"], "column-unknown"],
      [["a", "a [K]", "b", "c"], "column-twice"],
    ] as const) {
      const error = await failure(() => planColumns(columns, schema, options));
      expect(error.detail).toMatchObject({ problem: { kind, line: 1 } });
    }
  });
});

describe("facets and schema files", () => {
  const facets = (...list: string[]) => ({ type: "facets", facets: list }) as const;

  test("options put fields into facets, names read loosely, and one facet may take the rest", async () => {
    const base = await infer("Air temp [K],Process_temp,failure,UDI\n1,2,3,4\n");
    const spec = facets("status=air_temp,Process temp", "quality=failure", "identity=*");
    const schema = parseSchemaSpec(spec, base);
    expect(schema.facets).toEqual(["status", "quality", "identity"]);
    expect(schema.fields.map(({ facet }) => facet)).toEqual([0, 0, 1, 2]);
    expect(parseSchemaSpec(facets(), base)).toEqual(base);
    expect(parseFacetOption("a = b , c")).toEqual({ name: "a", fields: ["b", "c"] });
  });

  test("options that leave a field open or name it twice are refused", async () => {
    const base = await infer("a,b,A_\n1,2,3\n");
    const twins = await infer("x y,x_y\n1,2\n");
    const open = await failure(() => parseSchemaSpec(facets("s=a"), base));
    expect(open.detail).toEqual({ rule: "field-in-no-facet", place: "b, A_", got: "" });
    expect(await rule(() => parseSchemaSpec(facets("s=a,b", "q=b,A_"), base))).toBe(
      "field-in-two-facets",
    );
    expect(await rule(() => parseSchemaSpec(facets("s=*", "q=*"), base))).toBe(
      "field-in-two-facets",
    );
    expect(() => parseSchemaSpec(facets("s=a,zz"), base)).toThrow(
      expect.objectContaining({
        code: "CLI_COLUMN_UNKNOWN",
        detail: { option: "--facet s", column: "zz", known: ["a", "b", "A_"] },
      }),
    );
    expect(await rule(() => parseSchemaSpec(facets("s=x-y"), twins))).toBe("field-ambiguous");
    expect(await rule(() => parseSchemaSpec(facets("s=*", "q=a,b,A_"), base))).toBe("facet-empty");
    expect(await rule(() => parseSchemaSpec(facets("s=*", "s=a"), base))).toBe("name-twice");
    for (const text of ["s", "=a", "s=", "s=a,,b"]) {
      expect(await rule(() => parseSchemaSpec(facets(text), base))).toBe("facet-form");
    }
    const many = Array.from({ length: 17 }, (_, index) => `f${index}=*`);
    expect(await rule(() => parseSchemaSpec(facets(...many), base))).toBe("facet-count");
  });

  test("a file gives back the schema it was written from", async () => {
    const base = parseSchemaSpec(facets("s=a", "q=*"), await infer("a [K],b,c,d\n1,2.5,x,true\n"));
    expect(parseSchemaFile("s.json", schemaFileText(base), { name: "other", zone: "UTC" })).toEqual(
      base,
    );
  });

  test.each([
    ["{", "json"],
    ["[]", "shape"],
    ['{"schema":"tegata.schema/2","facets":[],"fields":[]}', "shape"],
    ['{"schema":"tegata.schema/1","facets":["a"],"fields":[],"more":1}', "shape"],
    [
      '{"schema":"tegata.schema/1","facets":["a"],"fields":[{"name":"x","type":"float","facet":"a"}]}',
      "shape",
    ],
    [
      '{"schema":"tegata.schema/1","facets":["a"],"fields":[{"name":"x","type":"text","facet":"b"}]}',
      "facet-unknown",
    ],
    [
      '{"schema":"tegata.schema/1","zone":"X","facets":["a"],"fields":[{"name":"x","type":"text","facet":"a"}]}',
      "zone",
    ],
    ['{"schema":"tegata.schema/1","facets":["a"],"fields":[]}', "field-count"],
  ])("the file %s is refused as %s", async (text, expected) => {
    const base = await infer("x\n1\n");
    expect(await rule(() => parseSchemaSpec({ type: "file", path: "s.json", text }, base))).toBe(
      expected,
    );
  });
});
