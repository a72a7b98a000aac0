import { posix } from "node:path";
import { takeApart } from "./source-text.ts";

/** A name that ends in an underscore is the beginning of a family of codes. */
const errorCode =
  /\b(?:LEDGER|SETTINGS|CONSENSUS|LIGHT|NODE|GATEWAY|COLLECT|CLI)_[A-Z](?:[A-Z0-9_]*[A-Z0-9])?\b/g;
/** Variables of Node itself that look like our codes. */
const nodeVariables = new Set([
  "NODE_COMPILE_CACHE",
  "NODE_DEBUG",
  "NODE_ENV",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_V8_COVERAGE",
]);

/** The sections of docs/ERRORS.md and how the codes of each begin. */
const sections: Readonly<Record<string, string>> = {
  Ledger: "LEDGER_",
  Consensus: "CONSENSUS_",
  "Light verifier": "LIGHT_",
  Settings: "SETTINGS_",
  Node: "NODE_",
  Gateway: "GATEWAY_",
  Collecting: "COLLECT_",
  "Command line": "CLI_",
};

/** Every error code that this source text names outside its comments. */
export function errorCodesIn(text: string): string[] {
  const codes = takeApart(text).withoutComments.match(errorCode) ?? [];
  return [...new Set(codes)].filter((code) => !nodeVariables.has(code));
}

/** Compares the codes of the sources with the rows of docs/ERRORS.md; both must name the same. */
export function errorTableViolations(used: ReadonlySet<string>, table: string): string[] {
  const rows: { readonly code: string; readonly section: string; readonly cells: number }[] = [];
  let section = "";
  for (const line of table.split("\n")) {
    section = /^## (.+?)\s*$/.exec(line)?.[1] ?? section;
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    const code = /^\s*`([A-Z][A-Z0-9_]+)`\s*$/.exec(cells[0] ?? "")?.[1];
    if (code === undefined) continue;
    rows.push({ code, section, cells: cells.filter((cell) => cell.trim() !== "").length });
  }
  const found: string[] = [];
  const documented = new Set<string>();
  for (const { code, section: place, cells } of rows) {
    if (documented.has(code)) found.push(`docs/ERRORS.md: ${code} has two rows`);
    documented.add(code);
    if (!used.has(code)) found.push(`docs/ERRORS.md: ${code} is in no source file`);
    if (cells !== 3) found.push(`docs/ERRORS.md: ${code} needs a meaning and what to do`);
    if (!code.startsWith(sections[place] ?? "?"))
      found.push(`docs/ERRORS.md: ${code} stands under "${place}"`);
  }
  for (const code of used) {
    if (!documented.has(code)) found.push(`docs/ERRORS.md: ${code} is missing`);
  }
  return found;
}

/** Files of the repository that a text names and that do not exist. `path` is from the root. */
export function deadLinks(path: string, text: string, exists: (path: string) => boolean): string[] {
  const named = new Set<string>();
  for (const [, target = ""] of text.matchAll(/(?<![\w./-])(docs\/[\w./-]*\w\.\w+)/g)) {
    named.add(target);
  }
  if (path.endsWith(".md")) {
    for (const [, target = ""] of text.matchAll(/\]\((?!\w+:|#)([^)\s#]+)/g)) {
      named.add(posix.normalize(posix.join(posix.dirname(path), target)));
    }
  }
  return [...named].filter((target) => !exists(target)).map((target) => `${path}: no ${target}`);
}
