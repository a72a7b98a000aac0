import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataPath, readJson, sharedData, vectorPath } from "../../../test/helpers/shared-data.ts";
import { type Delimiter, readCsv } from "../src/input/csv.ts";
import type { Encoding } from "../src/input/lines.ts";
import { csvRow } from "../src/print/csv.ts";
import { breakage, chunksOf, fileChunks, read } from "./helpers.ts";

function csv(
  text: string | Uint8Array,
  size = 7,
  more: { encoding?: Encoding; delimiter?: Delimiter } = {},
) {
  return readCsv(chunksOf(text, size), { delimiter: ",", encoding: "utf-8", ...more });
}

describe("a CSV file", () => {
  test("gives its header and its cells as they stand after unquoting", async () => {
    const { columns, rows } = await read(csv('a, b ,c\n1," x ",""\n,007,"say ""hi"""\n'));
    expect(columns).toEqual(["a", "b", "c"]);
    expect(rows).toEqual([
      { line: 2, cells: ["1", " x ", ""] },
      { line: 3, cells: ["", "007", 'say "hi"'] },
    ]);
  });

  test("is the same with and without byte order mark, with LF and CRLF, with and without a last line end", async () => {
    const expected = await read(csv("温度,b\n1,2\n3,4\n"));
    for (const text of [
      "\ufeff温度,b\n1,2\n3,4",
      "温度,b\r\n1,2\r\n3,4\r\n",
      "温度,b\r\n1,2\n3,4\n\n\n",
    ]) {
      for (const size of [1, 2, 5, 1000]) expect(await read(csv(text, size))).toEqual(expected);
    }
  });

  test("names the line on which a row begins, also after quoted line ends and blank lines", async () => {
    const text = 'a,b\r\n"one\r\ntwo\r\nthree",1\r\n\r\n2,"x\n"\r\n3\r\n4,5\r\n';
    const { rows, problems } = await read(csv(text));
    expect(rows.map(({ line }) => line)).toEqual([2, 6, 9]);
    expect(rows[0]?.cells[0]).toBe("one\r\ntwo\r\nthree");
    expect(problems).toMatchObject([
      { line: 8, kind: "cell-count", got: "1", detail: { expected: 2 } },
    ]);
  });

  test("in two encodings is refused at the first line of the other one", async () => {
    const cp932 = Buffer.from([0x89, 0xb7, 0x93, 0x78, 0x0a]);
    const utf8 = Buffer.from("温度\n");
    const mixed = Buffer.concat([cp932, Buffer.from("1\n"), utf8, cp932]);
    expect(await breakage(csv(mixed, 7, { encoding: "cp932" }))).toMatchObject({
      line: 3,
      kind: "encoding-mixed",
    });
    const other = Buffer.concat([utf8, Buffer.from("1\n"), cp932]);
    expect(await breakage(csv(other))).toMatchObject({ line: 3, kind: "encoding" });
  });

  test("keeps a blank line as an empty cell where there is one column", async () => {
    const { rows } = await read(csv('a\n1\n\n""\n2\n'));
    expect(rows.map(({ cells }) => cells[0])).toEqual(["1", "", "", "2"]);
  });

  test("may part cells by semicolons or tabs and be written in CP932", async () => {
    expect((await read(csv("a;b\n1,5;2\n", 7, { delimiter: ";" }))).rows[0]?.cells).toEqual([
      "1,5",
      "2",
    ]);
    const cp932 = Buffer.from([
      0x89, 0xb7, 0x93, 0x78, 0x09, 0x62, 0x0a, 0x95, 0x5c, 0x09, 0x31, 0x0a,
    ]);
    const { columns, rows } = await read(csv(cp932, 3, { delimiter: "\t", encoding: "cp932" }));
    expect([columns, rows[0]?.cells]).toEqual([
      ["温度", "b"],
      ["表", "1"],
    ]);
  });

  test("reads back whatever cells were written", async () => {
    const cell = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    const table = fc.integer({ min: 1, max: 5 }).chain((width) => {
      return fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 });
    });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 64 }), async (cells, size) => {
        const header = cells[0]?.map((_, index) => `c${index}`) ?? [];
        const text = [header, ...cells].map(csvRow).join("");
        const { rows, problems } = await read(csv(text, size));
        expect(problems).toEqual([]);
        expect(rows.map((row) => row.cells)).toEqual(cells);
      }),
    );
  });
});

describe("a damaged CSV file", () => {
  test.each([
    ["", "no-header", 1],
    ["\n\n", "no-header", 1],
    ["a,,c\n", "column-name", 1],
    ["a,b\n".replace("b", '"b\nc"'), "column-name", 1],
    ["a,b, a\n1,2,3\n", "column-twice", 1],
    ['a,b\n1,2\n1,"2\n3,4\n', "open-quote", 3],
    ['a,b\n1,2"\n', "quote", 2],
    ['a,b\n1,"2"3\n', "quote", 2],
    ["a,b\n1,2\n3,\0\n", "nul-byte", 3],
    [`${Array.from({ length: 257 }, (_, index) => `c${index}`).join(",")}\n`, "column-count", 1],
  ])("is refused whole: %j is %s", async (text, kind, line) => {
    expect(await breakage(csv(text))).toMatchObject({ kind, line });
  });

  test("is refused at the line that is not UTF-8, even when a character is cut by a chunk", async () => {
    const bad = Buffer.concat([
      Buffer.from("a,b\né,1\nx,"),
      Buffer.from([0xc3]),
      Buffer.from("\ny,2\n"),
    ]);
    expect(await breakage(csv(bad, 5))).toMatchObject({ kind: "encoding", line: 3 });
    const utf16 = Buffer.from("\ufeffa,b\n1,2\n", "utf16le");
    expect(await breakage(csv(utf16))).toMatchObject({ line: 1 });
    const surrogate = Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80, 0x0a]);
    expect(await breakage(csv(surrogate))).toMatchObject({ kind: "encoding", line: 2 });
  });

  test("is refused when a line passes 1 MiB, and no more of it is kept", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a,b\n");
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536, "x");
      }
    }
    const events = readCsv(endless(), { delimiter: ",", encoding: "utf-8" });
    expect(await breakage(events)).toMatchObject({ kind: "line-size", line: 2 });
    expect(given).toBeLessThan(1_300_000);
  });

  test("is refused when a quote that never ends swallows more than a row may hold", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a,b\n1,"');
      for (;;) {
        given += 1000;
        yield Buffer.from(`${"x".repeat(999)}\n`);
      }
    }
    const events = readCsv(endless(), { delimiter: ",", encoding: "utf-8" });
    expect(await breakage(events)).toMatchObject({ kind: "open-quote", line: 2 });
    expect(given).toBeLessThan(1_500_000);
  });
});

describe("public CSV files", () => {
  test.skipIf(sharedData === null)("csv-spectrum gives the rows its authors expect", async () => {
    const files = globSync("*.csv", { cwd: vectorPath("csv") });
    expect(files.length).toBe(11);
    for (const file of files) {
      const expected = readJson<unknown>(vectorPath("csv", file.replace(".csv", ".expected.json")));
      const kept = readFileSync(vectorPath("csv", file), "utf8");
      // The copies of the CRLF files have lost their CR; the expected rows still hold it.
      const text = file.includes("crlf") ? kept.replaceAll(/\r?\n/g, "\r\n") : kept;
      const { columns, rows, problems } = await read(csv(text));
      const objects = rows.map(({ cells }) => {
        return Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
      });
      expect([file, objects, problems]).toEqual([file, expected, []]);
    }
  });

  test.skipIf(sharedData === null).each([
    ["telemetry/ai4i2020/ai4i2020-rows-0001-7000.csv", 14, 7000],
    ["telemetry/hydraulic/cp-cycles-0001-1100.csv", 61, 1100],
    ["telemetry/hydraulic/condition-cycles-0001-1100.csv", 6, 1100],
    ["quality/nist-mtc/plate-first-article-20.csv", 11, 760],
    ["quality/nist-mtc/plate-incoming-inspection-20.csv", 11, 620],
    ["quality/nist-mtc/cover-incoming-inspection-20.csv", 11, 541],
  ])("%s has %i columns and gives every cell back", async (file, width, count) => {
    const path = dataPath(...file.split("/"));
    const { columns, rows, problems } = await read(
      readCsv(fileChunks(path), { delimiter: ",", encoding: "utf-8" }),
    );
    expect([columns.length, problems]).toEqual([width, []]);
    expect(rows.length).toBe(count);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(
      [columns, ...rows.map(({ cells }) => cells as string[])].map((cells) => csvRow(cells)),
    ).toEqual(lines.map((line) => `${line.trimEnd()}\n`));
  });
});
