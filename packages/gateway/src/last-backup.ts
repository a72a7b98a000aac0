import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * When the last backup of this home folder was made, seconds since the Unix epoch; 0 where none was. The command
 * that makes backups leaves the file.
 */
export async function lastBackupSeconds(home: string): Promise<number> {
  try {
    const text = await readFile(join(home, "backup-last"), "utf8");
    const { timeMs } = JSON.parse(text) as { readonly timeMs?: unknown };
    return typeof timeMs === "number" && Number.isFinite(timeMs) ? timeMs / 1_000 : 0;
  } catch {
    return 0;
  }
}
