import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { type Ran, tegata, temporaryFolder } from "./command-helpers.ts";
import { type PressGateway, pressGateway } from "./press-gateway.ts";

let press: PressGateway;
let desk: string;

beforeEach(async () => {
  press = await pressGateway();
  desk = temporaryFolder();
});

function report(...words: readonly string[]): Promise<Ran> {
  return tegata(["report", ...words, "--home", press.home], { folder: desk });
}

test("a report of a stream without rows says so, with nobody who can read it and no proofs", async () => {
  const { exit, stdout } = await report("press", "--html", "press.html", "--tz", "Asia/Tokyo");
  expect(exit).toBe(0);
  expect(stdout).toContain("0 rows, 2 charts.\n0 proofs beside it");
  const page = readFileSync(join(desk, "press.html"), "utf8");
  expect(page).toContain("<dd>no rows</dd>");
  expect(page).toContain("No proof files lie beside this page.");
  expect(readdirSync(desk).sort()).toEqual(["press-proofs", "press.html"]);
});

test("no file and no folder that is there already is touched", async () => {
  writeFileSync(join(desk, "press.html"), "mine");
  const file = await report("press", "--html", "press.html");
  expect(file).toMatchObject({ exit: 1, stdout: "" });
  expect(file.stderr).toContain("CLI_FILE_NOT_WRITTEN");
  mkdirSync(join(desk, "other-proofs"));
  const folder = await report("press", "--html", "other.html");
  expect(folder.stderr).toContain("other-proofs cannot be written");
  expect(readFileSync(join(desk, "press.html"), "utf8")).toBe("mine");
  expect(readdirSync(desk).sort()).toEqual(["other-proofs", "press.html"]);
});

test("a wrong word, stream, facet, folder or zone is named, and nothing is left behind", async () => {
  const refusals: readonly (readonly [words: readonly string[], code: string])[] = [
    [["press"], "CLI_USAGE"],
    [["press", "--html", "a.html", "--rows", "1001"], "CLI_USAGE"],
    [["pres", "--html", "a.html"], "GATEWAY_STREAM_UNKNOWN"],
    [["drawings", "--html", "a.html"], "CLI_STREAM_KIND"],
    [["press", "--html", "a.html", "--facet", "heat"], "CLI_FACET_NOT_READABLE"],
    [["press", "--html", "a.html", "--tz", "Mars"], "CLI_ZONE_UNKNOWN"],
    [["press", "--html", "a.html", "--since", "soon"], "CLI_TIME_REFUSED"],
    [["press", "--html", join("none", "a.html")], "CLI_FILE_NOT_WRITTEN"],
  ];
  for (const [words, code] of refusals) {
    const { exit, stdout, stderr } = await report(...words);
    expect({ stdout, failed: exit > 0 }, code).toEqual({ stdout: "", failed: true });
    expect(stderr).toContain(`code: ${code}`);
  }
  expect(readdirSync(desk)).toEqual([]);
});

test("a report that is told to end leaves nothing behind", async () => {
  const cells = { 荷重: { decimal: "1" } };
  const rows = [{ timeMs: Date.UTC(2026, 10, 21), cells }];
  const whole = { waitMs: 30_000, dryRun: false };
  await press.gateway.desk.submitRows("press", { rows, backfill: true }, null, whole);
  const listeners = process.listenerCount("SIGHUP");
  const running = report("press", "--html", "press.html");
  while (readdirSync(desk).length === 0) await turn();
  process.emit("SIGHUP", "SIGHUP");
  expect(await running).toMatchObject({ exit: 130, stdout: "" });
  expect(readdirSync(desk)).toEqual([]);
  expect(process.listenerCount("SIGHUP")).toBe(listeners);
});
