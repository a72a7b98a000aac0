import { type Cell, fromCell, isAbsent } from "./cells.ts";
import type { Field } from "./schema.ts";

/** Whether the values of a field have heights in a chart. */
export function isNumeric({ type }: Pick<Field, "type">): boolean {
  return type === "integer" || type === "decimal";
}

/** The digits of a cell of a field of numbers; null where it is empty. */
export function valueText(cell: Cell): string | null {
  return cell === null || isAbsent(cell) ? null : fromCell(cell);
}
