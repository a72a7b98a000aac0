// The simulator as a program: what it prints, how it ends, and that it finds liars when too many lie.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { longNames, shortNames } from "../sim/fault-names.ts";
import { readWords, WordsError } from "../sim/program/words.ts";
import { run, type Setting, swarmOf } from "../sim/setting.ts";
import { faultyMax } from "../src/index.ts";

const root = join(import.meta.dirname, "../../..");

function program(...words: readonly string[]) {
  const file = join(import.meta.dirname, "../sim/program/main.ts");
  return spawnSync(process.execPath, [file, ...words], { encoding: "utf8" });
}

describe("the program", () => {
  test("prints one JSON document, the same each time but for its speed", () => {
    const words = ["--seeds", "3", "--first", "7", "--members", "4", "--json"];
    const results = [program(...words), program(...words)].map(({ stdout, status }) => {
      expect(status).toBe(0);
      expect(stdout.trim().split("\n")).toHaveLength(1);
      const { seedsPerMinute, ...rest } = JSON.parse(stdout);
      expect(seedsPerMinute).toBeGreaterThan(0);
      return rest;
    });
    expect(results[0]).toMatchObject({
      schema: "tegata.sim/1",
      seeds: 3,
      first: 7,
      members: 4,
      violations: 0,
      stalls: 0,
      traceHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(results[0].eventsMedian).toBeGreaterThanOrEqual(1_000);
    expect(results[1]).toEqual(results[0]);
  });

  test("the hash of a run is of all its seeds", () => {
    const hashOf = (...words: string[]): string =>
      JSON.parse(program(...words, "--json").stdout).traceHash;
    const both = hashOf("--seeds", "2", "--first", "1");
    expect(hashOf("--seeds", "1", "--first", "1")).not.toBe(both);
    expect(hashOf("--seeds", "2", "--first", "2")).not.toBe(both);
  });

  test.each([
    ["--seeds", "0"],
    ["--seeds", "1e3"],
    ["--members", "17"],
    ["--first", "-1"],
    ["--liars", "4"],
    ["--patch", "no-such-rule"],
    ["--without", "crashes:x"],
    ["--without", "crashes:0-999999999"],
    ["--first", "4294967295", "--seeds", "2"],
    ["--timeline"],
    ["--nonsense"],
    ["word"],
  ])("refuses %s %s", (...words) => {
    expect(() => readWords(words)).toThrow(WordsError);
  });

  test("says what is wrong with its words and ends with 64", () => {
    const { status, stderr, stdout } = program("--scenario", "picnic");
    expect(status).toBe(64);
    expect(stderr).toContain("--scenario picnic: no such scenario; there are ");
    expect(stderr).toContain("usage: npm run -s sim");
    expect(stdout).toBe("");
  });

  test.each([
    [["--first", "-1"], "--first -1: not a whole number from 0 to "],
    [["--without", "nonsense"], "--without nonsense: no such fault"],
    [["--without", "crashes"], "--without crashes: say which, as in crashes:0-2+5"],
  ])("says of %j what is wrong, and ends with 64", (words, sentence) => {
    const { status, stderr, stdout } = program(...words);
    expect(status).toBe(64);
    expect(stderr).toContain(`error: ${sentence}`);
    expect(stdout).toBe("");
  });

  test("names of faults are short on the command line and mean the same", () => {
    const names = ["loss", "crashes:3", "crashes:1", "crashes:2", "crashes:7"];
    expect(shortNames(names)).toEqual(["loss", "crashes:1-3+7"]);
    expect(shortNames(names).flatMap(longNames).sort()).toEqual([...names].sort());
  });
});

describe("without the lock rule", () => {
  const broken = program("--patch", "no-lock", "--until-failure");
  const [, told = ""] =
    /<!-- sim:broken -->\n```text\n([\s\S]*?)\n```/.exec(
      readFileSync(join(root, "README.md"), "utf8"),
    ) ?? [];

  test("the README shows what npm run -s sim:broken prints", () => {
    expect(broken.status).toBe(1);
    expect(told).toBe(broken.stderr.trim());
  });

  test("the command that is printed shows the same failure, with fewer faults", () => {
    const words = /again: npm run -s sim -- (.*)/.exec(broken.stderr)?.[1]?.split(" ") ?? [];
    const again = program(...words);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("VIOLATION prevotes a block at 1/1 against L23 or L29");
    expect(words).toContain("--without");
  });

  test("the same circumstances are harmless with it", () => {
    const { status } = program("--scenario", "relocks", "--first", "12", "--seeds", "5");
    expect(status).toBe(0);
  });
});

describe("with more liars than there may be", () => {
  const seedsMax = 40;

  test.each([
    [4, 2],
    [7, 3],
    [7, 4],
  ])(
    "of %i members %i convict themselves",
    (members, liars) => {
      let convictions = 0;
      for (let seed = 1; seed <= seedsMax && convictions < 3; seed += 1) {
        const scenario = "calm";
        const setting: Setting = { seed, members, scenario, liars, without: [], healAtMs: null };
        const { violations, accused } = run(setting);
        if (!violations.some((sentence) => sentence.includes("decides another block"))) continue;
        convictions += 1;
        const guilty = swarmOf(setting).liars.map(({ member }) => member);
        expect(accused.length).toBeGreaterThan(faultyMax(members));
        for (const member of accused) expect(guilty).toContain(member);
      }
      expect(convictions).toBe(3);
    },
    120_000,
  );
});
