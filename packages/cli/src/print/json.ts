import { type Cell, isAbsent, isDecimal } from "../input/cells.ts";

// What JSON takes as a number; a decimal such as 007 goes out as text.
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** JSON of one cell: decimals keep every digit they were written with. */
export function jsonCell(cell: Cell): string {
  if (cell === null || isAbsent(cell)) return "null";
  if (isDecimal(cell)) return jsonNumber.test(cell[0]) ? cell[0] : JSON.stringify(cell[0]);
  if (cell instanceof Uint8Array) return JSON.stringify(Buffer.from(cell).toString("base64"));
  return JSON.stringify(cell);
}

/** A row as one JSON object in the order of its keys; absent cells are left out. */
export function jsonRow(keys: readonly string[], cells: readonly Cell[]): string {
  const members = keys.flatMap((key, index) => {
    const cell = cells[index] ?? null;
    return isAbsent(cell) ? [] : [`${JSON.stringify(key)}:${jsonCell(cell)}`];
  });
  return `{${members.join(",")}}`;
}
