import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../founding/home.ts";

/** A backup older than this is worth a word. */
export const backupAgeMsMax = 48 * 3_600_000;

/** The last backup that was made of a home folder. */
export interface LastBackup {
  readonly timeMs: number;
  readonly path: string;
  readonly bytes: number;
}

function place(home: string): string {
  return join(home, "backup-last");
}

/** Keeps when the last backup was made. */
export async function noteBackup(home: string, last: LastBackup): Promise<void> {
  await writeWhole(place(home), `${JSON.stringify(last)}\n`);
}

/** The last backup, or null where none was made. */
export async function lastBackup(home: string): Promise<LastBackup | null> {
  try {
    const last = JSON.parse(await readFile(place(home), "utf8")) as Partial<LastBackup>;
    return typeof last.timeMs === "number" ? (last as LastBackup) : null;
  } catch {
    return null;
  }
}
