import { describe, expect, test } from "vitest";
import { type OutputColumn, printRows } from "../src/print/rows.ts";
import { displayWidth } from "../src/print/width.ts";

const columns: readonly OutputColumn[] = [
  { key: "record", title: "record", align: "left", isWhole: true },
  {
    ...{ key: "time", title: "observed time", align: "left", isWhole: true },
    shorter: (text) => text.slice(0, 19),
  },
  ...["Air temperature [K]", "Process temperature [K]", "Machine failure"].map((title) => {
    return { key: title, title, align: "right" } as const;
  }),
];
const rows = [0, 1, 2].map((second) => {
  return [`7.0.${second}`, `2026-11-22 09:00:0${second} +09:00`, "298.1", "308.6", "0"];
});

async function linesAt(widthMax: number | null, shown = columns): Promise<readonly string[]> {
  let told = "";
  const write = async (text: string): Promise<boolean> => {
    told += text;
    return true;
  };
  const output = { format: "table", bom: false, widthMax, dress: String, schema: "x/1" } as const;
  await printRows({ write } as never, shown, rows, output);
  return told.trimEnd().split("\n");
}

describe("a table of records that is wider than the terminal", () => {
  test("keeps names of records and times whole, so that no two rows look alike", async () => {
    for (const width of [80, 60]) {
      const [titles = "", ...lines] = await linesAt(width);
      expect(titles).toMatch(/^record {2}observed time/);
      for (const [second, line] of lines.entries()) {
        expect(line).toContain(`7.0.${second}   2026-11-22 09:00:0${second} `);
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }
      expect(new Set(lines).size).toBe(rows.length);
    }
  });

  test("leaves out the time that a field tells as well", async () => {
    const twice = columns.map((column) => ({ ...column, isSpare: column.key === "time" }));
    const lines = await linesAt(60, twice);
    expect(lines.join("\n")).not.toContain("09:00");
    expect((await linesAt(null, twice)).join("\n")).toContain("2026-11-22 09:00:00 +09:00");
  });

  test("is as it was where there is room", async () => {
    expect((await linesAt(200)).join("\n")).toContain("2026-11-22 09:00:02 +09:00");
    expect(await linesAt(200)).toEqual(await linesAt(null));
  });
});
