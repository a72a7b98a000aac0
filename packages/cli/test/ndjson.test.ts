import { describe, expect, test } from "vitest";
import { ndjsonFields, readNdjson } from "../src/input/ndjson.ts";
import { absent, JsonNumber } from "../src/input/row.ts";
import { breakage, chunksOf, read } from "./helpers.ts";

const fields = ["a", "b"];
const ndjson = (text: string) => readNdjson(chunksOf(text), { fields });

describe("newline-delimited JSON", () => {
  test("pitfall 27: keeps the source text of numbers, so that nothing passes through a float", async () => {
    const { rows } = await read(
      ndjson('{"a":1.50,"b":12345678901234567890}\n{"b":1E-400,"a":-0}\n'),
    );
    expect(rows.map(({ cells }) => cells)).toEqual([
      [new JsonNumber("1.50"), new JsonNumber("12345678901234567890")],
      [new JsonNumber("-0"), new JsonNumber("1E-400")],
    ]);
  });

  test("tells null, empty text and a missing key apart", async () => {
    const { rows } = await read(ndjson('{"a":null,"b":""}\r\n\r\n{"b":true}'));
    expect(rows).toEqual([
      { line: 1, cells: [null, ""] },
      { line: 3, cells: [absent, true] },
    ]);
  });

  test.each([
    ['{"a":1', "json", null],
    ['{"a":01}', "json", null],
    ["{'a':1}", "json", null],
    ['{"a":1} {"a":2}', "json", null],
    ['{"a":NaN}', "json", null],
    ["5", "json-object", null],
    ["null", "json-object", null],
    ['[{"a":1}]', "json-object", null],
    ['{"a":{"number":"1"}}', "json-nested", "a"],
    ['{"a":[1]}', "json-nested", "a"],
    ['{"a":1,"a":2}', "json-key-twice", "a"],
    ['{"a":"\\"b\\":","b":1,"\\u0062":2}', "json-key-twice", "b"],
    ['{"__proto__":1}', "field-unknown", "__proto__"],
    ['{"a":1,"c":2}', "field-unknown", "c"],
  ])("reports %s as %s and goes on", async (line, kind, field) => {
    const { rows, problems } = await read(ndjson(`{"a":1}\n${line}\n{"a":3}\n`));
    expect(problems).toMatchObject([{ line: 2, kind, field }]);
    expect(rows.map((row) => row.line)).toEqual([1, 3]);
  });

  test("does not take quotes and colons inside texts for keys", async () => {
    const text = JSON.stringify({ a: '"a":"b":', b: '\\","a":1' });
    const { rows, problems } = await read(ndjson(text));
    expect(problems).toEqual([]);
    expect(rows[0]?.cells).toEqual(['"a":"b":', '\\","a":1']);
  });

  test("survives a line that is nested a hundred thousand times", async () => {
    const { problems } = await read(ndjson(`{"a":${"[".repeat(100_000)}\n`));
    expect(problems).toMatchObject([{ line: 1, kind: "json" }]);
    const closed = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n{"a":1}`;
    expect((await read(ndjson(closed))).problems).toMatchObject([{ line: 1 }]);
  });

  test("stops at a line that is not UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(await breakage(readNdjson(chunksOf(bytes), { fields }))).toMatchObject({
      kind: "encoding",
      line: 2,
    });
  });

  test("tells its keys in the order of their first appearance", async () => {
    const text = '{"b":1}\nnot json\n{"a":1,"b":2}\n{"c":1}\n';
    expect(await ndjsonFields(chunksOf(text), 3)).toEqual(["b", "a"]);
    expect(await ndjsonFields(chunksOf(text), 9)).toEqual(["b", "a", "c"]);
  });
});
