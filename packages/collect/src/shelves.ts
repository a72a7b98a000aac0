import { lstat, mkdir, open, rename } from "node:fs/promises";
import { extname, join } from "node:path";
import { CollectError, reasonOf } from "./errors.ts";
import { isSame, type SettledFile } from "./folder.ts";
import { syncFolder } from "./place.ts";

/** Folders within a watched one: what was published, and what was not. */
export type Shelf = "done" | "refused";

const byteOrderMark = "\ufeff";
const namesMax = 10_000;

/**
 * Makes both folders.
 * @throws COLLECT_FOLDER_UNUSABLE
 */
export async function makeShelves(folder: string): Promise<void> {
  try {
    if (!(await lstat(folder)).isDirectory()) throw new Error("ENOTDIR");
    for (const shelf of ["done", "refused"] as const) await makeShelf(folder, shelf);
  } catch (error) {
    throw new CollectError("COLLECT_FOLDER_UNUSABLE", { folder, reason: reasonOf(error) }, error);
  }
}

/** Where a file goes. `whatever`: even where it is no longer what was read. */
export interface Shelving {
  readonly shelf: Shelf;
  /** What a person reads beside it; null: nothing is to be said. */
  readonly text: readonly string[] | null;
  readonly whatever: boolean;
}

/**
 * Moves a file and gives its new name below the folder; null when it is gone or, unless whatever stands
 * there is meant, is another one than was read.
 */
export async function shelve(
  folder: string,
  file: SettledFile,
  { shelf, text, whatever }: Shelving,
): Promise<string | null> {
  const { name, path } = file;
  const place = await makeShelf(folder, shelf);
  const free = await freeName(place, name);
  if (whatever ? !(await isTaken(path)) : !(await isThere(file))) return null;
  // The text comes first: a crash in between leaves a text without its file, never the other way round.
  if (text !== null) await writeNote(join(place, `${free}.txt`), text);
  await rename(path, join(place, free));
  await syncFolder(place);
  return `${shelf}/${free}`;
}

/** Writes a text that opens in every editor of every Windows. */
export async function writeNote(path: string, lines: readonly string[]): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(`${byteOrderMark}${lines.join("\r\n")}\r\n`, "utf8");
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Whether a file is still there and, by size and time of change, still what was read. */
export async function isThere(file: SettledFile): Promise<boolean> {
  try {
    const { size, mtimeMs } = await lstat(file.path);
    return isSame(file, { ...file, sizeBytes: size, mtimeMs });
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Never makes the folder itself: one that vanished, as a share does, must not be made anew. */
async function makeShelf(folder: string, shelf: Shelf): Promise<string> {
  const place = join(folder, shelf);
  await mkdir(place).catch((error: unknown) => {
    if (reasonOf(error) !== "EEXIST") throw error;
  });
  return place;
}

/** Whether something stands under the name of a file that is not what was read. */
export async function isOther(file: SettledFile): Promise<boolean> {
  return (await isTaken(file.path)) && !(await isThere(file));
}

/** `readings.csv`, else `readings-2.csv` and so on. */
async function freeName(place: string, name: string): Promise<string> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; number < namesMax; number += 1) {
    const wanted = number === 1 ? name : `${stem}-${number}${ending}`;
    if (!(await isTaken(join(place, wanted)))) return wanted;
  }
  return `${stem}-${Date.now()}${ending}`;
}

async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
