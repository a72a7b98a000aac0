import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeSchema,
  documentFields,
  encodeSchema,
  facetFields,
  limits,
  type StreamSchema,
  schemaHash,
} from "../../src/chain/index.ts";
import {
  concat,
  decode,
  encode,
  hashId,
  LedgerError,
  taggedHash,
  type Value,
} from "../../src/primitives/index.ts";
import { bytesOf } from "./fixtures.ts";
import { accepted, mutate, mutation } from "./mutation.ts";

const rows: StreamSchema = {
  name: "巻線ライン 3",
  zone: "Asia/Tokyo",
  facets: [{ name: "process" }, { name: "quality" }],
  fields: [
    { name: "温度", type: "decimal", facet: 0, unit: "°C" },
    { name: "serial", type: "text", facet: 1, unit: null },
    { name: "speed", type: "integer", facet: 0, unit: "rpm" },
  ],
  kind: "rows",
};
const documents: StreamSchema = {
  name: "Drawings",
  zone: "UTC",
  facets: [{ name: "document" }],
  fields: documentFields,
  kind: "documents",
};

function isRefused(schema: StreamSchema): boolean {
  try {
    encodeSchema(schema);
    return false;
  } catch (error) {
    if (error instanceof LedgerError) return true;
    throw error;
  }
}

describe("the schema of a stream", () => {
  test.each([rows, documents])("$kind come back from their bytes", (schema) => {
    expect(decodeSchema(encodeSchema(schema))).toEqual(schema);
  });

  test("lies in the order of the protocol", () => {
    expect(decode(encodeSchema(rows))).toEqual([
      1,
      "巻線ライン 3",
      "Asia/Tokyo",
      [["process"], ["quality"]],
      [
        ["温度", "decimal", 0, "°C"],
        ["serial", "text", 1, null],
        ["speed", "integer", 0, "rpm"],
      ],
      "rows",
    ]);
  });

  test("its hash covers the salt and the bytes", () => {
    const [salt, bytes] = [bytesOf("salt"), encodeSchema(rows)];
    expect(schemaHash(salt, bytes)).toBe(hashId(taggedHash("schema", concat(salt, bytes))));
  });

  test("gives the fields of a facet in the order of the schema", () => {
    expect(facetFields(rows, 0).map(({ name }) => name)).toEqual(["温度", "speed"]);
    expect(facetFields(rows, 1).map(({ name }) => name)).toEqual(["serial"]);
  });

  const [first, second] = rows.fields as [StreamSchema["fields"][0], StreamSchema["fields"][0]];
  test.each<readonly [string, Partial<StreamSchema>]>([
    ["two fields of one name", { fields: [first, { ...second, name: first.name }] }],
    ["two facets of one name", { facets: [{ name: "a" }, { name: "a" }] }],
    ["a field of no facet", { fields: [{ ...first, facet: 2 }] }],
    ["no fields", { fields: [] }],
    ["no facets", { facets: [] }],
    ["an empty name", { name: "" }],
    ["a name that clears a terminal", { name: "line\u001b[2J" }],
    ["a field whose name turns the writing round", { fields: [{ ...first, name: "a\u202eb" }] }],
    ["a unit of two lines", { fields: [{ ...first, unit: "V\nA" }] }],
    ["a zone that is no name", { zone: "Asia/Tokyo\u0007" }],
    ["a name of 65 characters", { name: "x".repeat(65) }],
    ["documents with other fields", { kind: "documents" }],
    ["too many facets", { facets: Array.from({ length: 17 }, (_, at) => ({ name: `f${at}` })) }],
    [
      "too many fields",
      { fields: Array.from({ length: 257 }, (_, at) => ({ ...first, name: `f${at}` })) },
    ],
  ])("%s is refused", (_what, changed) => {
    expect(isRefused({ ...rows, ...changed })).toBe(true);
  });

  test("documents have exactly their fields, in one facet", () => {
    expect(isRefused({ ...documents, fields: documentFields.slice(1) })).toBe(true);
    expect(isRefused({ ...documents, facets: [{ name: "a" }, { name: "b" }] })).toBe(true);
    const turned = documentFields.map((field) => ({ ...field, type: "text" as const }));
    expect(isRefused({ ...documents, fields: turned })).toBe(true);
  });

  test("unknown types and kinds are refused", () => {
    const items = decode(encodeSchema(rows)) as Value[];
    const kind = encode([...items.slice(0, 5), "tables"]);
    const typed = encode([...items.slice(0, 4), [["a", "float", 0, null]], "rows"]);
    for (const bytes of [kind, typed]) expect(accepted(decodeSchema, bytes)).toBeNull();
  });

  test("the largest schema is within the limits, a larger one is refused unread", () => {
    const fields = Array.from({ length: limits.fieldsMax }, (_, at) => ({
      name: `${"𠮷".repeat(60)}${at}`,
      type: "decimal" as const,
      facet: 0,
      unit: "𠮷".repeat(64),
    }));
    expect(isRefused({ ...rows, fields })).toBe(false);
    expect(accepted(decodeSchema, new Uint8Array(limits.schemaBytesMax + 1))).toBeNull();
  });

  test("nothing but a refusal comes of changed bytes, and never the same schema", () => {
    const bytes = encodeSchema(rows);
    fc.assert(
      fc.property(mutation, (change) => {
        const schema = accepted(decodeSchema, mutate(bytes, change));
        if (schema !== null) expect(schema).not.toEqual(rows);
      }),
    );
  });
});
