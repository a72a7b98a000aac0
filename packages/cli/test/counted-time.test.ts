import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { type WatchedField, WatchedGateway } from "./watched-gateway.ts";

const fields = (time: WatchedField): readonly WatchedField[] => [
  time,
  { name: "value", type: "text" },
];

/** A gateway whose stream has a column of numbers where one would look for the time, and a file for it. */
async function place(name: string, times: readonly string[]) {
  const home = temporaryFolder();
  const gateway = new WatchedGateway(home, fields({ name, type: "decimal" }));
  await gateway.start();
  const file = join(home, "readings.csv");
  const rows = times.map((time, index) => `${time},${index}\n`);
  writeFileSync(file, `${name},value\n${rows.join("")}`);
  const words = ["submit", "press-3", file, "--home", home, "--no-wait", "--backfill"];
  return { gateway, submit: (...more: readonly string[]) => tegata([...words, ...more]) };
}

const secondMs = Date.UTC(2026, 10, 2, 14, 30);

test.each([
  ["ts", [`${secondMs / 1_000}`, `${secondMs / 1_000 + 1}.25`], "s", [0, 1_250]],
  ["timestamp", [`${secondMs}`, `${secondMs + 7}`], "ms", [0, 7]],
  // 2026-11-02 23:30 in Tokyo, and a minute later.
  ["日時", ["46328.979166667", "46328.979861111"], "excel", [0, 60_000]],
] as const)(
  "a column %s of numbers is never taken for nothing: the refusal names what reads it as time",
  async (name, times, unit, laterMs) => {
    const { gateway, submit } = await place(name, times);
    const bare = await submit();
    expect([bare.exit, gateway.rows]).toEqual([2, []]);
    expect(bare.stderr).toContain("code: CLI_TIME_UNSAID");
    expect(bare.stderr).toContain(`next: say --time ${name} --time-unit ${unit}`);
    const said = await submit("--time", name, "--time-unit", unit);
    expect([said.exit, said.stderr.includes("error")]).toEqual([0, false]);
    expect(gateway.rows.map(({ timeMs }) => timeMs - secondMs)).toEqual(laterMs);
    expect(gateway.cells("value")).toEqual(["0", "1"]);
  },
);

test.each([
  ["elapsed times", "time", ["0.1", "0.2"]],
  ["one number that could be a day, and one that could not", "date", ["46328", "7"]],
  ["durations in a column that is not called just a time", "cycle_time", ["45000", "45010"]],
])("%s are no times of rows", async (_, name, times) => {
  const { gateway, submit } = await place(name, times);
  expect((await submit()).exit).toBe(0);
  expect(gateway.rows).toHaveLength(2);
});

test("times of the rows' own are given where the numbers are none", async () => {
  const { gateway, submit } = await place("ts", ["1700000000", "1700000001"]);
  const steps = ["--time-start", "2026-11-02T14:30:00Z", "--time-step", "1s"];
  expect((await submit(...steps)).exit).toBe(0);
  expect(gateway.rows.map(({ timeMs }) => timeMs - secondMs)).toEqual([0, 1_000]);
});
