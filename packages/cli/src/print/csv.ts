/** The mark with which spreadsheets recognise UTF-8 (`--bom`). */
export const byteOrderMark = "\ufeff";

const needsQuotes = /[",\r\n]|^\s|\s$/;

/**
 * One row of a CSV file with its line end. Cells come back from any reader as they are; a row of one
 * empty cell is quoted, because a blank line may be passed over.
 * Source: RFC 4180, with LF.
 */
export function csvRow(cells: readonly string[]): string {
  if (cells.length === 1 && cells[0] === "") return '""\n';
  const quoted = cells.map((cell) => {
    return needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  });
  return `${quoted.join(",")}\n`;
}
