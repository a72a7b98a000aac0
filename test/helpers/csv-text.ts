/** A CSV file taken apart by other code than the one under test. */
export interface CsvText {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Takes a text in the form of RFC 4180 apart, with LF or CRLF. */
export function readCsvText(text: string): CsvText {
  const [columns = [], ...rows] = [...records(text.replace(/^\ufeff/, ""))];
  return { columns, rows };
}

/** The cells of one column from top to bottom. */
export function columnOf({ columns, rows }: CsvText, column: string): readonly string[] {
  const index = columns.indexOf(column);
  if (index === -1) throw new Error(`no column ${column} among ${columns.join(", ")}`);
  return rows.map((row) => row[index] ?? "");
}

function* records(text: string): Generator<readonly string[]> {
  // A quoted cell, or a plain one; then what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (found === null) throw new Error(`no CSV at character ${at}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    yield row;
    row = [];
  }
  if (row.length > 0) yield [...row, ""];
}
