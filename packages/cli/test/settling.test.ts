import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./command-helpers.ts";
import { LoneCompany } from "./lone-company.ts";

const sample = "force,scrap\n1.5,2\n";

async function withStream(patienceMs: number): Promise<LoneCompany> {
  const company = await LoneCompany.open(patienceMs);
  const file = join(temporaryFolder(), "sample.csv");
  writeFileSync(file, sample);
  const made = await company.run(
    "streams",
    "create",
    "press",
    "--from",
    file,
    "--yes",
    "--no-input",
  );
  expect([made.exit, made.stderr], made.stdout).toEqual([0, expect.anything()]);
  return company;
}

const grant = [
  "grant",
  "press",
  "--to",
  "Kato Press",
  "--facet",
  "quality",
  "--until",
  "30d",
] as const;

test("nothing that waits for the others is told as done, and what waits is agreed by itself", async () => {
  const company = await withStream(100);
  const granted = await company.run(...grant);
  expect(granted.stderr).toBe("");
  expect(granted.stdout).toMatch(/can read quality of press, since block \d+/);
  company.lose();
  const file = join(temporaryFolder(), "sample.csv");
  writeFileSync(file, sample);
  for (const [words, text] of [
    [["revoke", "press", "--from", "Kato Press"], "the end of the grant is not confirmed"],
    [
      ["grant", "press", "--to", "Kato Press", "--facet", "quality", "--until", "60d"],
      "the grant is",
    ],
    [["streams", "create", "jp2", "--from", file, "--yes"], "the stream is not confirmed"],
    [["members", "addresses", "--none"], "the change of your addresses is not confirmed"],
    [["members", "suspend", "Kato Press"], "the request is not confirmed"],
  ] as const) {
    const { exit, stdout, stderr } = await company.run(...words);
    expect([exit, stdout], words.join(" ")).toEqual([7, ""]);
    expect(stderr).toContain(text);
    expect(stderr).toContain("Kato Press is away");
    expect(stderr).toContain("it goes out by itself");
    expect(stderr).toContain("CLI_NOT_FINAL");
  }
  company.find();
  await expect
    .poll(async () => (await company.run("streams", "show", "jp2", "--json")).stdout)
    .toMatch(/"createdHeight":\d/);
});

test("programs are told that nothing is committed, in one document", async () => {
  const company = await withStream(100);
  company.lose();
  const { exit, stdout } = await company.run(...grant, "--json");
  expect(exit).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ schema: "tegata.error/1", code: "CLI_NOT_FINAL", committed: false, height: null },
    waiting: { kind: "grant" },
    missing: { kind: "quorum", names: ["Kato Press"] },
  });
  company.find();
  const again = await company.run(...grant, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ committed: true, height: expect.any(Number) });
});

test("whoever waits longer than two seconds is told for whom", async () => {
  const company = await withStream(2_600);
  company.lose();
  const { stderr } = await company.run(...grant);
  expect(stderr.split("\n")[0]).toBe(
    "Waiting for Kato Press. Ctrl-C is safe: it goes out by itself.",
  );
});

test("what waits is counted alike everywhere, and the first page says for whom", async () => {
  const company = await withStream(100);
  company.lose();
  const file = join(temporaryFolder(), "rows.csv");
  writeFileSync(file, "force,scrap\n1.5,2\n2.5,3\n");
  const submitted = await company.run("submit", "press", file, "--timeout", "1s");
  expect([submitted.exit, submitted.stderr.includes("2 rows are not confirmed")]).toEqual([
    7,
    true,
  ]);
  await company.run(...grant);
  const waits = "2 rows and 1 change wait";
  for (const command of [["status"], ["doctor"]]) {
    expect((await company.run(...command)).stdout, command.join()).toContain(waits);
  }
  const list = await company.run("outbox", "list");
  expect(list.stdout).toContain("1 change of streams, grants or membership waits");
  const page = await company.run();
  expect(page.stdout).toContain(`nothing can be agreed until Kato Press is back; ${waits}`);
  expect(page.stdout).not.toContain("submit");
  company.find();
  await expect.poll(async () => (await company.run("status")).stdout).toContain("empty");
  expect((await company.run()).stdout).not.toContain("nothing can be agreed");
});

test("a grant says what of closed facets is seen, and what its span leaves open", async () => {
  const company = await withStream(100);
  const told = await company.run(...grant);
  expect(told.stdout).toContain("Values not shown: process.");
  expect(told.stdout).toContain("Kato Press sees the names and units of all fields of the stream");
  expect(told.stdout).toContain("The span is rounded outwards");
  const words = ["grant", "press", "--to", "Kato Press", "--facet", "process"];
  const past = await company.run(...words, "--until", "2020-01-01", "--dry-run");
  expect(past.stdout).toContain("nothing lies in it: the grant opens nothing");
  // The other facet is open already.
  expect(past.stdout).not.toContain("not shown");
});

test("a stream stays, and whoever wants to delete one is told so", async () => {
  const company = await withStream(100);
  for (const word of ["delete", "rm"]) {
    const { exit, stderr } = await company.run("streams", word, "press");
    expect([exit, stderr.includes("streams cannot be deleted")]).toEqual([2, true]);
  }
  const file = join(temporaryFolder(), "sample.csv");
  writeFileSync(file, sample);
  const dry = await company.run("streams", "create", "b", "--from", file, "--dry-run");
  expect(dry.stdout).toContain("it can be neither deleted nor changed");
  expect(dry.stdout).toContain("sees the names and units of all fields");
});
