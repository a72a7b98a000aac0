/** Bounds of drawings on a terminal. */
export const chartLimits = {
  /** Columns that one `query --plot` draws. */
  plotFieldsMax: 8,
  /** Pieces of time by which a column is kept, however many rows it has. */
  piecesMax: 4_096,
  /** Columns of characters of a drawing, however wide the terminal is. */
  plotColumnsMax: 200,
} as const;
