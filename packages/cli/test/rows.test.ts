import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dataPath, sharedData } from "../../../test/helpers/shared-data.ts";
import type { CliErrorDetails } from "../src/errors.ts";
import { batchRows, epochOf, type TypedRow } from "../src/input/batches.ts";
import { fromCells } from "../src/input/cells.ts";
import { readCsv } from "../src/input/csv.ts";
import { inferSchema } from "../src/input/infer.ts";
import { checkInput, type InputPlan, readBatches } from "../src/input/rows.ts";
import type { StreamSchema } from "../src/input/schema.ts";
import { openSource } from "../src/input/source.ts";
import { all, chunksOf, failure, fileChunks, read } from "./helpers.ts";

const nowMs = Date.UTC(2026, 10, 21, 9);
const hourMs = 3_600_000;
const schema: StreamSchema = {
  name: "press-3/temperature",
  zone: "Asia/Tokyo",
  kind: "rows",
  facets: ["data"],
  fields: [
    { name: "ts", type: "time", facet: 0, unit: null },
    { name: "value", type: "decimal", facet: 0, unit: "K" },
  ],
};

function planOf(text: string, more: Partial<InputPlan> = {}): InputPlan {
  return {
    source: { path: "readings.csv", read: () => chunksOf(text), checkUnchanged: async () => {} },
    form: { format: "csv", delimiter: ",", encoding: "utf-8" },
    schema,
    renames: new Map(),
    time: {
      source: { type: "column", column: "ts", unit: "text" },
      zone: "Asia/Tokyo",
      localZone: "Asia/Tokyo",
      nowMs,
      backfill: false,
    },
    misfits: "refuse",
    ...more,
  };
}

async function refusal(plan: InputPlan): Promise<CliErrorDetails["CLI_ROWS_REFUSED"]> {
  const error = await failure(() => checkInput(plan));
  expect(error.code).toBe("CLI_ROWS_REFUSED");
  return error.detail as CliErrorDetails["CLI_ROWS_REFUSED"];
}

describe("the check of a file", () => {
  test("tells rows, times and size of a file that fits", async () => {
    const text = "ts,value [K]\n2026-11-21 17:00:00,1.50\n2026-11-21 16:00:00,\n";
    expect(await checkInput(planOf(text))).toMatchObject({
      rowCount: 2,
      problemCount: 0,
      timeFirstMs: nowMs - 2 * hourMs,
      timeLastMs: nowMs - hourMs,
    });
  });

  test("collects what is wrong in every line, and a bad time once", async () => {
    const text =
      "ts,value\n2026-11-21 17:00,ERR\nsoon,2\n2026-11-21 17:00,3\n1,x\n2026-11-21 17:00\n";
    const { rowCount, problemCount, problems } = await refusal(planOf(text));
    expect([rowCount, problemCount]).toEqual([5, 5]);
    expect(problems.map(({ line, field, kind }) => [line, field, kind])).toEqual([
      [2, "value", "decimal"],
      [3, "ts", "time"],
      [5, "ts", "time"],
      [5, "value", "decimal"],
      [6, null, "cell-count"],
    ]);
  });

  test("keeps twenty problems and counts the rest", async () => {
    const text = `ts,value\n${"2026-11-21 17:00,ERR\n".repeat(1000)}`;
    const { problemCount, problems } = await refusal(planOf(text));
    expect([problemCount, problems.length]).toEqual([1000, 20]);
  });

  test("skips misfits only when asked, and never damage", async () => {
    const bad = "ts,value\n2026-11-21 17:00,1\nx,2\n2026-11-21 17:00,3\n";
    const plan = planOf(bad, { misfits: "skip" });
    expect(await checkInput(plan)).toMatchObject({ rowCount: 2, misfitCount: 1, problemCount: 1 });
    const batches = await all(readBatches(plan, { epochLength: 0 }));
    expect(batches.flatMap(({ rows }) => rows.map(({ line }) => line))).toEqual([2, 4]);
    const torn = planOf(`${bad}2026-11-21 17:00,"4\n`, { misfits: "skip" });
    expect((await refusal(torn)).problems.at(-1)).toMatchObject({ kind: "open-quote", line: 5 });
  });

  test("refuses a row too large to be sealed", async () => {
    const fields = [{ name: "note", type: "text", facet: 0, unit: null }] as const;
    const time = { ...planOf("").time, source: { type: "submission" } } as const;
    const text = `note\n${"x".repeat(900_001)}\n${"x".repeat(900_000)}\n`;
    const { problems } = await refusal(planOf(text, { schema: { ...schema, fields }, time }));
    expect(problems).toMatchObject([{ line: 2, kind: "row-size", got: "900001" }]);
  });

  test("names an unknown time column, and finds one by its field's name", async () => {
    const time = {
      ...planOf("").time,
      source: { type: "column", column: "when", unit: "text" },
    } as const;
    const text = "Zeit,value\n2026-11-21 17:00,1\n";
    const renames = new Map([["Zeit", "ts"]]);
    const error = await failure(() => checkInput(planOf(text, { time, renames })));
    expect([error.code, error.detail]).toMatchObject([
      "CLI_COLUMN_UNKNOWN",
      { known: ["Zeit", "value"] },
    ]);
    expect(await checkInput(planOf(text, { renames }))).toMatchObject({ rowCount: 1 });
  });
});

describe("batches", () => {
  const row = (line: number, timeMs: number, textBytes: number): TypedRow => {
    return { line, timeMs, cells: [], textBytes };
  };

  test("hold consecutive rows of one epoch within their limits, in order, none lost", async () => {
    const rows = fc.array(
      fc.record({
        timeMs: fc.integer({ min: 0, max: 10 * hourMs }),
        textBytes: fc.integer({ min: 1, max: 90 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(0, 1, 2), async (shapes, epochLength) => {
        const given = shapes.map(({ timeMs, textBytes }, line) => row(line, timeMs, textBytes));
        const source = (async function* () {
          yield* given;
        })();
        const limits = { epochLength, rowCountMax: 5, textBytesMax: 100 } as const;
        const batches = await all(batchRows(source, limits));
        expect(batches.flatMap((batch) => batch.rows)).toEqual(given);
        for (const [index, batch] of batches.entries()) {
          expect(batch.rows.length).toBeLessThanOrEqual(5);
          expect(batch.rows.length).toBeGreaterThan(0);
          expect(batch.textBytes).toBe(
            batch.rows.reduce((sum, { textBytes }) => sum + textBytes, 0),
          );
          if (batch.rows.length > 1) expect(batch.textBytes).toBeLessThanOrEqual(100);
          for (const { timeMs } of batch.rows)
            expect(epochOf(timeMs, epochLength)).toBe(batch.epoch);
          const next = batches[index + 1]?.rows[0];
          const full =
            next === undefined || batch.rows.length === 5 || batch.textBytes + next.textBytes > 100;
          expect(full || batches[index + 1]?.epoch !== batch.epoch).toBe(true);
        }
      }),
    );
  });

  test.each([
    [0, nowMs, Math.floor(nowMs / hourMs)],
    [1, nowMs, Math.floor(nowMs / 86_400_000)],
    [2, nowMs, Math.floor(nowMs / 2_592_000_000)],
    [0, hourMs - 1, 0],
    [0, hourMs, 1],
  ] as const)("of length %i put %i into epoch %i", (length, ms, epoch) => {
    expect(epochOf(ms, length)).toBe(epoch);
  });

  test("stop when the file is no longer the one that was checked", async () => {
    let text = "ts,value\n2026-11-21 17:00,1\n";
    const source = { ...planOf("").source, read: () => chunksOf(text) };
    const plan = planOf("", { source });
    await checkInput(plan);
    text = "ts,value\n2026-11-21 17:00,x\n";
    expect((await failure(() => all(readBatches(plan, { epochLength: 0 })))).code).toBe(
      "CLI_INPUT_CHANGED",
    );
    text = 'ts,value\n2026-11-21 17:00,"1\n';
    expect((await failure(() => all(readBatches(plan, { epochLength: 0 })))).code).toBe(
      "CLI_INPUT_CHANGED",
    );
  });
});

describe("whole files", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tegata-test-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("of hundreds of thousands of rows pass in constant memory", async () => {
    const path = join(folder, "large.csv");
    const line = `2026-11-21T08:00:00Z,${"1234567890.123456789".repeat(2).replace(".", "")}\n`;
    writeFileSync(path, `ts,value\n${line.repeat(200_000)}`);
    await using source = await openSource(path, { stdin: chunksOf("") });
    const plan = planOf("", { source });
    expect((await checkInput(plan)).rowCount).toBe(200_000);
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    let rows = 0;
    for await (const batch of readBatches(plan, { epochLength: 0 })) {
      rows += batch.rows.length;
      if (rows % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(rows).toBe(200_000);
    expect(source.sizeBytes).toBeGreaterThan(12_000_000);
    // Uncollected garbage makes this coarse; keeping the rows would take over 100 MB.
    expect(peak).toBeLessThan(80_000_000);
  });

  test.skipIf(sharedData === null).each([
    ["telemetry/ai4i2020/ai4i2020-rows-0001-7000.csv", 14],
    ["telemetry/hydraulic/ts1-cycles-0001-1100.csv", 3],
    ["telemetry/hydraulic/condition-cycles-0001-1100.csv", 3],
    ["quality/nist-mtc/plate-first-article-20.csv", 2],
    ["quality/steel-plates/faults-a.csv", 2],
  ])(
    "%s goes through schema, check and batches and gives every cell back",
    async (file, batchCountMin) => {
      const path = dataPath(...file.split("/"));
      const csv = { delimiter: ",", encoding: "utf-8" } as const;
      const { schema: inferred } = await inferSchema(readCsv(fileChunks(path), csv), {
        name: "s",
        zone: "UTC",
        format: "csv",
        rowCountMax: Number.POSITIVE_INFINITY,
      });
      await using source = await openSource(path, { stdin: chunksOf("") });
      const steps = { type: "steps", startMs: nowMs - 8000 * 1000, stepMs: 1000 } as const;
      const plan = planOf("", {
        source,
        schema: inferred,
        time: { ...planOf("").time, source: steps },
      });
      const { rowCount } = await checkInput(plan);
      const batches = await all(readBatches(plan, { epochLength: 0 }));
      const cells = batches.flatMap(({ rows }) => rows.map((row) => fromCells(row.cells)));
      const { rows } = await read(readCsv(fileChunks(path), csv));
      expect(cells).toEqual(rows.map((row) => row.cells));
      expect(rowCount).toBe(rows.length);
      expect(batches.length).toBeGreaterThanOrEqual(batchCountMin);
      expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(500);
    },
  );

  test.skipIf(sharedData === null)(
    "of a machine's adapter are refused for one torn line, or go without it",
    async () => {
      const path = dataPath("telemetry", "nist-mtc", "plate-hurco04-02of20.shdr.txt");
      await using source = await openSource(path, { stdin: chunksOf("") });
      const fields = (["time", "item", "value"] as const).map((name) => {
        return { name, type: name === "time" ? "time" : "text", facet: 0, unit: null } as const;
      });
      const time = {
        ...planOf("").time,
        source: { type: "column", column: "time", unit: "text" },
      } as const;
      const plan = planOf("", {
        source,
        form: { format: "shdr" },
        schema: { ...schema, fields },
        time: { ...time, backfill: true },
      });
      expect(await refusal(plan)).toMatchObject({
        problemCount: 1,
        problems: [{ line: 3529, got: "2017" }],
      });
      expect(await checkInput({ ...plan, misfits: "skip" })).toMatchObject({
        rowCount: 7198,
        misfitCount: 1,
      });
      const young = { ...plan, time };
      expect((await refusal(young)).problems[0]).toMatchObject({
        kind: "time-old",
        field: "time",
        line: 1,
      });
    },
  );
});
