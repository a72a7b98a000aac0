import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const helper = join(root, "test/helpers/campaign.ts");
const program = `
  import { wordsOf } from ${JSON.stringify(helper)};
  const { seed } = wordsOf("usage: try\\n", { seed: { type: "string", default: "1" } });
  process.stdout.write(seed);
`;
const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, ["--input-type=module", "-", ...words], {
    encoding: "utf8",
    input: program,
  });

test("a campaign says how it is used, and does nothing for words that it does not know", () => {
  expect(run("--seed", "7")).toMatchObject({ status: 0, stdout: "7", stderr: "" });
  expect(run("--help")).toMatchObject({ status: 0, stdout: "usage: try\n", stderr: "" });
  const refused = run("--nonsense");
  expect(refused).toMatchObject({ status: 64, stdout: "" });
  expect(refused.stderr).toMatch(/^error: .*'--nonsense'.*\nusage: try\n$/);
});

test("every campaign reads its words that way", () => {
  const jobs = readFileSync(join(root, "scripts/run.mjs"), "utf8");
  const programs = [...jobs.matchAll(/\["((?:test|bench)\/[\w/-]+\.ts)"/g)].map(([, path]) => path);
  expect(programs.length).toBeGreaterThan(5);
  for (const path of programs) {
    expect(readFileSync(join(root, path as string), "utf8"), path).toContain("wordsOf(usage, ");
  }
});
