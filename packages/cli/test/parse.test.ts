import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CliError } from "../src/errors.ts";
import { nearest } from "../src/program/nearest.ts";
import { parseWords } from "../src/program/parse.ts";
import { commandTree } from "../src/program/tree.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const lines = (text: string): string[] => text.trimEnd().split("\n");

describe("a command line", () => {
  test.each([
    [["statsu"], "there is no command statsu", "did you mean tegata status?"],
    [
      ["streams", "creat"],
      "there is no command streams creat",
      "did you mean tegata streams create?",
    ],
    [["create"], "there is no command create", "see tegata help"],
    [["status", "--wacht"], "tegata status has no option --wacht", "did you mean --watch?"],
    [["grant", "s", "--to"], "--to needs a value", "see tegata help grant"],
    [["stop", "now"], "there are more words than the command takes", "see tegata help stop"],
    [["grant", "s", "--facet", "f", "--until", "1d"], "--to is missing", "see tegata help grant"],
    [["query"], "STREAM is missing", "see tegata help query"],
    [["status", "-o", "csv"], "-o cannot be csv", "it is one of table, json, ndjson"],
    [["init"], "say --found CARD… or --genesis FILE", "see tegata help init"],
    [["dev", "--members", "many"], "--members cannot be many", "give a whole number from 1 to 20"],
  ])("%j is refused in three lines with what to do", async (words, message, next) => {
    const { exit, stdout, stderr } = await tegata(words);
    expect([exit, stdout]).toEqual([2, ""]);
    const said = lines(stderr);
    expect(said[0]).toBe(`error: ${message}`);
    expect(said[2]).toContain(next);
    expect(said[3]).toBe("  code: CLI_USAGE");
    expect(said).toHaveLength(4);
  });

  test("takes options of every command before and after its name", () => {
    const before = parseWords(["--home", "/a", "--json", "streams", "show", "x"]);
    const after = parseWords(["streams", "show", "x", "--json", "--home", "/a"]);
    expect(before).toEqual(after);
    expect(after.options).toEqual({ home: "/a", json: true });
    expect(after.spec?.name).toBe("streams show");
    expect(after.args).toEqual(["x"]);
  });

  test("collects options that may be repeated, and lists up to the next option", () => {
    const facets = parseWords(["grant", "s", "--facet", "a", "--facet", "b,c"]).options.facet;
    expect(facets).toEqual(["a", "b,c"]);
    const { options } = parseWords(["init", "--found", "a", "b", "c", "--dry-run"]);
    expect(options).toEqual({ found: ["a", "b", "c"], "dry-run": true });
  });

  test("knows options that begin with no- by what was typed", () => {
    expect(parseWords(["submit", "s", "-", "--no-wait", "--no-color"]).options).toEqual({
      "no-wait": true,
      "no-color": true,
    });
    expect(parseWords(["submit", "s", "-"]).options).toEqual({});
  });

  test("keeps a dash for standard input and the second name of an option", () => {
    expect(parseWords(["submit", "s", "-"]).args).toEqual(["s", "-"]);
    const { options } = parseWords(["streams", "create", "s", "--epoch", "1d"]);
    expect(options["smallest-span"]).toBe("1d");
  });

  test("never makes the parser fail otherwise than as a wrong command line", () => {
    const names = commandTree.flatMap(({ name, options }) => [
      ...name.split(" "),
      ...options.map((option) => `--${option.name}`),
    ]);
    const word = fc.oneof(fc.constantFrom(...names, "-", "--", "-o", "--json"), fc.string());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (line) => {
        try {
          parseWords(line);
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
          expect((error as CliError).code).toBe("CLI_USAGE");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("finds the home folder by option, variable and the system's rules", async () => {
    const folder = temporaryFolder();
    const homeIn = async (words: readonly string[], env: Record<string, string>) => {
      const { stderr } = await tegata(["status", ...words], { env, folder });
      return /there is no company in (.*)/.exec(stderr)?.[1];
    };
    expect(await homeIn(["--home", "a"], { TEGATA_HOME: "/b" })).toBe(join(folder, "a"));
    expect(await homeIn([], { TEGATA_HOME: "/b", XDG_DATA_HOME: "/c" })).toBe("/b");
    expect(await homeIn([], { XDG_DATA_HOME: "/c" })).toBe("/c/tegata");
    expect(await homeIn([], {})).toMatch(/\.local\/share\/tegata$/);
  });

  test("tells errors as JSON where the result is asked for as JSON", async () => {
    const { exit, stdout, stderr } = await tegata(["stop", "now", "--json"]);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "tegata.error/1", code: "CLI_USAGE" });
    expect(stderr).toContain("error: ");
  });

  test("shows where in the program something failed only when asked", async () => {
    expect((await tegata(["status", "--home", "/nowhere"])).stderr).not.toContain(" at ");
    expect((await tegata(["status", "--home", "/nowhere", "--debug"])).stderr).toContain("    at ");
  });
});

describe("the nearest word", () => {
  const known = ["status", "start", "stop", "streams create"];

  test.each([
    ["statu", "status"],
    ["satrt", "start"],
    ["STOP", "stop"],
    ["streams-create", "streams create"],
    ["verify", null],
    ["", null],
  ])("of %j is %j", (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});
