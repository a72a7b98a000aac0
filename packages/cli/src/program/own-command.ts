import { shellWord } from "../print/shell.ts";
import { commandTree } from "./tree.ts";

/** Commands that ask no company. */
const withoutCompany: ReadonlySet<string> = new Set(["dev", "help", "version", "verify"]);

const ofCompany: ReadonlySet<string> = new Set(
  commandTree
    .map(({ name }) => name.split(" ", 1)[0] ?? "")
    .filter((name) => !withoutCompany.has(name)),
);

/** The folder that was named on a command line, as it was typed; null where none was. */
export function typedHome(line: readonly string[]): string | null {
  const joined = line.find((word) => word.startsWith("--home="));
  if (joined !== undefined) return joined.slice("--home=".length);
  const at = line.indexOf("--home");
  return at === -1 ? null : (line[at + 1] ?? null);
}

/**
 * A text whose commands work when they are typed as they stand there: whoever named a folder gets it in
 * each of them. A folder named by TEGATA_HOME stays named by itself.
 */
export function withHome(text: string, home: string | null): string {
  if (home === null || home === "") return text;
  return text.replace(/(?<![\w/.=-])tegata ([a-z][a-z-]*)/g, (said, name: string) =>
    ofCompany.has(name) ? `tegata --home ${shellWord(home)} ${name}` : said,
  );
}
