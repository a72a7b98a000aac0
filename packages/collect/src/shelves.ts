import { lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { CollectError, reasonOf } from "./errors.ts";
import { isSame, type SettledFile } from "./folder.ts";
import { syncFolder } from "./place.ts";

/** Folders within a watched one: what was published, and what was not. */
export type Shelf = "done" | "refused";

const noteEnding = ".txt";
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
    if (error instanceof CollectError) throw error;
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
  const isMeant = (): Promise<boolean> => (whatever ? isTaken(path) : isThere(file));
  const free = await freeName(place, name, text === null ? [""] : ["", noteEnding]);
  if (!(await isMeant())) return null;
  // The text comes first: a crash in between leaves a text without its file, never the other way round.
  const note = text === null ? null : join(place, `${free}${noteEnding}`);
  if (text !== null && note !== null) await writeNote(note, text);
  try {
    // Somebody may have put the corrected file there while the text was written.
    const isMoved = note === null || (await isMeant());
    if (isMoved) await rename(path, join(place, free));
    else await rm(note, { force: true });
    if (!isMoved) return null;
  } catch (error) {
    if (note !== null) await rm(note, { force: true });
    throw error;
  }
  await syncFolder(place);
  return `${shelf}/${free}`;
}

/** Writes a text for people about a file that is published, to where refused ones lie. */
export async function leaveNote(
  folder: string,
  name: string,
  lines: readonly string[],
): Promise<void> {
  const place = await makeShelf(folder, "refused");
  await writeNote(join(place, `${await freeName(place, name, [noteEnding])}${noteEnding}`), lines);
}

const listEnding = ".rejects.csv";

/** Writes a list about a file to where refused ones lie, whole or not at all; one of the same name is made anew. */
export async function leaveList(
  folder: string,
  name: string,
  chunks: AsyncIterable<string>,
): Promise<void> {
  const place = await makeShelf(folder, "refused");
  const path = join(place, `${name}${listEnding}`);
  const draft = `${path}.part`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx");
  try {
    for await (const chunk of chunks) await file.appendFile(chunk, "utf8");
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Writes a text that opens in every editor of every Windows; never over what is there, nor through a link. */
async function writeNote(path: string, lines: readonly string[]): Promise<void> {
  const file = await open(path, "wx");
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

/**
 * Never makes the folder itself: one that vanished, as a share does, must not be made anew. A link is no shelf:
 * whoever may write to the folder would choose where files go to.
 * @throws COLLECT_FOLDER_UNUSABLE
 */
async function makeShelf(folder: string, shelf: Shelf): Promise<string> {
  const place = join(folder, shelf);
  await mkdir(place).catch((error: unknown) => {
    if (reasonOf(error) !== "EEXIST") throw error;
  });
  if ((await lstat(place)).isDirectory()) return place;
  throw new CollectError("COLLECT_FOLDER_UNUSABLE", { folder: place, reason: "ENOTDIR" });
}

/** Whether something stands under the name of a file that is not what was read. */
export async function isOther(file: SettledFile): Promise<boolean> {
  return (await isTaken(file.path)) && !(await isThere(file));
}

/** `readings.csv`, else `readings-2.csv` and so on: what is free with each of these behind it. */
async function freeName(place: string, name: string, behind: readonly string[]): Promise<string> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; number < namesMax; number += 1) {
    const wanted = number === 1 ? name : `${stem}-${number}${ending}`;
    const taken = await Promise.all(behind.map((more) => isTaken(join(place, `${wanted}${more}`))));
    if (!taken.includes(true)) return wanted;
  }
  return `${stem}-${Date.now()}${ending}`;
}

/** Whether anything stands under a name. */
export async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
