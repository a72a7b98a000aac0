import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { innerWordsIn } from "../../../test/helpers/inner-words.ts";
import { stringsIn, takeApart } from "../../../test/helpers/source-text.ts";
import { errorCodesOf } from "../src/program/error-page.ts";
import { commandTree } from "../src/program/tree.ts";
import { englishWords } from "../src/words/catalogue.ts";
import { tegata } from "./command-helpers.ts";

const root = resolve(import.meta.dirname, "../../..");
const source = resolve(import.meta.dirname, "..", "src");

/** Lines of code that speak to nobody outside: a broken assertion is our own bug, a log is for `--debug`. */
const ownAffair = /\bassert\(|\blog\.|^\s*(?:import|export) |\} from "/;

/**
 * Inside: every text of the catalogue in both languages, every page of help, every refused command line, the
 * answers of the gateway and the sentences of errors of every package, guides, tour and demo; what the demo,
 * the tour and the guides print is looked through where they run. Outside: names of fields in JSON and in
 * documents of the protocol, error codes, logs, and what --debug adds.
 */
describe("people never meet the words of the code", () => {
  const files = globSync("words/*.ts", { cwd: source }).sort();

  test.each(files.map((file) => [file] as const))("in %s", (file) => {
    const said = stringsIn(readFileSync(join(source, file), "utf8"))
      .split("\n")
      .filter((line) => !/^\s*import /.test(line));
    expect(innerWordsIn(said.join("\n"))).toEqual([]);
  });

  test("in a scan that finds them when they are there", () => {
    expect(stringsIn("const writer = `the lane`; // epoch")).toMatch(/lane/);
    expect(innerWordsIn(stringsIn('const writer = "a"; // epoch'))).toEqual([]);
    expect(files.length).toBeGreaterThan(60);
    const free = "LEDGER_PART_SIZE, partner, part-1.csv, /srv/parts/3, パートナー";
    expect(innerWordsIn(free)).toEqual([]);
    for (const said of [
      "a Part.",
      "two epochs",
      "claim-writer",
      "a polka\nx",
      "エポック",
      "2 世代",
    ]) {
      expect(innerWordsIn(said), said).toHaveLength(1);
    }
  });

  test("in help and in errors of every command", async () => {
    for (const { name } of commandTree) {
      const help = await tegata([...name.split(" "), "--help"]);
      expect(innerWordsIn(help.stdout), name).toEqual([]);
      const failed = await tegata([...name.split(" "), "--home", "/nowhere", "--surely-not"]);
      expect(innerWordsIn(failed.stdout + failed.stderr), name).toEqual([]);
    }
  });

  test.each(["en", "ja"])("on any page of tegata help, in %s", async (lang) => {
    const codes = errorCodesOf(readFileSync(join(root, "docs/ERRORS.md"), "utf8"));
    expect(codes.length).toBeGreaterThan(300);
    for (const page of ["", "options", ...Object.keys(englishWords.topics), ...codes]) {
      const { exit, stdout } = await tegata(["help", ...page.split(" "), "--lang", lang]);
      expect([page, exit, innerWordsIn(stdout)]).toEqual([page, 0, []]);
    }
  });

  test("in a sentence that another package says of itself: answers, refusals, metrics", () => {
    const houses = "packages/{ledger,consensus,light,settings,collect,node,gateway,cli}";
    const found = globSync(`${houses}/src/**/*.ts`, { cwd: root }).flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      const code = takeApart(text).withoutComments.split("\n");
      const said = stringsIn(text).split("\n");
      const sentences = said.filter(
        (line, at) => /\w \w/.test(line) && !ownAffair.test(code[at] ?? ""),
      );
      return innerWordsIn(sentences.join("\n")).map((line) => `${file}: ${line.trim()}`);
    });
    expect(found).toEqual([]);
  });

  test("in a guide, and in the tour and the demo of the README", () => {
    const guides = globSync(["docs/guides/*.md", "docs/ja/*.md", "README.ja.md"], { cwd: root });
    expect(guides.length).toBeGreaterThan(3);
    for (const file of guides) {
      expect(innerWordsIn(readFileSync(join(root, file), "utf8")), file).toEqual([]);
    }
    const [readme = ""] = readFileSync(join(root, "README.md"), "utf8").split("\n## Status\n");
    const [start = "", rest = ""] = readme.split("\n## The house\n");
    const [, tour = ""] = rest.split("\n## The tour by hand\n");
    expect(start.length).toBeGreaterThan(5_000);
    expect(tour.length).toBeGreaterThan(1_000);
    expect(innerWordsIn(start + tour)).toEqual([]);
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
