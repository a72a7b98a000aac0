import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { readShdr } from "../src/input/shdr.ts";
import { breakage, chunksOf, fileChunks, read } from "./helpers.ts";

const shdr = (text: string) => read(readShdr(chunksOf(text)));
const at = "2017-02-01T13:59:35.0937500Z";

describe("an SHDR stream", () => {
  test("gives one row an observation, and several with one line number where they share a line", async () => {
    const { columns, rows } = await shdr(`${at}|Sload|12\r\n${at}|a|UNAVAILABLE|b||c|x y\n`);
    expect(columns).toEqual(["time", "item", "value"]);
    expect(rows).toEqual([
      { line: 1, cells: [at, "Sload", "12"] },
      { line: 2, cells: [at, "a", "UNAVAILABLE"] },
      { line: 2, cells: [at, "b", ""] },
      { line: 2, cells: [at, "c", "x y"] },
    ]);
  });

  test.each([
    [
      "logic|Warning|8100004F|||79 PRELUBRICATION",
      [["logic", "Warning|8100004F|||79 PRELUBRICATION"]],
    ],
    ["system|NORMAL||||", [["system", "NORMAL||||"]]],
    ["x|Fault|201|1|HIGH|Over travel", [["x", "Fault|201|1|HIGH|Over travel"]]],
    [
      "p1Fcmd|UNAVAILABLE|p1Fract|861.4|p1Frcmd|5",
      [
        ["p1Fcmd", "UNAVAILABLE"],
        ["p1Fract", "861.4"],
        ["p1Frcmd", "5"],
      ],
    ],
    [
      "x|1|y|2|HIGH|3",
      [
        ["x", "1"],
        ["y", "2"],
        ["HIGH", "3"],
      ],
    ],
  ])("tells conditions from observations: %s", async (line, expected) => {
    const { rows, problems } = await shdr(`${at}|${line}\n`);
    expect(problems).toEqual([]);
    expect(rows.map(({ cells }) => cells.slice(1))).toEqual(expected);
  });

  test("reports torn lines, commands and pairs that are not whole, with their lines", async () => {
    const text = `${at}|a|1\n2017\n* PONG 10000\n${at}|a|1|b\n${at}||1\n${at}\n|a|1\n${at}|a|2\n`;
    const { rows, problems } = await shdr(text);
    expect(rows.map(({ line }) => line)).toEqual([1, 8]);
    expect(problems.map(({ line, kind }) => [line, kind])).toEqual([
      [2, "observation"],
      [3, "observation"],
      [4, "observation-pair"],
      [5, "observation-item"],
      [6, "observation"],
      [7, "observation"],
    ]);
  });

  test("reports an asset once and passes over its lines up to its own mark", async () => {
    const mark = "--multiline--ABCD";
    const text = [
      `${at}|@ASSET@|1.2|CuttingTool|${mark}`,
      `${at}|looks|like a reading`,
      "--multiline--OTHER",
      mark,
      `${at}|@REMOVE_ALL_ASSETS@|CuttingTool`,
      `${at}|a|1`,
    ].join("\n");
    const { rows, problems } = await shdr(text);
    expect(rows).toEqual([{ line: 6, cells: [at, "a", "1"] }]);
    expect(problems.map(({ line, kind }) => [line, kind])).toEqual([
      [1, "asset"],
      [5, "asset"],
    ]);
  });

  test("is refused when an asset never ends, so that readings cannot vanish in it", async () => {
    const text = `${at}|@ASSET@|1|T|--multiline--A\n${at}|a|1\n`;
    expect(await breakage(readShdr(chunksOf(text)))).toMatchObject({ kind: "asset", line: 1 });
  });
});

describe("recorded SHDR streams", () => {
  const file = (folder: string, name: string) => dataPath("telemetry", folder, name);

  test.skipIf(sharedData === null).each([
    ["plate-hurco04-01of20.shdr.txt", 7478, []],
    ["plate-hurco04-02of20.shdr.txt", 7198, [3529]],
    ["plate-hurco04-03of20.shdr.txt", 7788, [3761]],
    ["plate-hurco04-04of20.shdr.txt", 6857, [5324]],
    ["cover-hurco04-06of20.shdr.txt", 8430, []],
  ])("%s gives back every line; torn ones are named", async (name, count, torn) => {
    const path = file("nist-mtc", name);
    const { rows, problems } = await read(readShdr(fileChunks(path)));
    expect(rows.length).toBe(count);
    expect(problems.map(({ line, kind, got }) => [line, kind, got])).toEqual(
      torn.map((line) => [line, "observation", "2017"]),
    );
    const lines = readFileSync(path, "utf8").split("\n");
    for (const { line, cells } of rows) expect(cells.join("|")).toBe(lines[line - 1]);
  });

  test.skipIf(sharedData === null).each([
    ["gfagie01-2016-06-09.shdr.txt", 6131],
    ["mazak01-2017-05-16.shdr.txt", 8683],
  ])("%s has conditions and gives back every line", async (name, count) => {
    const path = file("nist-sms", name);
    const { rows, problems } = await read(readShdr(fileChunks(path)));
    expect([rows.length, problems]).toEqual([count, []]);
    const lines = readFileSync(path, "utf8").split("\n");
    for (const { line, cells } of rows) expect(cells.join("|")).toBe(lines[line - 1]);
  });

  test.skipIf(sharedData === null)(
    "the Okuma stream names its assets and commands and loses no reading",
    async () => {
      const path = file("mtconnect-okuma", "okuma-2022-08-08.shdr.txt");
      const { rows, problems } = await read(readShdr(fileChunks(path)));
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      const kinds = Map.groupBy(problems, ({ kind }) => kind);
      const assets = lines.filter((line) => line.includes("|@"));
      const commands = lines.filter((line) => line.startsWith("*"));
      expect(kinds.get("asset")?.length).toBe(assets.length);
      expect(kinds.get("observation")?.length).toBe(commands.length);
      expect([assets.length, commands.length, kinds.size]).toEqual([152, 9, 2]);
      const byLine = Map.groupBy(rows, ({ line }) => line);
      for (const [line, found] of byLine) {
        const rebuilt = [found[0]?.cells[0], ...found.flatMap(({ cells }) => cells.slice(1))].join(
          "|",
        );
        expect(rebuilt).toBe(lines[line - 1]);
      }
      const readings = lines.filter((line) => /^\d{4}-.*T.*Z\|[^@]/.test(line));
      expect(byLine.size).toBe(readings.length);
      expect(rows.filter(({ cells }) => cells[2] === "NORMAL||||").length).toBe(40);
    },
  );
});
