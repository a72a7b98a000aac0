import { readFile } from "node:fs/promises";
import { CollectError, reasonOf } from "./errors.ts";
import { writeWhole } from "./place.ts";
import { newSpoolId } from "./spool.ts";

/** How far a spool was handed over; written whole at each step. */
export interface Cursor<Memo> {
  /** Name of the spool in the keys of its submissions. */
  readonly spool: string;
  /** Offset behind what the gateway has. */
  readonly next: number;
  /** Offset up to which a submission may be on its way; the same entries go again with the same key. */
  readonly sending: number | null;
  /** What a source has to know about everything before `next`. */
  readonly memo: Memo;
}

/**
 * Reads a cursor, or begins one.
 * @throws COLLECT_STATE_DAMAGED
 */
export async function readCursor<Memo>(path: string, initial: Memo): Promise<Cursor<Memo>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (reasonOf(error) !== "ENOENT") throw error;
    const cursor = { spool: newSpoolId(), next: 0, sending: null, memo: initial };
    await writeCursor(path, cursor);
    return cursor;
  }
  try {
    const cursor = JSON.parse(text) as Cursor<Memo>;
    if (typeof cursor.spool === "string" && Number.isSafeInteger(cursor.next)) return cursor;
  } catch {
    // Said below: without it nobody knows what was handed over.
  }
  throw new CollectError("COLLECT_STATE_DAMAGED", { path });
}

/** Durable when it resolves. */
export async function writeCursor<Memo>(path: string, cursor: Cursor<Memo>): Promise<void> {
  await writeWhole(path, `${JSON.stringify(cursor)}\n`);
}
