import type { WatchEvent } from "@tegata/collect";
import { expect, test } from "vitest";
import { createCollectorMetrics } from "../src/collecting/collector-metrics.ts";

/** Values by name and result. */
async function valuesOf(events: readonly WatchEvent[]): Promise<Readonly<Record<string, number>>> {
  const metrics = createCollectorMetrics("Chubu Press Circle");
  for (const event of events) metrics.take(event);
  const text = await metrics.registry.metrics();
  const found = [...text.matchAll(/^tegata_collect_(\w+)\{(.*?)\} (\S+)$/gm)];
  return Object.fromEntries(
    found.map(([, name, labels = "", value]) => {
      const result = /result="(\w+)"/.exec(labels)?.[1];
      return [result === undefined ? `${name}` : `${name} ${result}`, Number(value)];
    }),
  );
}

const file = { file: "a.csv", movedTo: null } as const;

test("a watch counts its files by what became of them, and rows by whether they are safe", async () => {
  const values = await valuesOf([
    { event: "published", ...file, rows: 5, replayedRows: 0, leftOutRows: 2 },
    { event: "refused", ...file, rows: 3, code: "X", text: [], report: null },
    { event: "same", ...file, rows: 5, as: "b.csv", atMs: 0 },
    { event: "stuck", file: "c.csv", reason: "EBUSY" },
    { event: "folder-gone", folder: "/srv", reason: "ENOENT" },
  ]);
  expect(values).toMatchObject({
    ...{ "rows acknowledged": 8, "rows refused": 2, source_connected: 0 },
    ...{ "files_total published": 1, "files_total refused": 1 },
    ...{ "files_total same": 1, "files_total stuck": 1 },
  });
});

test("a folder that is back counts as there", async () => {
  const values = await valuesOf([
    { event: "folder-gone", folder: "/srv", reason: "ENOENT" },
    { event: "folder-back", folder: "/srv" },
  ]);
  expect(values.source_connected).toBe(1);
});
