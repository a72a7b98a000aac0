import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { splitTime } from "../src/input/split-time.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { WatchedGateway } from "./watched-gateway.ts";

const text = "日付,時刻\n2026/11/20,9:05:00\n2026/11/20,9:06:00\n";

async function place() {
  const home = join(temporaryFolder(), "home");
  const gateway = new WatchedGateway(home, [
    { name: "日付", type: "time" },
    { name: "時刻", type: "text" },
  ]);
  await gateway.start();
  return { home, gateway };
}

test("rows whose time of day stands beside their day do not all get its midnight, unless that is said", async () => {
  const { home, gateway } = await place();
  const file = join(home, "rows.csv");
  writeFileSync(file, text);
  const words = ["submit", "press-3", file, "--home", home, "--no-wait", "--backfill"];
  const refused = await tegata(words);
  expect([refused.exit, gateway.rows]).toEqual([2, []]);
  expect(refused.stderr).toContain("code: CLI_TIME_SPLIT");
  expect(refused.stderr).toContain("時刻 (9:05:00) the time of day");
  expect((await tegata([...words, "--time", "日付"])).exit).toBe(0);
  const midnight = Date.parse("2026-11-20T00:00:00+09:00");
  expect(gateway.rows.map(({ timeMs }) => timeMs)).toEqual([midnight, midnight]);
});

test("a watched folder refuses them with the remedy beside the file", async () => {
  const { home, gateway } = await place();
  const inbox = join(home, "inbox");
  mkdirSync(inbox);
  writeFileSync(join(inbox, "a.csv"), text);
  const words = ["watch", "press-3", inbox, "--home", home, "--once", "--backfill"];
  await tegata([...words, "--settle", "10ms"]);
  expect(gateway.rows).toEqual([]);
  expect(readFileSync(join(inbox, "refused", "a.csv.txt"), "utf8")).toContain("--time 日付");
});

test.each([
  ["Date", { Date: ["2026-11-22", "2026-11-23"], Time: ["9:05:00 AM", "11:05"] }, "Time"],
  ["日付", { 測定時刻: ["午後 1:05"], 日付: ["2026年11月22日"] }, "測定時刻"],
  ["Date", { Date: ["2026-11-22 09:00"], Time: ["9:05"] }, null],
  ["Date", { Date: ["2026-11-22"], "cycle time": ["0:05"] }, null],
  ["Date", { Date: ["2026-11-22"], Time: ["9:05", "late"] }, null],
  ["Date", { Time: ["9:05"] }, null],
] as const)("of %s and %j the time of day is %s", (day, columns, clock) => {
  expect(splitTime(day, new Map(Object.entries(columns)))?.clock ?? null).toBe(clock);
});
