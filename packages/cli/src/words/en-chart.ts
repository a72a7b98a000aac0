import { counted } from "../print/human.ts";

/** English words around charts. */
export const enChart = {
  span: (from: string, until: string, zone: string): string =>
    from === until ? `${from} (${zone})` : `${from} to ${until} (${zone})`,
  rows: (rows: number, lowest: string, highest: string): string =>
    `${counted(rows, "row", "rows")} in the picture · lowest ${lowest} · highest ${highest}`,
  missing: (rows: number): string =>
    `${counted(rows, "row has", "rows have")} no value; the line breaks where it can be seen.`,
  beyond: (rows: number): string =>
    `${counted(rows, "value is", "values are")} too large to be drawn.`,
  nothing: (rows: number): string => `Nothing to draw in ${counted(rows, "row", "rows")}.`,
  tooMany: (got: number, most: number) => ({
    text: `--plot cannot draw ${got} fields at once`,
    next: `name at most ${most} fields`,
  }),
};
