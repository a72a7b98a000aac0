import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { takeLock } from "@tegata/ledger/storage";
import { describe, expect, onTestFinished, test } from "vitest";
import { homePaths } from "../src/founding/home.ts";
import { companiesNear, inTermsOfHome } from "../src/founding/lookout.ts";
import { describeError } from "../src/print/error.ts";
import { words } from "../src/words/catalogue.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const launcher = resolve(import.meta.dirname, "../bin/tegata.mjs");

/** A folder with the homes of some companies; only their cards are looked for. */
function homes(...names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "card"), "card");
  }
  return folder;
}

describe("a wrong home folder", () => {
  test.each([
    [["kato", "aoki"], "kto", ["kato"]],
    [["kato", "aoki"], "kato.card", ["kato"]],
    [["kato", "aoki"], ".local", ["aoki", "kato"]],
    [["kato"], "elsewhere", ["kato"]],
    [[], "kato", []],
  ] as const)("among %j, %s leads to %j", async (names, asked, near) => {
    const folder = homes(...names);
    const found = await companiesNear(join(folder, asked), folder);
    expect([...found].sort()).toEqual(near);
  });

  test("that only has a neighbour elsewhere is told nothing of folders it was not asked about", async () => {
    expect(await companiesNear(join(homes("kato"), "entirely-else"), temporaryFolder())).toEqual(
      [],
    );
  });

  test("is told as such by every command, with the folder that was meant", async () => {
    const folder = homes("kato", "aoki");
    for (const command of [
      ["streams", "list"],
      ["status"],
      ["start"],
      ["grant", "a", "--to", "b", "--facet", "c", "--until", "1d"],
    ]) {
      const { exit, stderr } = await tegata(["--home", "kto", ...command], { folder });
      expect(exit, stderr).toBe(78);
      expect(stderr).toContain(`there is no company in ${join(folder, "kto")}`);
      expect(stderr).toContain("did you mean --home kato?");
      expect(stderr).toContain("code: CLI_HOME_EMPTY");
    }
    const page = await tegata(["--home", "kto"], { folder });
    expect(page.stdout).toContain("Did you mean --home kato?");
  });
});

test("a gateway that is just starting again is not told as stopped", async () => {
  const folder = homes("kato");
  const paths = homePaths(join(folder, "kato"));
  mkdirSync(dirname(paths.supervisor), { recursive: true });
  const stopped = await tegata(["--home", "kato", "streams", "list"], { folder });
  expect([stopped.exit, stopped.stderr.includes("code: GATEWAY_UNREACHABLE")]).toEqual([5, true]);
  const lock = takeLock(join(dirname(paths.supervisor), "lock"));
  onTestFinished(() => lock.release());
  writeFileSync(paths.supervisor, `${process.pid}\n`);
  const { exit, stderr } = await tegata(["--home", "kato", "streams", "list"], { folder });
  expect(exit).toBe(5);
  expect(stderr).toContain("code: CLI_GATEWAY_RESTARTING");
  expect(stderr).not.toContain("tegata start");
});

describe("a folder of another user", () => {
  test("is told by name, and never as a mistake of the program", async () => {
    const home = join(homes("kato"), "kato");
    const refused = Object.assign(new Error("EACCES"), {
      code: "EACCES",
      path: join(home, "card"),
    });
    const report = describeError(await inTermsOfHome(refused, home, "/"), words());
    expect([report.code, report.exit]).toEqual(["CLI_HOME_CLOSED", 4]);
    const outside = Object.assign(new Error("EACCES"), { code: "EACCES", path: "/etc/shadow" });
    expect(await inTermsOfHome(outside, home, "/")).toBe(outside);
  });

  test("is met by whoever may not look into it", () => {
    const folder = homes("kato");
    const home = join(folder, "kato");
    chmodSync(folder, 0o755);
    chmodSync(home, 0o000);
    onTestFinished(() => chmodSync(home, 0o700));
    // Root may look everywhere: then somebody else has to try.
    const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const options = { cwd: "/", encoding: "utf8", ...other } as const;
    for (const command of [["status"], ["start"], ["streams", "list"], []]) {
      const line = [launcher, "--home", home, ...command];
      const { stderr, status } = spawnSync(process.execPath, line, options);
      expect([status, stderr.includes("it belongs to ")], stderr).toEqual([4, true]);
    }
    const line = [launcher, "--home", home, "doctor"];
    const { stdout } = spawnSync(process.execPath, line, options);
    expect(stdout).toContain("belongs to another user");
    expect(stdout).not.toContain("tegata card");
  });
});
