import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** More than one compaction of a small database makes. */
const tables = 24;

/**
 * Has LevelDB fail wherever it begins a new table in a folder, as on a full disk, while its log can still be
 * written; what is given back ends it.
 */
export function blockTables(folder: string): () => void {
  const numbers = readdirSync(folder).map((name) => Number(/\d+/.exec(name)?.[0] ?? 0));
  const last = Math.max(...numbers);
  const names = Array.from({ length: tables }, (_, index) => {
    return join(folder, `${String(last + 1 + index).padStart(6, "0")}.ldb`);
  });
  for (const name of names) mkdirSync(name);
  return () => {
    for (const name of names) rmdirSync(name);
  };
}
