import { link, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError } from "../errors.ts";
import { exists } from "../founding/home.ts";

/** Between the name of what is being written and the number of the process that writes it. */
const draftMark = ".new-";

/** A page and the folder beside it, while they are being written. */
export interface ReportFiles {
  readonly page: string;
  readonly folder: string;
  /** Where the proofs are written until the page is whole. */
  readonly draftFolder: string;
}

/**
 * Makes a place for a page and its proofs.
 * @throws CLI_FILE_NOT_WRITTEN where one of them is there already, or cannot be made
 */
export async function openReport(page: string): Promise<ReportFiles> {
  const stem = basename(page).replace(/\.html?$/i, "");
  const folder = join(dirname(page), `${stem}-proofs`);
  for (const path of [page, folder]) {
    if (await exists(path)) throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: "EEXIST" });
  }
  await dropForgotten([page, folder]);
  const draftFolder = `${folder}${draftMark}${process.pid}`;
  await written(folder, () => mkdir(draftFolder, { mode: 0o700 }));
  return { page, folder, draftFolder };
}

/**
 * Puts page and proofs where they belong: both or neither, and never over something.
 * @throws CLI_FILE_NOT_WRITTEN
 */
export async function closeReport(files: ReportFiles, text: string): Promise<void> {
  const { page, folder, draftFolder } = files;
  const draft = `${page}${draftMark}${process.pid}`;
  try {
    // Values stand in it in plain: for its owner's eyes, until the owner decides otherwise.
    await written(page, () => writeFile(draft, text, { flag: "wx", mode: 0o600, flush: true }));
    await written(folder, () => rename(draftFolder, folder));
    await written(page, () => place(draft, page)).catch(async (error) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes away what was begun. */
export async function dropReport({ draftFolder }: ReportFiles): Promise<void> {
  await rm(draftFolder, { recursive: true, force: true });
}

/** Takes away what runs that were killed had begun at this place: values stand in it in plain. */
async function dropForgotten(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const mark = `${basename(path)}${draftMark}`;
    const names = await readdir(dirname(path)).catch(() => []);
    for (const name of names) {
      const pid = name.startsWith(mark) ? name.slice(mark.length) : "";
      if (!/^[1-9]\d{0,9}$/.test(pid) || isAlive(Number(pid))) continue;
      await rm(join(dirname(path), name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** A second name never replaces a file; where a disk has no second names, nobody else writes there at once. */
async function place(draft: string, page: string): Promise<void> {
  try {
    await link(draft, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    await rename(draft, page);
  }
}

async function written<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    if (reason === "ENOSPC" || reason === "EDQUOT") throw cause;
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
  }
}
