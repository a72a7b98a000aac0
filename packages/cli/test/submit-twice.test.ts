import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { startTegata } from "../../../test/helpers/command.ts";
import { until } from "../../../test/helpers/waiting.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";
import { type WatchedField, WatchedGateway } from "./watched-gateway.ts";

const fields = [
  { name: "shot", type: "integer" },
  { name: "force", type: "decimal" },
] as const;

/** 1,200 rows: three submissions. */
const many = `shot,force\n${Array.from({ length: 1200 }, (_, shot) => `${shot},1.5`).join("\n")}\n`;

/** A gateway, and a file of rows beside it; those of the usual one have no times. */
async function place(
  text = "shot,force\n1,1800.5\n2,1801.0\n",
  columns: readonly WatchedField[] = fields,
) {
  const folder = temporaryFolder();
  const gateway = new WatchedGateway(join(folder, "home"), columns);
  await gateway.start();
  const file = join(folder, "rows.csv");
  writeFileSync(file, text);
  const words = ["submit", "press-3", file, "--home", gateway.home];
  const submit = (...more: readonly string[]) => tegata([...words, ...more]);
  return { folder, gateway, file, submit, words };
}

describe("a file of rows without times", () => {
  test("is published once however often it is submitted, and once more with --again", async () => {
    const { gateway, submit } = await place();
    expect(await submit()).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^2 rows/) });
    const twice = await submit();
    expect(twice.exit).toBe(6);
    expect(twice.stdout).toBe("");
    expect(twice.stderr).toContain("these 2 rows were submitted before; nothing was doubled");
    expect(twice.stderr).toMatch(/is published, block \d+/);
    expect(twice.stderr).toContain("--again");
    expect(gateway.rows).toHaveLength(2);
    expect((await submit("--again")).exit).toBe(0);
    expect((await submit("--again")).exit).toBe(0);
    expect(gateway.cells("shot")).toEqual([1, 2, 1, 2, 1, 2]);
  });

  test("goes on where it stopped, and differs from one that only begins alike", async () => {
    const { gateway, file, submit } = await place(many);
    gateway.refuse = () => (gateway.bodies.length < 1 ? null : fullDisk);
    expect((await submit()).exit).not.toBe(0);
    expect(gateway.rows).toHaveLength(500);
    gateway.refuse = () => null;
    const rest = await submit();
    expect(rest).toMatchObject({ exit: 0 });
    expect(rest.stdout).toContain(
      "500 rows of them had been published before; nothing was doubled",
    );
    expect(gateway.cells("shot")).toEqual(Array.from({ length: 1200 }, (_, shot) => shot));
    writeFileSync(file, `${many}1200,1.5\n`);
    expect((await submit()).exit).toBe(0);
    expect(gateway.rows).toHaveLength(2401);
  });

  test("is told apart by the options that change what is published", async () => {
    const { gateway, submit } = await place();
    expect((await submit()).exit).toBe(0);
    const swapped = await submit("--map", "shot=force", "--map", "force=shot", "--skip-invalid");
    // Only whole numbers fit into both.
    expect(swapped.exit).toBe(0);
    expect(swapped.stdout).toContain("No rows");
    const timed = ["--time-start", new Date().toISOString(), "--time-step", "1ms"];
    expect((await submit(...timed)).exit).toBe(0);
    expect((await submit(...timed)).stdout).toContain("nothing was doubled");
    expect(gateway.rows).toHaveLength(4);
  });

  test("is known from standard input too, in Japanese and for programs", async () => {
    const { gateway, words } = await place();
    const piped = (...more: readonly string[]) => {
      const stdin = new PassThrough().end("shot,force\n7,1.5\n");
      return tegata([...words.map((word) => (word.endsWith(".csv") ? "-" : word)), ...more], {
        stdin,
      });
    };
    expect((await piped()).exit).toBe(0);
    const again = await piped("--lang", "ja", "--json");
    expect(again.stderr).toContain("この 1 行は送信済みです");
    expect(JSON.parse(again.stdout)).toMatchObject({ code: "CLI_ROWS_BEFORE" });
    expect(gateway.rows).toHaveLength(1);
  });

  test("says that its rows wait while they do, and discard says it too", async () => {
    const { gateway, submit, words } = await place();
    gateway.isOpen = false;
    expect(await submit("--timeout", "100ms")).toMatchObject({ exit: 7 });
    const { exit, stderr } = await submit();
    expect(exit).toBe(6);
    expect(stderr).toContain("its rows wait on this disk and go out by themselves");
    const home = words.slice(-2);
    const { stdout } = await tegata(["outbox", "list", "--json", ...home]);
    const [item] = JSON.parse(stdout).items;
    const discarded = await tegata(["outbox", "discard", item.submission, "--yes", ...home]);
    expect(discarded.exit).toBe(6);
    expect(discarded.stderr).toContain("only refused rows can; these wait");
    expect(discarded.stderr).toContain("CLI_SUBMISSION_WAITS");
    expect(gateway.rows).toHaveLength(2);
  });
});

test("a file with times is known again with --backfill too, as it needs it once it is a week old", async () => {
  const minuteAgo = new Date(Date.now() - 60_000).toISOString();
  const { gateway, submit } = await place(`time,force\n${minuteAgo},1.5\n`, [
    { name: "time", type: "time" },
    { name: "force", type: "decimal" },
  ]);
  expect((await submit()).exit).toBe(0);
  const old = await submit("--backfill");
  expect(old).toMatchObject({ exit: 0, stdout: expect.stringContaining("nothing was doubled") });
  expect((await submit()).stdout).toContain("nothing was doubled");
  expect(gateway.rows).toHaveLength(1);
});

test("a repetition that was cut off goes on with --again, and the next one begins after it", async () => {
  const { gateway, submit } = await place(many);
  expect((await submit()).exit).toBe(0);
  gateway.refuse = () => (gateway.bodies.length < 4 ? null : fullDisk);
  expect((await submit("--again")).exit).not.toBe(0);
  expect(gateway.rows).toHaveLength(1700);
  gateway.refuse = () => null;
  expect((await submit("--again")).exit).toBe(0);
  expect(gateway.rows).toHaveLength(2400);
  expect((await submit("--again")).exit).toBe(0);
  const shots = Array.from({ length: 1200 }, (_, shot) => shot);
  expect(gateway.cells("shot")).toEqual([...shots, ...shots, ...shots]);
});

test("Ctrl-C ends the waiting, says that the rows go out, and a second run doubles nothing", async () => {
  const { folder, gateway, submit, words } = await place();
  gateway.isOpen = false;
  const running = startTegata(words, { folder, home: null, input: null });
  await until("the rows are taken", () => gateway.rows.length === 2);
  running.process.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stdout).toBe("");
  expect(stderr).toContain("2 rows wait in the outbox and go out without you; do not submit again");
  expect((await submit()).exit).toBe(6);
  expect(gateway.rows).toHaveLength(2);
});

test("Ctrl-C while a file is sent says that the rest is not, and the next run sends it", async () => {
  const { folder, gateway, submit, words } = await place(many);
  gateway.refuse = () => (gateway.bodies.length < 1 ? null : fullOutbox);
  const running = startTegata(words, { folder, home: null, input: null });
  await until("some rows are taken", () => gateway.rows.length === 500);
  running.process.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("500 rows are in the outbox or published");
  expect(stderr).toContain("Submit the file again as before: nothing is doubled.");
  gateway.refuse = () => null;
  expect((await submit()).exit).toBe(0);
  expect(gateway.rows).toHaveLength(1200);
});

const fullOutbox = { status: 507, code: "GATEWAY_OUTBOX_FULL" };
const fullDisk = { status: 507, code: "GATEWAY_STORE_FAILED" };
