import { describe, expect, test } from "vitest";
import { chooseForm, draftSchema, type FormWish } from "../src/input/form.ts";
import { chunksOf, failure } from "./helpers.ts";

const nothing: FormWish = { format: null, encoding: null, delimiter: null, fields: null };

function sourceOf(name: string, text: string | Uint8Array) {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return { path: name, name, read: () => chunksOf(bytes), head: async () => bytes };
}

describe("the form of an input", () => {
  test("is detected, and each choice can be overruled", async () => {
    const csv = sourceOf("a.txt", "a;b\n1;2\n");
    expect((await chooseForm(csv, nothing)).form).toEqual({
      format: "csv",
      delimiter: ";",
      encoding: "utf-8",
    });
    const wish = { ...nothing, delimiter: ",", encoding: "cp932" } as const;
    expect((await chooseForm(csv, wish)).form).toEqual({
      format: "csv",
      delimiter: ",",
      encoding: "cp932",
    });
    expect((await chooseForm(csv, { ...nothing, format: "shdr" })).form).toEqual({
      format: "shdr",
    });
  });

  test("of JSON rows has the fields of the stream, or the keys of the file", async () => {
    const json = sourceOf("-", '{"a":1}\n{"b":2}\n');
    expect((await chooseForm(json, nothing)).form).toEqual({
      format: "ndjson",
      fields: ["a", "b"],
    });
    const wish = { ...nothing, fields: ["b"] };
    expect((await chooseForm(json, wish)).form).toEqual({ format: "ndjson", fields: ["b"] });
  });

  test("is refused where there are no rows, unless a form is named", async () => {
    const array = sourceOf("a.json", '[{"a":1}]');
    const error = await failure(() => chooseForm(array, nothing));
    expect([error.code, error.detail]).toEqual([
      "CLI_FORMAT_UNKNOWN",
      { path: "a.json", found: "json" },
    ]);
    const binary = await failure(() =>
      chooseForm(sourceOf("a.pdf", new Uint8Array([37, 0])), nothing),
    );
    expect(binary.detail).toMatchObject({ found: "binary" });
    expect((await chooseForm(array, { ...nothing, format: "csv" })).form.format).toBe("csv");
  });

  test("gives the draft of a schema", async () => {
    const source = sourceOf("a.csv", "t,T [K]\n2026-11-21,1.5\n");
    const { form } = await chooseForm(source, nothing);
    const options = { name: "press", zone: "UTC", rowCountMax: 10 };
    expect((await draftSchema(source, form, options)).schema.fields).toEqual([
      { name: "t", type: "time", facet: 0, unit: null },
      { name: "T", type: "decimal", facet: 0, unit: "K" },
    ]);
  });
});
