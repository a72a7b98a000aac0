import { describe, expect, test } from "vitest";
import { detect } from "../src/input/detect.ts";

function header(text: string, fields: readonly string[] | null = null) {
  const { headerLine, delimiter } = detect("a.csv", Buffer.from(text), { fields, header: null });
  return [headerLine, delimiter];
}

describe("the header of a table", () => {
  test.each([
    ["a,b\n1,2\n", 1],
    ["Press 3\n\na,b\n1,2\n", 3],
    ["\n\na,b\n1,2\n", 3],
    ["Press 3,,,\nNovember,,,\n時刻,荷重 [kN],温度,判定\n2026/11/22 9:05,1,2,OK\n", 3],
    ['"Report, of today",,,\na,b,c,d\n1,2,3,x\n', 2],
    ["Machine,Press 3,,,\na,b,c,d,e\n1,2,3,x,y\n", 2],
  ])("of %j is in line %i", (text, line) => {
    expect(header(text)).toEqual([line, ","]);
  });

  test.each([
    ["a name is missing", ",b,c\nx,y,1\n"],
    ["rows are wider", "time,value\n2026-11-22,1,2,3,4\n2026-11-22,1,2,3,4\n"],
    ["there is one column", "note\nx\ny\n"],
    ["no values stand below", "note\nx,y\nz,w\n"],
    ["numbers stand where names would", "title\n1,2\n3,4\n"],
    ["a name stands twice further down", "title\na,a\n3,4\n"],
    ["a quote goes on over lines", '"a\nb",c\n1,2\n'],
  ])("is in the first line where %s, so that the mistake is told there", (_, text) => {
    expect(header(text)[0]).toBe(1);
  });

  test("is found by the fields of the stream where only names follow, or few rows", () => {
    expect(
      header("Machine,Press 3\nDate,today\ntime [UTC],force\nx,y\n", ["time", "force"]),
    ).toEqual([3, ","]);
    expect(header("a,b\n1,2\n", ["time", "force"])).toEqual([1, ","]);
  });

  test("brings its separator with it where titles have none, or another one", () => {
    expect(
      header("日報 プレス3号機\n\n時刻;荷重\n2026/11/22 9:05;1,5\n2026/11/22 9:06;1,6\n"),
    ).toEqual([3, ";"]);
    expect(header("title\nforce\ttemp\n1\t2\n")).toEqual([2, "\t"]);
  });
});
