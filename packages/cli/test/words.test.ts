import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { stringsIn, takeApart } from "../../../test/helpers/source-text.ts";
import { commandTree } from "../src/program/tree.ts";
import { tegata } from "./command-helpers.ts";

/** Words of the code that no person has to know; one who says `--debug` may meet them in a stack. */
const inner = /\b(?:lanes?|writers?|epochs?|generations?|sidecars?|parts?|polkas?)\b/i;
const source = resolve(import.meta.dirname, "..", "src");

describe("people never meet the words of the code", () => {
  const files = globSync("words/*.ts", { cwd: source }).sort();

  test.each(files.map((file) => [file] as const))("in %s", (file) => {
    const said = stringsIn(readFileSync(join(source, file), "utf8"))
      .split("\n")
      .filter((line) => inner.test(line) && !/^\s*import /.test(line));
    expect(said).toEqual([]);
  });

  test("in a scan that finds them when they are there", () => {
    expect(stringsIn("const writer = `the lane`; // epoch")).toMatch(/lane/);
    expect(stringsIn('const writer = "a"; // epoch')).not.toMatch(inner);
    expect(files.length).toBeGreaterThan(15);
  });

  test("in help and in errors of every command", async () => {
    for (const { name } of commandTree) {
      const help = await tegata([...name.split(" "), "--help"]);
      expect(help.stdout, name).not.toMatch(inner);
      const failed = await tegata([...name.split(" "), "--home", "/nowhere", "--surely-not"]);
      expect(failed.stdout + failed.stderr, name).not.toMatch(inner);
    }
    for (const topic of ["exit-codes", "time", "grants", "options"]) {
      expect((await tegata(["help", topic])).stdout, topic).not.toMatch(inner);
    }
  });
});

describe("every word", () => {
  test("that people read comes from the catalogue", () => {
    const spoken = /["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]/;
    const folders = ["commands", "demo", "dev", "founding", "process", "program", "proof"];
    const found = folders
      .flatMap((folder) => globSync(`${folder}/*.ts`, { cwd: source }))
      .filter((file) => !file.endsWith("company-names.ts"))
      .flatMap((file) => {
        const { withoutComments } = takeApart(readFileSync(join(source, file), "utf8"));
        const lines = withoutComments.split("\n").filter((line) => spoken.test(line));
        return lines.map((line) => `${file}: ${line.trim()}`);
      });
    const names =
      /Chubu Press Consortium|Imai Trading|Machine failure|Tool wear|Air temperature|Product ID/;
    expect(found.filter((line) => !names.test(line))).toEqual([]);
  });
});
