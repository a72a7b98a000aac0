import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must, packedIn, tryInstalled } from "../helpers/installed.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ti-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The surroundings of a person on this machine: its own Node, and nothing of npm's or of this repository's. */
function personsEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm|NODE|VITEST)_/i.test(name),
  );
  const path = (process.env.PATH ?? "").split(delimiter);
  const own = path.filter((entry) => !entry.includes("node_modules"));
  return { ...Object.fromEntries(entries), PATH: own.join(delimiter) };
}

test("the tarball, installed by npm into an empty folder, runs a network with npx", async () => {
  const env = personsEnvironment();
  const around = { cwd: folder, env };
  const tarball = packedIn(join(folder, "made"));
  await must("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], around);
  const launcher = join(folder, "node_modules/.bin/tegata");
  const own = (await must("node", ["--version"], around)).trim();
  const used = await must("node", [launcher, "version"], around);
  console.info(`the machine's own Node is ${own}; ${used.trim()}`);
  expect(await must("npx", ["--no", "tegata", "version"], around)).toBe(used);
  await tryInstalled(["npx", "--no", "tegata"], folder, env);
});
