import type { Edit } from "./plan.ts";

/** What people, spreadsheets and machines write where a value should stand. */
const oddities: readonly string[] = [
  "",
  " ",
  '"',
  '""',
  ",",
  ";",
  "\t",
  "|",
  "\r",
  "\n",
  "\r\n",
  "\u0000",
  "\ufeff",
  "\u202e",
  "#N/A",
  "#DIV/0!",
  "NaN",
  "Infinity",
  "-",
  "1,5",
  "1.234.567,89",
  "１２３",
  "1e999",
  "0x10",
  "007",
  "9".repeat(400),
  "2026-02-30T25:61:61Z",
  "令和8年11月22日",
  "45987.5",
  "__proto__",
  "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
  "&b;",
  "<a>",
  "</a>",
  "[",
  "{",
  "}",
  "=",
  "x".repeat(70_000),
];

type Change = (lines: readonly string[], at: number, edit: Edit) => readonly string[];

/** The line in pieces as its separators cut it, separators kept. */
function piecesOf(line: string): readonly string[] {
  return line.split(/([,;|\t=<>{}[\]" ])/);
}

function oddity(edit: Edit): string {
  return oddities[edit.amount % oddities.length] as string;
}

function withLine(lines: readonly string[], at: number, line: string): readonly string[] {
  return lines.toSpliced(at, 1, line);
}

const changes: readonly Change[] = [
  (lines, at, edit) => {
    const pieces = piecesOf(lines[at] ?? "");
    return withLine(
      lines,
      at,
      pieces.toSpliced(edit.what % pieces.length, 1, oddity(edit)).join(""),
    );
  },
  (lines, at, edit) => {
    const pieces = piecesOf(lines[at] ?? "");
    return withLine(lines, at, pieces.toSpliced(edit.what % pieces.length, 1).join(""));
  },
  (lines, at, edit) => {
    const line = lines[at] ?? "";
    const index = edit.amount % (line.length + 1);
    return withLine(lines, at, line.slice(0, index) + oddity(edit) + line.slice(index));
  },
  (lines, at) => lines.toSpliced(at, 1),
  (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ""),
  (lines, at, edit) => lines.toSpliced(at, 0, lines[edit.amount % lines.length] ?? ""),
  (lines, at, edit) => withLine(lines, at, (lines[at] ?? "").slice(0, edit.amount % 200)),
];

/** One change of a text, line by line and cell by cell. */
export function changeText(text: string, edit: Edit): string {
  const lines = text.split("\n");
  const change = changes[edit.what % changes.length] as Change;
  return change(lines, edit.at % lines.length, edit)
    .join("\n")
    .toWellFormed();
}
