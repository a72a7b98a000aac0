import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseWords } from "../packages/cli/src/program/parse.ts";
import { stringsIn } from "./helpers/source-text.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Words of a command line as a shell takes them apart; enough for what pages show. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}

/** Where in a text a command of ours ends: at what the shell takes for itself. */
function commandOf(text: string): string {
  return text.split(/ [|;>&#] |[|;)]| {2,}|…$/, 1)[0] ?? "";
}

/** Command lines of ours that a page shows: in code blocks and between backquotes. */
function commandsIn(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, "");
  const found: string[] = [];
  for (const [, block = ""] of joined.matchAll(/^ *```[^\n]*\n([\s\S]*?)^ *```/gm)) {
    for (const [, line = ""] of block.matchAll(
      /(?:^ *|\$ |\$\(|sudo (?:-u \w+ )?)(tegata (?!\d).*)$/gm,
    )) {
      found.push(line);
    }
  }
  for (const [, line = ""] of joined.matchAll(/`(tegata [^`\n]*)`/g)) found.push(line);
  return found.map((line) => commandOf(line).trim());
}

/** What is wrong with a command line; null when the program knows its command and all its options. */
function refusalOf(line: string): string | null {
  const [, ...words] = shellWords(line.replaceAll(/[[\]…]/g, ""));
  try {
    parseWords(words);
    return null;
  } catch (error) {
    return `${line}: ${(error as { detail?: { text?: string } }).detail?.text ?? error}`;
  }
}

describe("every command of a page", () => {
  const pages = globSync(["README.md", "README.ja.md", "CONTRIBUTING.md", "docs/**/*.md"], {
    cwd: root,
  }).sort();

  test.each(pages.map((page) => [page] as const))("of %s is one that the program has", (page) => {
    const lines = commandsIn(read(page));
    expect(lines.flatMap((line) => refusalOf(line) ?? [])).toEqual([]);
  });

  test("and of what the program says in errors and of units and alerts too", () => {
    const said = globSync(["packages/cli/src/words/*.ts", "packages/gateway/src/**/*.ts"], {
      cwd: root,
    });
    const texts = [...said.map((path) => stringsIn(read(path))), read("ops/prometheus/alerts.yml")];
    const lines = texts.flatMap((text) =>
      [...text.matchAll(/(?<![/.\w-])tegata ([a-z]+(?: [a-z]+)?)(?![a-z.]*[-/=])/g)].map(
        ([, said = ""]) => said,
      ),
    );
    expect(lines.length).toBeGreaterThan(50);
    // The second word is one of the command, a value, or one of the sentence.
    const isKnown = (line: string): boolean => {
      const [first = ""] = line.split(" ");
      return refusalOf(`tegata ${line}`) === null || refusalOf(`tegata ${first}`) === null;
    };
    expect([...new Set(lines.filter((line) => !isKnown(line)))]).toEqual([]);
  });

  test("is found where pages show one, and a wrong one is noticed", () => {
    const text =
      "Say `tegata fly`.\n\n```sh\nid=$(tegata query a --limit 1 | head)\ntegata grant x --too b\n```\n";
    expect(commandsIn(text)).toEqual([
      "tegata query a --limit 1",
      "tegata grant x --too b",
      "tegata fly",
    ]);
    expect(commandsIn(text).map((line) => refusalOf(line) === null)).toEqual([true, false, false]);
    expect(commandsIn(read("README.md")).length).toBeGreaterThan(30);
  });
});
