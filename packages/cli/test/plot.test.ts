import { beforeEach, expect, test } from "vitest";
import type { DeskOver } from "../../gateway/test/helpers/desk-over.ts";
import { displayWidth } from "../src/print/width.ts";
import { type Ran, type RunOptions, tegata } from "./command-helpers.ts";
import { pressGateway } from "./press-gateway.ts";

const startMs = Date.UTC(2026, 10, 21);
let home: string;
let gateway: DeskOver;

beforeEach(async () => {
  ({ home, gateway } = await pressGateway());
});

function query(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return tegata(["query", "press", "--tz", "Asia/Tokyo", ...words, "--home", home], options);
}

/** Publishes rows a minute apart; null leaves the force out. */
async function publish(forces: readonly (string | null)[]): Promise<void> {
  const rows = forces.map((force, row) => ({
    timeMs: startMs + row * 60_000,
    cells: {
      ...(force === null ? {} : { 荷重: { decimal: force } }),
      ...{ count: row, state: "run" },
    },
  }));
  const whole = { waitMs: 30_000, dryRun: false };
  const answer = await gateway.desk.submitRows("press", { rows, backfill: true }, null, whole);
  expect(answer.state).toBe("committed");
}

test("a field is drawn with its unit, its span and zone, and every row is in the picture", async () => {
  await publish(Array.from({ length: 1_200 }, (_, row) => (row === 777 ? "950.50" : "400")));
  const { exit, stdout, stderr } = await query(["--plot", "荷重"]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("荷重 [kN] · press");
  expect(lines.at(-2)).toBe(
    "2026-11-21 09:00:00 +09:00 to 2026-11-22 04:59:00 +09:00 (Asia/Tokyo)",
  );
  expect(lines.at(-1)).toBe("1,200 rows in the picture · lowest 400 · highest 950.50");
  expect(lines.filter((line) => line.includes("┏┓"))).toHaveLength(1);
});

test("the drawing follows the terminal, and stays the same size in Japanese", async () => {
  await publish(["1", "3", "2", null, "5"]);
  const widest = (text: string): number => Math.max(...text.split("\n").map(displayWidth));
  for (const columns of [72, 100, 140]) {
    const { stdout } = await query(["--plot", "荷重 [kN]"], { columns });
    expect(widest(stdout)).toBeGreaterThan(columns - 4);
    expect(widest(stdout)).toBeLessThanOrEqual(columns);
    expect(stdout).toContain("1 row has no value; the line breaks where it can be seen.");
  }
  const { stdout } = await query(["--plot", "荷重", "--plot", "count", "--lang", "ja"]);
  expect(stdout).toContain("5 行を描画 · 最小 1 · 最大 5\n1 行には値がありません。");
  expect(stdout).toContain("\n\ncount · press\n");
  expect(stdout).toContain("2026-11-21 09:00:00 +09:00 ～ 2026-11-21 09:04:00 +09:00 (Asia/Tokyo)");
});

test("a span, a limit and the newest rows are drawn as they would be listed", async () => {
  await publish(["1", "2", "3", "4", "5", "6"]);
  const last = async (...words: readonly string[]): Promise<string | undefined> =>
    (await query(["--plot", "荷重", ...words])).stdout.trimEnd().split("\n").at(-1);
  expect(await last("--limit", "2")).toContain("2 rows in the picture · lowest 1 · highest 2");
  expect(await last("--limit", "2", "--newest")).toContain("lowest 5 · highest 6");
  expect(
    await last("--since", "2026-11-21T00:01:00Z", "--until", "2026-11-21T00:03:00Z"),
  ).toContain("2 rows in the picture · lowest 2 · highest 3");
  const none = await query(["--plot", "荷重", "--since", "2027-01-01T00:00:00Z"]);
  expect(none).toMatchObject({
    exit: 0,
    stdout: "",
    stderr: "No records that you may read here.\n",
  });
});

test("columns without a value, of one row, and beyond all numbers are drawn or said", async () => {
  await publish([null, null]);
  expect((await query(["--plot", "荷重"])).stdout).toBe(
    "荷重 [kN] · press\nNothing to draw in 2 rows.\n2 rows have no value; the line breaks where it can be seen.\n",
  );
  await publish(["1e400", "-0.5e-3"]);
  const { stdout } = await query(["--plot", "荷重"]);
  expect(stdout).toContain("lowest -0.5e-3 · highest -0.5e-3");
  expect(stdout).toContain("1 value is too large to be drawn.");
});

test("what cannot be drawn is refused with the field and what to name instead", async () => {
  await publish(["1"]);
  const text = await query(["--plot", "state"]);
  expect(text).toMatchObject({ exit: 2, stdout: "" });
  expect(text.stderr).toContain("state of press cannot be drawn");
  expect(text.stderr).toContain("name a field of numbers: 荷重, count");
  const japanese = await query(["--plot", "state", "--lang", "ja"]);
  expect(japanese.stderr).toContain("数値の項目を指定してください: 荷重, count");
  const unknown = await query(["--plot", "forec"]);
  expect(unknown).toMatchObject({ exit: 2, stdout: "" });
  expect(unknown.stderr).toContain("--plot: there is no column forec");
  const document = await tegata(["query", "drawings", "--plot", "x", "--home", home]);
  expect(document.stderr).toContain("CLI_STREAM_KIND");
});

test("a drawing goes together with no other form of the result", async () => {
  for (const words of [["-o", "csv"], ["-o", "ndjson"], ["--out", "x"], ["--bom"]]) {
    const { exit, stdout, stderr } = await query(["--plot", "荷重", ...words]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("--plot");
  }
  const json = await query(["--plot", "荷重", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    code: "CLI_USAGE",
    message: "--plot and -o json do not go together",
  });
  const many = Array.from({ length: 9 }, (_, index) => ["--plot", `${index}`]).flat();
  expect((await query(many)).stderr).toContain("name at most 8 fields");
});
