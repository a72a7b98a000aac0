import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isTableFileWhole, type TableCheck, tableFiles } from "./level-tables.ts";
import { syncFolder } from "./store-folder.ts";

/** With this behind its name LevelDB takes a table for missing, and leaves the file alone. */
const suffix = ".suspect";
const suspectName = /^\d+\.(?:ldb|sst)\.suspect$/;

function suspectsIn(names: readonly string[]): readonly string[] {
  return names.filter((name) => suspectName.test(name));
}

/**
 * Gives tables that an opening moved aside their names again, whether that opening failed or was killed. Where a table
 * has the name meanwhile, LevelDB wrote it: the number was free, so the one aside never belonged to the database.
 */
export function putTablesBack(folder: string): void {
  const names = readdirSync(folder);
  const suspects = suspectsIn(names);
  for (const name of suspects) {
    const former = name.slice(0, -suffix.length);
    if (names.includes(former)) rmSync(join(folder, name));
    else renameSync(join(folder, name), join(folder, former));
  }
  if (suspects.length > 0) syncFolder(folder);
}

/**
 * Moves the tables that are not as they were written out of LevelDB's sight before it opens a database: it would read
 * them at once where a compaction is due, and a wrong length in one ends the process. LevelDB alone knows which belong
 * to the database: it refuses to open without one of those, and never misses what a crash left half written. Nothing
 * is moved unless all could be read. Gives the former names.
 * @throws what the system refuses
 */
export async function moveSuspectTables(
  folder: string,
  check: TableCheck,
): Promise<readonly string[]> {
  putTablesBack(folder);
  const suspects: string[] = [];
  for (const { name } of tableFiles(folder)) {
    if (!(await isTableFileWhole(join(folder, name), check))) suspects.push(name);
  }
  for (const name of suspects) renameSync(join(folder, name), join(folder, `${name}${suffix}`));
  // Their numbers may be given anew: the names of new tables must not last without these.
  if (suspects.length > 0) syncFolder(folder);
  return suspects;
}

/** Removes what LevelDB did not miss when it opened the database, as it would have done itself. */
export function removeSuspectTables(folder: string): void {
  for (const name of suspectsIn(readdirSync(folder))) rmSync(join(folder, name));
}
