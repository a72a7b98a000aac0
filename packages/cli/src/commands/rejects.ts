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

/** Makes the file of a list. @throws CLI_FILE_NOT_WRITTEN, also for a file that is there already */
export async function openRejects(path: string): Promise<RejectList> {
  const { drafting, problemOf } = words();
  const handle = await open(path, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: cause.code ?? "unknown" }, cause);
  });
  await handle.write(byteOrderMark + csvRow(drafting.rejectTitles));
  return {
    async add(problems) {
      for (const found of problems) {
        const { expected, next } = problemOf(found);
        const cells = [found.field ?? "", expected, found.got, next].map(plainText);
        await handle.write(csvRow([`${found.line}`, ...cells]));
      }
    },
    async end(isKept) {
      await handle.close();
      if (!isKept) await rm(path, { force: true });
    },
  };
}
