/** The lines of a small log of a press, as its control would write them; nobody measured them. */
export interface PressLog {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The file. */
  readonly csv: string;
}

/** Words that stand in a {@link pressLog} and nowhere else. */
export const pressWords = {
  operator: "Yamashita Kaoru",
  operatorInJapanese: "山下 薫（夜勤）",
  remark: 'die "B7", left edge burred',
  part: "PX-88123-ZQ",
} as const;

const columns = ["ts", "part", "force [kN]", "stroke [mm]", "scrap", "operator", "remark"];
const operators = [pressWords.operator, pressWords.operatorInJapanese, ""];

/**
 * Rows that follow each other at even steps. Their cells are what a reader may lose on the way: zeros
 * at the end of a number, leading zeros, empty cells, quotes, separators, letters outside ASCII.
 */
export function pressLog(
  startMs: number,
  stepMs: number,
  rowCount: number,
  firstRow = 0,
): PressLog {
  const rows = Array.from({ length: rowCount }, (_, offset) => {
    const index = firstRow + offset;
    return [
      new Date(startMs + index * stepMs).toISOString(),
      index % 3 === 0 ? pressWords.part : `00${index}`,
      `${(400 + ((index * 7919) % 997) / 10).toFixed(2)}`,
      index % 11 === 0 ? "" : `${(index * 31) % 200}.${index % 2 === 0 ? "0" : "50"}`,
      index % 17 === 0 ? "true" : "false",
      operators[index % operators.length] ?? "",
      index % 5 === 0 ? pressWords.remark : "",
    ];
  });
  const csv = [columns, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join("");
  return { columns, rows, csv };
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
