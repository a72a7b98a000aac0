import { exitCodeOf } from "../print/exit-codes.ts";
import { words } from "../words/catalogue.ts";

const row = /^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \| (.*?) \|$/;

/** Codes that a table of docs/ERRORS.md names. */
export function errorCodesOf(table: string): readonly string[] {
  return table.split("\n").flatMap((line) => row.exec(line)?.[1] ?? []);
}

/**
 * What a code means and what to do, in the words of the catalogue or else of a table of docs/ERRORS.md;
 * null for a code that neither names.
 */
export function errorMeaning(
  code: string,
  table: string,
): { readonly meaning: string; readonly remedy: string } | null {
  const page = words().codePage(code);
  if (page !== null) return { meaning: page[0], remedy: page[1] };
  for (const line of table.split("\n")) {
    const [, name, meaning = "", remedy = ""] = row.exec(line) ?? [];
    if (name === code) return { meaning: plain(meaning), remedy: plain(remedy) };
  }
  return null;
}

/** Meaning, remedy and exit code of an error code, from the table; null for an unknown code. */
export function errorPage(code: string, table: string): readonly string[] | null {
  const said = errorMeaning(code, table);
  if (said === null) return null;
  const { usage } = words();
  return [
    code,
    "",
    `  ${usage.meaningLabel}  ${said.meaning}`,
    `  ${usage.remedyLabel}  ${said.remedy}`,
    `  ${usage.exitLabel}  ${exitCodeOf(code, null)}`,
  ];
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}
