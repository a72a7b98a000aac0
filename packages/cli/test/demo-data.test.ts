import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import { commandText } from "../src/demo/command-line.ts";
import { dataSetOf } from "../src/demo/data-file.ts";
import { simulatedPress } from "../src/demo/press.ts";
import { temporaryFolder } from "./command-helpers.ts";
import { failure } from "./helpers.ts";

const nowMs = Date.UTC(2026, 10, 22);

/** Every column stands in exactly one facet. */
function columnsOf(csv: string): readonly string[] {
  const [header = ""] = csv.split("\n");
  return header.split(",").map((column) => column.replace(/ \[.*\]$/, ""));
}

describe("the simulated press", () => {
  test("gives the same strokes for the same seed, and others for another", () => {
    expect(simulatedPress(nowMs, 50, 7).csv).toBe(simulatedPress(nowMs, 50, 7).csv);
    expect(simulatedPress(nowMs, 50, 8).csv).not.toBe(simulatedPress(nowMs, 50, 7).csv);
  });

  test("has its strokes in the past, in order, every column in one facet", () => {
    const { csv, facets, rowCount } = simulatedPress(nowMs, 50, 7);
    const rows = csv.trimEnd().split("\n").slice(1);
    expect(rows).toHaveLength(rowCount);
    const times = rows.map((row) => Date.parse(row.split(",")[0] ?? ""));
    expect(times.at(-1)).toBeLessThan(nowMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([...facets.values()].flat()).toEqual(columnsOf(csv));
  });
});

describe("a file for the demo", () => {
  const fileOf = (text: string): string => {
    const path = join(temporaryFolder(), "ovens.csv");
    writeFileSync(path, text);
    return path;
  };

  test("shares its columns out over three facets and is named, as it is no synthetic one", async () => {
    const data = await dataSetOf(fileOf("\ufeffa,b [K],c,d\r\n1,2,3,4\r\n5,6,7,8\r\n"), nowMs);
    expect([...data.facets]).toEqual([
      ["identity", ["a"]],
      ["status", ["b"]],
      ["quality", ["c", "d"]],
    ]);
    expect(data.rowCount).toBe(2);
    expect(data.origin).toEqual({ type: "file", name: "ovens.csv", synthetic: false });
    expect(data.later(3, 2, nowMs).split("\n").slice(1)).toEqual(["5,6,7,8", "5,6,7,8", ""]);
  });

  test("with too few columns is refused", async () => {
    const error = await failure(() => dataSetOf(fileOf("a,b\n1,2\n"), nowMs));
    expect(error.code).toBe("CLI_SCHEMA_REFUSED");
    expect((await failure(() => dataSetOf("/surely/not", nowMs))).code).toBe("CLI_INPUT_MISSING");
  });

  test.skipIf(sharedData === null)("that is known to be synthetic is called so", async () => {
    const path = dataPath("telemetry", "ai4i2020", "ai4i2020-rows-0001-7000.csv");
    const { origin, facets, csv, rowCount } = await dataSetOf(path, nowMs);
    expect(origin).toEqual({ type: "file", name: "AI4I 2020", synthetic: true });
    expect([...facets.values()].flat().sort()).toEqual([...columnsOf(csv)].sort());
    expect(rowCount).toBe(2_000);
  });
});

test("a command line is shown as a shell would take it", () => {
  expect(commandText(["card", "--company", "Kato Press", "--expires", "30d"])).toBe(
    "tegata card --company 'Kato Press' --expires 30d",
  );
  expect(commandText(["submit", "it's", "-"])).toBe("tegata submit 'it'\\''s' -");
});
