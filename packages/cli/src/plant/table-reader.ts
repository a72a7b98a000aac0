import type { PlantTable, TableReader, TableReading } from "@tegata/gateway";
import { explainProblem, refusalOf } from "./refusal.ts";

/** Reads files of rows for machines of the plant; what reading takes is loaded with the first file. */
export const tableReader: TableReader = Object.freeze({
  read: async (table: PlantTable): Promise<TableReading> => {
    const { rowsOfTable } = await import("./rows-of-table.ts");
    try {
      return { ok: true, rows: await rowsOfTable(table) };
    } catch (error) {
      return refusalOf(error);
    }
  },
  explain: explainProblem,
});
