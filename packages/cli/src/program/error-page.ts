import { exitCodeOf } from "../print/exit-codes.ts";
import { words } from "../words/catalogue.ts";

const row = /^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \| (.*?) \|$/;

/** Codes that a table of docs/ERRORS.md names. */
export function errorCodesOf(table: string): readonly string[] {
  return table.split("\n").flatMap((line) => row.exec(line)?.[1] ?? []);
}

/** Meaning, remedy and exit code of an error code, from the table; null for an unknown code. */
export function errorPage(code: string, table: string): readonly string[] | null {
  for (const line of table.split("\n")) {
    const [, name, meaning = "", remedy = ""] = row.exec(line) ?? [];
    if (name !== code) continue;
    const { usage } = words();
    return [
      code,
      "",
      `  ${usage.meaningLabel}  ${plain(meaning)}`,
      `  ${usage.remedyLabel}  ${plain(remedy)}`,
      `  ${usage.exitLabel}  ${exitCodeOf(code, null)}`,
    ];
  }
  return null;
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}
