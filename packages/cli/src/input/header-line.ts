import type { Delimiter } from "./csv.ts";
import { readHeader } from "./header.ts";
import { isEmptyWord, isForeignNumber } from "./hints.ts";
import { isTimeText } from "./time-text.ts";

/** Lines at the beginning of a file in which its header may stand. */
export const headerLineMax = 30;
/** Lines that tell how many cells a row has. */
const lineCountMax = 200;

/**
 * The line of the header, from 1: reports begin with titles, empty lines and remarks above their table.
 * A later line than the first is believed when it names every one of the `known` fields; else when it is
 * as wide as the rows, has names only, only narrow lines stand above it and values below it.
 */
export function findHeaderLine(
  text: string,
  delimiter: Delimiter,
  known: readonly string[] | null,
): number {
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .slice(0, lineCountMax);
  const rows = lines.map((line) => cellsOf(line, delimiter));
  return (known === null ? null : lineNaming(known, rows)) ?? lineAbove(rows) ?? 1;
}

/** Cells of one line without their quotes; null where a quote goes on in the next line. */
function cellsOf(line: string, delimiter: Delimiter): readonly string[] | null {
  if ((line.split('"').length - 1) % 2 === 1) return null;
  const cells: string[] = [];
  let open = "";
  for (const piece of line.split(delimiter)) {
    open += open === "" ? piece : delimiter + piece;
    if ((open.split('"').length - 1) % 2 === 1) continue;
    cells.push(
      open
        .trim()
        .replace(/^"(.*)"$/s, "$1")
        .trim(),
    );
    open = "";
  }
  return cells;
}

function lineNaming(
  known: readonly string[],
  rows: readonly (readonly string[] | null)[],
): number | null {
  for (const [index, cells] of rows.slice(0, headerLineMax).entries()) {
    if (cells === null) return null;
    const names = new Set(cells.flatMap((cell) => [cell, readHeader(cell).name]));
    if (known.every((name) => names.has(name))) return index + 1;
  }
  return null;
}

function lineAbove(rows: readonly (readonly string[] | null)[]): number | null {
  const width = widthOf(rows);
  if (width < 2) return null;
  for (const [index, cells] of rows.slice(0, headerLineMax).entries()) {
    if (cells === null) return null;
    const filled = cells.filter((cell) => cell !== "");
    if (filled.length === width && cells.length === width) {
      const isFirst = rows.slice(0, index).every((above) => above !== null && isBlank(above));
      return isFirst || (isNames(cells) && hasValues(rows.slice(index + 1), width))
        ? index + 1
        : null;
    }
    if (filled.length > Math.max(1, width / 2)) return null;
  }
  return null;
}

/** How many cells most rows have; titles and empty lines have one and do not count. */
function widthOf(rows: readonly (readonly string[] | null)[]): number {
  const counts = new Map<number, number>();
  for (const cells of rows) {
    if (cells === null || cells.length < 2) continue;
    counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return most?.[0] ?? 1;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === "");
}

function isNames(cells: readonly string[]): boolean {
  return new Set(cells).size === cells.length && !cells.some(isValue);
}

function hasValues(below: readonly (readonly string[] | null)[], width: number): boolean {
  const first = below.find((cells) => cells !== null && cells.length === width && !isBlank(cells));
  return first?.some((cell) => cell !== "" && isValue(cell)) ?? false;
}

function isValue(cell: string): boolean {
  const isNumber = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(cell);
  return (
    isNumber || isForeignNumber(cell) || isTimeText(cell) || (cell !== "" && isEmptyWord(cell))
  );
}
