/** Bounds of the page of a report and of what lies beside it. */
export const reportLimits = {
  /** Rows of the table, unless another number is asked for. */
  rowsShown: 100,
  rowsShownMax: 1_000,
  /** Cells of all rows: fewer are shown where there are many fields. With the longest texts 50 MB of page. */
  cellsMax: 20_000,
  /** Fields that the table shows. */
  fieldsMax: 64,
  chartsMax: 24,
  /** Steps of a chart, however many rows there are; each shows its lowest and its highest value. */
  chartSteps: 320,
  /** Characters of a cell, or of a name; the page says how many more there are. */
  textCharactersMax: 300,
  /** Proof files beside the page. */
  proofsMax: 200,
} as const;
