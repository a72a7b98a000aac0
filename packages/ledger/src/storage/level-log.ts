import { open } from "node:fs/promises";
import { join } from "node:path";
import { readAt } from "./level-tables.ts";

/** LevelDB's own logs of what it does: of the last time it had a database open, and of the time before. */
const names = ["LOG", "LOG.old"];
/** What it says while it joins tables takes far less. */
const endBytes = 65_536;
/** What it says before it joins tables, and afterwards, whether that went well or not. */
const joining = /^\S+ \S+ (?:(Compacting) \d|compacted to: )/gm;

async function endedJoining(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const end = await readAt(file, Math.max(0, size - endBytes), Math.min(size, endBytes));
    const said = [...Buffer.from(end).toString("latin1").matchAll(joining)];
    return said.at(-1)?.[1] !== undefined;
  } finally {
    await file.close();
  }
}

/**
 * Whether the process ended in the midst of joining tables the last two times that it had a database open. Altered keys
 * in a table end it whenever LevelDB joins that table, which it goes on with as soon as it opens the database again; a
 * kill or a loss of power hits that twice in a row hardly ever.
 * Source: LevelDB, db/db_impl.cc, DoCompactionWork.
 */
export async function diedJoiningTwice(folder: string): Promise<boolean> {
  const paths = names.map((name) => join(folder, name));
  // They only give a hint: one that is missing or cannot be read gives none.
  const ended = await Promise.all(paths.map((path) => endedJoining(path).catch(() => false)));
  return ended.every((one) => one);
}
