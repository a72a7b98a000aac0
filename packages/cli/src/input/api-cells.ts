import type { JsonCell } from "@tegata/gateway/client";
import { type Cell, isAbsent } from "./cells.ts";
import { absent } from "./row.ts";
import type { Field } from "./schema.ts";

/** Cells by field name as the API takes them; absent fields are left out. */
export type JsonCells = Readonly<Record<string, JsonCell>>;

/** The cells of a row for the API. */
export function toJsonCells(
  fields: readonly Pick<Field, "name">[],
  cells: readonly Cell[],
): JsonCells {
  const named: Record<string, JsonCell> = {};
  for (const [index, { name }] of fields.entries()) {
    const cell = cells[index] ?? null;
    if (!isAbsent(cell)) named[name] = toJsonCell(cell);
  }
  return named;
}

/** The cells of a row from the API, in the order of the fields. */
export function fromJsonCells(fields: readonly Pick<Field, "name">[], cells: JsonCells): Cell[] {
  return fields.map(({ name }) => {
    return Object.hasOwn(cells, name) ? fromJsonCell(cells[name] ?? null) : absent;
  });
}

function toJsonCell(cell: Exclude<Cell, readonly []>): JsonCell {
  if (cell === null || typeof cell !== "object") return cell;
  if (cell instanceof Uint8Array) return { bytes: Buffer.from(cell).toString("base64") };
  return { decimal: cell[0] };
}

function fromJsonCell(cell: JsonCell): Cell {
  if (cell === null || typeof cell !== "object") return cell;
  if ("decimal" in cell) return [cell.decimal];
  return new Uint8Array(Buffer.from(cell.bytes, "base64"));
}
