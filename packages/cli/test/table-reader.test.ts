import type { PlantTable } from "@tegata/gateway";
import type { Stream, StreamField } from "@tegata/gateway/client";
import { expect, onTestFinished, test } from "vitest";
import { tableReader } from "../src/plant/table-reader.ts";
import { chooseLanguage } from "../src/words/catalogue.ts";

const facet = "data";
const field = (name: string, type: StreamField["type"]): StreamField => {
  return { name, type, facet, unit: null };
};

function stream(fields: readonly StreamField[]): Stream {
  const owner = { member: "00".repeat(32), handle: "kato", name: "Kato Press" };
  return {
    ...{ id: "00".repeat(16), owner, name: "press-3", mine: true, category: "other" },
    ...{ epochLength: "1h", kind: "rows", zone: "Asia/Tokyo", fields: [...fields] },
    facets: [{ name: facet, disclosure: "row", readable: true, endedHeight: null, spans: [] }],
    ...{ createdHeight: 1, batches: 0, deletedBatches: 0 },
  };
}

const press = stream([field("time", "time"), field("count", "integer")]);
const nowMs = Date.parse("2026-11-22T03:00:00Z");

async function read(text: string | Uint8Array, changed: Partial<PlantTable> = {}) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const table = { form: "csv", encoding: null, stream: press, nowMs, rowsMax: 50_000 } as const;
  return tableReader.read({ ...table, bytes, ...changed });
}

/** Why a table was refused. */
async function refusal(text: string | Uint8Array, changed: Partial<PlantTable> = {}) {
  const reading = await read(text, changed);
  if (reading.ok) throw new Error("it was not refused");
  return reading;
}

test("a table is read as a folder's file is: by the zone of the stream, in any order of columns, with or without rows", async () => {
  const reading = await read("count,time\r\n7,2026-11-22 11:59:00\r\n");
  const timeMs = Date.parse("2026-11-22T02:59:00Z");
  const cells = { time: "2026-11-22 11:59:00", count: 7 };
  expect(reading).toEqual({ ok: true, rows: [{ timeMs, cells }] });
  expect(await read("time,count\n")).toEqual({ ok: true, rows: [] });
  const plain = stream([field("count", "integer")]);
  const rows = [{ timeMs: nowMs, cells: { count: 7 } }];
  expect(await read('{"count":7}\n', { stream: plain, form: "ndjson" })).toEqual({
    ok: true,
    rows,
  });
});

test("what is no table, and what cannot be told apart, is refused with what helps", async () => {
  const wide = Buffer.from(`\ufefftime,count\r\n`, "utf16le");
  for (const [text, code] of [
    ["", "CLI_FORMAT_UNKNOWN"],
    [wide, "CLI_FORMAT_UNKNOWN"],
    [Buffer.from("PK\u0003\u0004xxxxxxxxxxxxxxxxxxxxxxxx"), "CLI_FORMAT_UNKNOWN"],
    ["time,count,other\n2026-11-22 11:59:00,7,1\n", "CLI_ROWS_REFUSED"],
    ["time,count\n2026-11-22 21:30:00,7\n", "CLI_ROWS_REFUSED"],
  ] as const) {
    const { problem, text: told } = await refusal(text);
    expect([problem.status, problem.code], told).toEqual([422, code]);
    expect(told).toMatch(/^ {2}next: \S/m);
  }
  const times = stream([field("begin", "time"), field("end", "time")]);
  expect((await refusal("begin,end\n1,2\n", { stream: times })).problem.code).toBe("CLI_USAGE");
});

test("a column that counts time, a day beside its time of day and a key are no fault of the gateway", async () => {
  const counted = stream([field("ts", "integer"), field("count", "integer")]);
  const split = stream([field("Date", "time"), field("Time", "text")]);
  for (const [text, of, code] of [
    ["ts,count\n1763700000,7\n", counted, "CLI_TIME_UNSAID"],
    ["Date,Time\n2026-11-22,11:59:00\n", split, "CLI_TIME_SPLIT"],
    ["-----BEGIN PRIVATE KEY-----\n", press, "CLI_INPUT_SECRET"],
  ] as const) {
    const { problem, text: told } = await refusal(text, { stream: of });
    expect([problem.status, problem.code], told).toEqual([422, code]);
    expect(told).toMatch(/^ {2}next: \S/m);
  }
});

test("a person reads it in the company's language, and a program in English", async () => {
  chooseLanguage("ja", {});
  onTestFinished(() => void chooseLanguage("en", {}));
  const { problem, text } = await refusal("time,count\n2026-11-22 11:59:00,many\n");
  expect(text).toMatch(/^エラー: CSV はストリームに合いません/);
  expect(text).toMatch(/2 行目/);
  expect(problem.title).toBe("CSV does not fit the stream; nothing was submitted");
  expect(problem.errors?.[0]).toMatchObject({ row: null, line: 2, field: "count", got: '"many"' });
});

test("a table of far too many rows is not read to its end, whether they fit or not", async () => {
  const counts = stream([field("count", "integer")]);
  for (const line of ["7\n", "x\n"]) {
    const bytes = new TextEncoder().encode(`count\n${line.repeat(500_000)}`);
    let last = 0;
    const subarray = bytes.subarray.bind(bytes);
    bytes.subarray = (begin, end) => {
      last = Math.max(last, begin ?? 0);
      return subarray(begin, end);
    };
    const reading = await read(bytes, { stream: counts, rowsMax: 2_000 });
    expect(reading.ok ? reading.rows.length : reading.text).toBe(2_001);
    expect(last).toBeLessThan(bytes.byteLength / 2);
  }
});

test("no more rows are kept than are wanted, and others have their turn while a large table is read", async () => {
  const line = "2026-11-22 11:59:00,7\n";
  const text = `time,count\n${line.repeat(20_000)}`;
  let turns = 0;
  let timer = setImmediate(function again() {
    turns += 1;
    timer = setImmediate(again);
  });
  onTestFinished(() => clearImmediate(timer));
  const reading = await read(text, { rowsMax: 10_000 });
  expect(reading.ok ? reading.rows.length : reading.text).toBe(10_001);
  expect(turns).toBeGreaterThan(5);
});
