import { open } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { chooseForm } from "../src/input/form.ts";
import { checkInput, type InputPlan, readBatches } from "../src/input/rows.ts";
import type { StreamSchema } from "../src/input/schema.ts";
import { openSource } from "../src/input/source.ts";
import { temporaryFolder } from "./command-helpers.ts";
import { chunksOf, failure } from "./helpers.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const megabyte = 1_000_000;
const schema: StreamSchema = {
  ...{ name: "press-3", zone: "UTC", kind: "rows", facets: ["data"] },
  fields: [
    { name: "ts", type: "time", facet: 0, unit: null },
    { name: "force", type: "decimal", facet: 0, unit: "kN" },
  ],
};

/** A file of some megabytes that is made while it is read; tells what memory is held meanwhile. */
function generated(megabytes: number) {
  const rows = "2026-11-21 08:00:00,1840.50\n".repeat(500);
  const piece = Buffer.from(rows);
  const heldBytes: number[] = [];
  async function* read(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("ts,force [kN]\n");
    let nextMark = 0;
    for (let made = 0; made < megabytes * megabyte; made += piece.length) {
      if (made >= nextMark) {
        collectGarbage();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        heldBytes.push(heapUsed + arrayBuffers);
        nextMark += megabyte / 4;
      }
      yield piece;
    }
  }
  return { read, heldBytes };
}

describe("a large file", () => {
  test("is checked and read in memory that does not grow with it", async () => {
    const { read, heldBytes } = generated(2);
    const plan: InputPlan = {
      source: { path: "large.csv", read, checkUnchanged: async () => undefined },
      form: { format: "csv", delimiter: ",", encoding: "utf-8" },
      schema,
      renames: new Map(),
      misfits: "refuse",
      time: {
        source: { type: "column", column: "ts", unit: "text" },
        ...{ zone: "UTC", localZone: "UTC", nowMs: Date.UTC(2026, 10, 21, 9), backfill: false },
      },
    };
    const { rowCount } = await checkInput(plan);
    let sent = 0;
    for await (const { rows } of readBatches(plan, { epochLength: 0 })) sent += rows.length;
    expect([rowCount, sent]).toEqual([71_500, 71_500]);
    // As values the rows take several times the bytes of the file; what is held is a few chunks.
    const [first = 0, ...later] = heldBytes;
    expect(later.length).toBeGreaterThan(8);
    expect(Math.max(...later) - first).toBeLessThan(3 * megabyte);
  }, 60_000);

  test("of 5 GB without rows is refused by its first bytes", async () => {
    const path = join(temporaryFolder(), "large.csv");
    const handle = await open(path, "w");
    await handle.write("ts,force\n");
    await handle.truncate(5_000 * megabyte);
    await handle.close();
    await using source = await openSource(path, { stdin: chunksOf("") });
    expect(source.sizeBytes).toBe(5_000 * megabyte);
    const wish = { format: null, encoding: null, delimiter: null, fields: null };
    expect((await failure(() => chooseForm(source, wish))).code).toBe("CLI_FORMAT_UNKNOWN");
  });
});
