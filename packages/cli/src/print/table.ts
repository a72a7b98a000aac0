import { printable } from "./printable.ts";
import { displayWidth, pad, truncate } from "./width.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Never cut while another column can be: what would be lost tells the rows apart. */
  readonly isWhole?: boolean;
}

/** Where a table goes. `widthMax`: columns of the terminal, or null where nothing is cut. */
export interface TableOptions {
  readonly widthMax: number | null;
  /** Dresses the titles, for example in bold; must not change their width. */
  readonly dress: (text: string) => string;
}

const gap = "  ";
/** A column is not squeezed below this. */
const columnWidthMin = 6;

/** Lines of an aligned table, titles first, without spaces at the ends of lines. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string[] {
  const table = fitTable(columns, rows, options.widthMax);
  return [options.dress(table.titles), ...rows.map(table.line)];
}

/** A table whose widths are settled; rows to come are cut to them where the table has a limit. */
export interface Table {
  readonly titles: string;
  line(row: readonly string[]): string;
}

/** Settles the widths of a table by its titles and first rows. */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widthMax: number | null,
): Table {
  const titles = columns.map(({ title }) => title);
  const natural = columns.map(() => 0);
  for (const row of [titles, ...rows]) {
    for (const [index, width] of natural.entries()) {
      natural[index] = Math.max(width, displayWidth(printable(row[index] ?? "")));
    }
  }
  const whole = columns.map(({ isWhole = false }) => isWhole);
  const widths = fit(natural, whole, widthMax);
  const line = (row: readonly string[]): string => {
    const cells = columns.map(({ align }, index) => {
      const width = widths[index] ?? 0;
      const cell = printable(row[index] ?? "");
      return pad(widthMax === null ? cell : truncate(cell, width), width, align);
    });
    return cells.join(gap).trimEnd();
  };
  return { titles: line(titles), line };
}

/** Width of a line in which no cell is cut. */
export function widthOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => {
    return lines.reduce(
      (max, line) => Math.max(max, displayWidth(printable(line[index] ?? ""))),
      0,
    );
  });
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}

/**
 * Takes from the widest columns until the line fits or every column is at its minimum; from those that are to
 * stay whole only when the others have nothing left.
 */
function fit(
  widths: readonly number[],
  whole: readonly boolean[],
  widthMax: number | null,
): readonly number[] {
  if (widthMax === null) return widths;
  const fitted = [...widths];
  const gaps = gap.length * (fitted.length - 1);
  let excess = fitted.reduce((sum, width) => sum + width, 0) + gaps - widthMax;
  for (const isWhole of [false, true]) {
    const group = fitted.flatMap((_, index) => (whole[index] === isWhole ? [index] : []));
    while (excess > 0 && group.length > 0) {
      const widest = group.reduce((a, b) => ((fitted[b] ?? 0) > (fitted[a] ?? 0) ? b : a));
      if ((fitted[widest] ?? 0) <= columnWidthMin) break;
      fitted[widest] = (fitted[widest] ?? 0) - 1;
      excess -= 1;
    }
  }
  return fitted;
}
