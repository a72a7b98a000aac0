import { open, rm } from "node:fs/promises";
import { CliError } from "../errors.ts";
import type { InputProblem } from "../input/problem.ts";
import { byteOrderMark, csvRow } from "../print/csv.ts";
import { plainText } from "../print/formula.ts";
import { words } from "../words/catalogue.ts";

/** A list of what is left out, in the reader's language, as CSV that opens in a spreadsheet. */
export interface RejectList {
  add(problems: readonly InputProblem[]): Promise<void>;
  /** Closes the file; a list that is not kept is taken away again. */
  end(isKept: boolean): Promise<void>;
}

/** The first line of a list. */
export function rejectTitles(): string {
  return byteOrderMark + csvRow(words().drafting.rejectTitles);
}

/** A line of a list for each problem of a row. */
export function rejectLines(problems: readonly InputProblem[]): readonly string[] {
  const { problemOf } = words();
  return problems.map((found) => {
    const { expected, next } = problemOf(found);
    const cells = [found.field ?? "", expected, found.got, next].map(plainText);
    return csvRow([`${found.line}`, ...cells]);
  });
}

/** Makes the file of a list. @throws CLI_FILE_NOT_WRITTEN, also for a file that is there already */
export async function openRejects(path: string): Promise<RejectList> {
  const handle = await open(path, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: cause.code ?? "unknown" }, cause);
  });
  await handle.write(rejectTitles());
  return {
    async add(problems) {
      for (const line of rejectLines(problems)) await handle.write(line);
    },
    async end(isKept) {
      await handle.close();
      if (!isKept) await rm(path, { force: true });
    },
  };
}
