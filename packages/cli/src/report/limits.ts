/** Bounds of the page of a report and of what lies beside it. */
export const reportLimits = {
  /** Rows of the table, unless another number is asked for. */
  rowsShown: 100,
  rowsShownMax: 1_000,
  /** Cells of all rows of the table: fewer rows are shown of a stream with many fields. */
  cellsMax: 20_000,
  /** Fields that the table shows. */
  fieldsMax: 64,
  chartsMax: 24,
  /** Characters of a cell, or of a name; the page says how many more there are. */
  textCharactersMax: 300,
  /** Proof files beside the page. */
  proofsMax: 200,
} as const;
