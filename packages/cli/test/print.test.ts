import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Cell } from "../src/input/cells.ts";
import { absent } from "../src/input/row.ts";
import { painter, wantsColour } from "../src/print/colour.ts";
import { ago, bytes, count, counted, date, dateTime, duration } from "../src/print/human.ts";
import { printable } from "../src/print/printable.ts";
import { startProgress } from "../src/print/progress.ts";
import {
  type OutputColumn,
  type OutputFormat,
  printRows,
  type RowsOutput,
} from "../src/print/rows.ts";
import { tableLines } from "../src/print/table.ts";
import { displayWidth, truncate } from "../src/print/width.ts";
import { openWriter } from "../src/print/writer.ts";

const plain = (text: string) => text;

describe("text from outside", () => {
  test("cannot command the terminal or turn the direction of a line", () => {
    expect(printable("a\u001b[2Jb\nc\td\u202ee\u0085\u2028")).toBe(
      "a\\x1b[2Jb\\nc\\td\\u{202e}e\\x85\\u{2028}",
    );
    expect(printable("温度 é 👩‍🏭")).toBe("温度 é 👩‍🏭");
    expect(printable("\ud800")).toBe("\\u{d800}");
  });
});

describe("a table", () => {
  const columns = [
    { title: "名前", align: "left" },
    { title: "value", align: "right" },
    { title: "note", align: "left" },
  ] as const;

  test("aligns East Asian text, combined characters and emoji by the columns they take", () => {
    const rows = [
      ["加藤プレス", "1", "x"],
      ["Mori", "20.5", "e\u0301"],
      ["ｱｵｷ", "-3", "👩‍🏭"],
    ];
    const lines = tableLines(columns, rows, { widthMax: null, dress: plain });
    expect(lines).toEqual([
      "名前        value  note",
      "加藤プレス      1  x",
      "Mori         20.5  e\u0301",
      "ｱｵｷ            -3  👩‍🏭",
    ]);
    expect([
      displayWidth("加藤"),
      displayWidth("👩‍🏭"),
      displayWidth("e\u0301"),
      displayWidth("ｱ"),
    ]).toEqual([4, 2, 1, 1]);
  });

  test("is cut to the terminal at the widest column, and never inside a character", () => {
    const rows = [["加藤プレス工業株式会社", "1", "short"]];
    const lines = tableLines(columns, rows, { widthMax: 24, dress: plain });
    expect(lines[1]).toBe("加藤プレ…       1  short");
    expect(lines.every((line) => displayWidth(line) <= 24)).toBe(true);
    expect(truncate("加藤", 3)).toBe("加…");
    expect(truncate("加藤", 4)).toBe("加藤");
    expect(truncate("abc", 0)).toBe("");
    const whole = tableLines(columns, rows, { widthMax: null, dress: plain });
    expect(whole[1]).toContain("加藤プレス工業株式会社");
  });

  test("keeps a row on one line whatever its cells hold", () => {
    const [, line] = tableLines(columns, [["a\nb", "\u001b[31m", ""]], {
      widthMax: null,
      dress: plain,
    });
    expect(line).toBe("a\\nb  \\x1b[31m");
  });
});

describe("rows", () => {
  const columns: readonly OutputColumn[] = [
    { key: "b", title: "b [K]", align: "left" },
    { key: "1", title: "1", align: "left" },
    { key: "__proto__", title: "p", align: "left" },
  ];
  const rows: readonly (readonly Cell[])[] = [
    [["1.50"], 'say "hi"', null],
    [["007"], " x,\n", true],
    [12, absent, new Uint8Array([1, 2])],
  ];

  async function printed(format: OutputFormat, given = rows, more: Partial<RowsOutput> = {}) {
    const stream = new PassThrough();
    const output = {
      format,
      bom: false,
      widthMax: null,
      dress: plain,
      schema: "tegata.rows/1",
      ...more,
    };
    const written = await printRows(openWriter(stream), columns, given, output);
    expect(written).toBe(given.length);
    return (stream.read() as Buffer | null)?.toString() ?? "";
  }

  test("go out as CSV with their cells untouched, with a mark for spreadsheets when asked", async () => {
    const text = 'b [K],1,p\n1.50,"say ""hi""",\n007," x,\n",true\n12,,AQI=\n';
    expect(await printed("csv")).toBe(text);
    expect(await printed("csv", rows, { bom: true })).toBe(`\ufeff${text}`);
  });

  test("never run as formulas where a spreadsheet is to open them, and are untouched elsewhere", async () => {
    const texts = [
      "=cmd|' /C calc'!A0",
      "+1+2",
      "-2+3",
      "@SUM(A1)",
      "\t=1",
      "-12.5",
      "+5",
      "-",
      "a=b",
    ];
    const cells = texts.map((text): readonly Cell[] => [text, ["-1.50"], -3]);
    const lines = (await printed("csv", cells, { bom: true })).split("\n").slice(1, -1);
    expect(lines.map((line) => line.slice(0, line.lastIndexOf(",-1.50,-3")))).toEqual([
      "'=cmd|' /C calc'!A0",
      ...["'+1+2", "'-2+3", "'@SUM(A1)", "'\t=1", "-12.5", "+5", "-", "a=b"],
    ]);
    expect(await printed("csv", cells)).toContain("\n=cmd|");
  });

  test("go out as JSON with every digit, in the order of the fields, without absent ones", async () => {
    const lines = [
      '{"b":1.50,"1":"say \\"hi\\"","__proto__":null}',
      '{"b":"007","1":" x,\\n","__proto__":true}',
      '{"b":12,"__proto__":"AQI="}',
    ];
    expect(await printed("ndjson")).toBe(`${lines.join("\n")}\n`);
    const document = await printed("json");
    expect(document).toBe(`{"schema":"tegata.rows/1","rows":[\n${lines.join(",\n")}\n]}\n`);
    expect(JSON.parse(document)).toMatchObject({ schema: "tegata.rows/1" });
    expect(JSON.parse(await printed("json", []))).toEqual({ schema: "tegata.rows/1", rows: [] });
  });

  test("go out as a table that settles its widths by the first thousand", async () => {
    const many = Array.from({ length: 1500 }, (_, index): Cell[] => [
      index,
      "x",
      index > 1200 ? "longer" : "",
    ]);
    const lines = (await printed("table", many)).trimEnd().split("\n");
    expect(lines.length).toBe(1501);
    expect([lines[0], lines[1], lines[1500]]).toEqual([
      "b [K]  1  p",
      "0      x",
      "1499   x  longer",
    ]);
    expect(await printed("table", [])).toBe("b [K]  1  p\n");
  });

  test("stop without an error when nobody reads any more", async () => {
    let taken = 0;
    const stream = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        taken += 1;
        done(taken < 3 ? null : Object.assign(new Error("gone"), { code: "EPIPE" }));
      },
    });
    const endless = (function* (): Generator<readonly Cell[]> {
      for (;;) yield [1, "x", null];
    })();
    const output = {
      format: "ndjson",
      bom: false,
      widthMax: null,
      dress: plain,
      schema: "",
    } as const;
    await printRows(openWriter(stream), columns, endless, output);
    expect(taken).toBe(3);
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("full"), { code: "ENOSPC" }));
      },
    });
    const writer = openWriter(full);
    await expect(
      (async () => {
        while (await writer.write("x")) {}
      })(),
    ).rejects.toThrow("full");
  });
});

describe("colours", () => {
  test.each([
    [true, {}, null, true],
    [false, {}, null, false],
    [true, { TERM: "dumb" }, null, false],
    [true, { NO_COLOR: "1" }, null, false],
    [true, { NO_COLOR: "" }, null, true],
    [false, { FORCE_COLOR: "1" }, null, true],
    [true, { FORCE_COLOR: "0" }, null, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, null, false],
    [true, {}, false, false],
    [false, { NO_COLOR: "1" }, true, true],
  ])("on a terminal %s with %j and the wish %s: %s", (isTty, env, wish, expected) => {
    expect(wantsColour({ isTty, env, wish })).toBe(expected);
  });

  test("dress text and nothing else", () => {
    expect(painter(false)("bad", "error")).toBe("error");
    const painted = painter(true)("bad", "error");
    expect(painted).not.toBe("error");
    expect(stripVTControlCharacters(painted)).toBe("error");
  });
});

describe("progress", () => {
  function run(isTty: boolean, atMs: readonly number[]): string[] {
    const written: string[] = [];
    let nowMs = 1000;
    const progress = startProgress({
      stream: { write: (text: string) => written.push(text) },
      isTty,
      now: () => nowMs,
    });
    for (const at of atMs) {
      nowMs = 1000 + at;
      progress.report(`${at}`);
    }
    progress.end();
    return written;
  }
  const clear = "\r\u001b[2K";

  test("on a terminal begins after 500 ms, is drawn over itself and taken away", () => {
    expect(run(true, [0, 499])).toEqual([]);
    expect(run(true, [0, 500, 550, 600])).toEqual([`${clear}500`, `${clear}600`, clear]);
  });

  test("elsewhere is one line every ten seconds", () => {
    expect(run(false, [0, 9_999])).toEqual([]);
    expect(run(false, [10_000, 10_001, 19_999, 20_000])).toEqual(["10000\n", "20000\n"]);
  });
});

describe("numbers for people", () => {
  test("are grouped, short and carry their unit", () => {
    expect([
      count(1_234_567),
      count(12n),
      counted(1, "row", "rows"),
      counted(1000, "row", "rows"),
    ]).toEqual(["1,234,567", "12", "1 row", "1,000 rows"]);
    expect([0, 999, 1000, 1_048_576, 2_100_000_000, 999_950].map(bytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "1.0 MB",
      "2.1 GB",
      "1.0 MB",
    ]);
    const minute = 60_000;
    expect(
      [12, 850, 1200, 41_000, 14 * minute, 200 * minute, 168 * 60 * minute, 70 * 60 * minute].map(
        duration,
      ),
    ).toEqual(["12 ms", "850 ms", "1.2 s", "41 s", "14 min", "3 h 20 min", "7 d", "2 d 22 h"]);
    expect([ago(0, 14 * minute), ago(3 * minute, 0), ago(5, 5)]).toEqual([
      "14 min ago",
      "in 3 min",
      "now",
    ]);
  });

  test("name days and times with the zone they are meant in", () => {
    const ms = Date.UTC(2026, 10, 24, 9, 0, 5, 999);
    expect(dateTime(ms, "Asia/Tokyo")).toBe("2026-11-24 18:00:05 +09:00");
    expect(dateTime(ms, "UTC")).toBe("2026-11-24 09:00:05 +00:00");
    expect(date(Date.UTC(2026, 10, 24, 15), "Asia/Tokyo")).toBe("2026-11-25");
  });
});
