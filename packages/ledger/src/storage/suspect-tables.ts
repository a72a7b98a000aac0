import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LedgerError } from "../primitives/index.ts";
import { isTableFileWhole, type TableCheck, tableFiles } from "./level-tables.ts";
import { syncFolder } from "./store-folder.ts";

/** With this behind its name LevelDB takes a table for missing, and leaves the file alone. */
const suffix = ".suspect";
const suspectName = /^\d+\.(?:ldb|sst)\.suspect$/;

/** LevelDB leaves a file of such a name alone. Lines: tables that were compared in full since it is there. */
const markName = "SUSPECT";

/**
 * Leaves a mark that LevelDB met damage, or died of it, which it reads again whenever it goes on: every byte of the
 * tables is to be compared. A disk may refuse even that.
 */
export function markSuspect(folder: string): void {
  try {
    writeFileSync(join(folder, markName), "", { mode: 0o600, flag: "a" });
    syncFolder(folder);
  } catch {
    // Then it is met again, and so is this.
  }
}

/** Notes a table that is whole: an opening that is cut short by a supervisor leaves the next one less to compare. */
function noteWhole(folder: string, line: string): void {
  try {
    appendFileSync(join(folder, markName), line);
  } catch {
    // Then it is compared once more.
  }
}

function notedWhole(folder: string): ReadonlySet<string> {
  try {
    return new Set(readFileSync(join(folder, markName), "latin1").split("\n"));
  } catch {
    return new Set();
  }
}

function suspectsIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((one) => (one.isFile() && suspectName.test(one.name) ? [one.name] : []));
}

/**
 * Gives tables that an opening moved aside their names again, whether that opening failed or was killed. Where a table
 * has the name meanwhile, LevelDB wrote it: the number was free, so the one aside never belonged to the database.
 */
export function putTablesBack(folder: string): void {
  const names = readdirSync(folder);
  const suspects = suspectsIn(folder);
  for (const name of suspects) {
    const former = name.slice(0, -suffix.length);
    if (names.includes(former)) rmSync(join(folder, name));
    else renameSync(join(folder, name), join(folder, former));
  }
  if (suspects.length > 0) syncFolder(folder);
}

/**
 * Names of the tables that are not as they were written, as far as `check` says, or in full where the database is
 * marked. @throws what the system refuses
 */
export async function findSuspectTables(
  folder: string,
  check: TableCheck,
): Promise<readonly string[]> {
  const isMarked = existsSync(join(folder, markName));
  const noted = notedWhole(folder);
  const suspects: string[] = [];
  for (const { name, identity } of tableFiles(folder)) {
    const line = `${name} ${identity}`;
    if (noted.has(line)) continue;
    const isWhole = await isTableFileWhole(join(folder, name), isMarked ? "all" : check);
    if (!isWhole) suspects.push(name);
    else if (isMarked) noteWhole(folder, `${line}\n`);
  }
  return suspects;
}

/**
 * Moves tables out of LevelDB's sight before it opens a database: it would read them at once where a compaction is due,
 * and a wrong length in one ends the process. LevelDB alone knows which belong to the database: it refuses to open
 * without one of those, unless something else has its number, and never misses what a crash left half written.
 * @throws LEDGER_STORE_DAMAGED, what the system refuses
 */
export function moveTablesAside(folder: string, tables: readonly string[]): void {
  const names = readdirSync(folder);
  for (const table of tables) {
    const number = table.slice(0, table.indexOf(".") + 1);
    const other = names.find((name) => name.startsWith(number) && name !== table);
    if (other === undefined) continue;
    const what = `${table} of the database in ${folder}`;
    const message = `${what} is not as it was written, and ${other} has its number`;
    throw new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null });
  }
  for (const table of tables) renameSync(join(folder, table), join(folder, `${table}${suffix}`));
  // Their numbers may be given anew: the names of new tables must not last without these.
  syncFolder(folder);
}

/** Removes what LevelDB did not miss when it opened the database, as it would have done itself, and the mark. */
export function removeSuspectTables(folder: string): void {
  for (const name of suspectsIn(folder)) rmSync(join(folder, name));
  rmSync(join(folder, markName), { force: true, recursive: true });
}
