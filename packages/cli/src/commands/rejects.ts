import { access, open, rm } from "node:fs/promises";
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

/**
 * Makes the file of a list, or goes on in one that says the same as far as it goes: that of a run which was killed.
 * No other file is ever written over. @throws CLI_FILE_NOT_WRITTEN
 */
export async function openRejects(path: string): Promise<RejectList> {
  const failed = (cause: NodeJS.ErrnoException): never => {
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: cause.code ?? "unknown" }, cause);
  };
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  const handle = await open(path, isThere ? "r+" : "wx").catch(failed);
  const { size } = await handle.stat();
  let written = 0;
  const write = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    const known = Buffer.alloc(Math.min(bytes.length, Math.max(0, size - written)));
    await handle.read(known, 0, known.length, written);
    if (!known.equals(bytes.subarray(0, known.length))) throw taken(path);
    await handle.write(bytes, known.length, bytes.length - known.length, written + known.length);
    written += bytes.length;
  };
  try {
    await write(rejectTitles());
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    async add(problems) {
      for (const line of rejectLines(problems)) await write(line);
    },
    async end(isKept) {
      await handle.close();
      if (!isThere && !isKept) await rm(path, { force: true });
      if (isKept && size > written) throw taken(path);
    },
  };
}

function taken(path: string): CliError<"CLI_FILE_NOT_WRITTEN"> {
  return new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: "EEXIST" });
}
