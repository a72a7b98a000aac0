import { readFile } from "node:fs/promises";
import { CollectError, reasonOf } from "./errors.ts";
import type { Why } from "./misfits.ts";
import { writeWhole } from "./place.ts";
import { newSpoolId } from "./spool.ts";

/** Rows of one submission on its way that the gateway refused; without them it went again, under another key. */
export interface RefusedRows {
  /** Number of the submission among those of one step. */
  readonly index: number;
  /** Places of the rows in it as it went first, from 0. */
  readonly rows: readonly number[];
  readonly why: Why;
}

/** How far a spool was handed over; written whole at each step. */
export interface Cursor<Memo> {
  /** Name of the spool in the keys of its submissions. */
  readonly spool: string;
  /** Offset behind what the gateway has. */
  readonly next: number;
  /** Offset up to which a submission may be on its way; the same entries go again with the same key. */
  readonly sending: number | null;
  /**
   * What the gateway refused of that, in the order in which it did: on the disk before the rest goes, because a
   * row that was refused for its time would be taken later, and the rest with it a second time.
   */
  readonly refused: readonly RefusedRows[];
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
    const cursor = { spool: newSpoolId(), next: 0, sending: null, refused: [], memo: initial };
    await writeCursor(path, cursor);
    return cursor;
  }
  try {
    const cursor = JSON.parse(text) as Cursor<Memo>;
    const { spool, next, sending, refused = [], memo } = cursor;
    const isPlace = isCount(next) && (sending === null || (isCount(sending) && sending >= next));
    const isRefused = Array.isArray(refused) && refused.every(isRefusedRows);
    if (typeof spool === "string" && isPlace && isRefused && memo !== undefined) {
      return { ...cursor, refused };
    }
  } catch {
    // Said below: without it nobody knows what was handed over.
  }
  throw new CollectError("COLLECT_STATE_DAMAGED", { path });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRefusedRows(value: Partial<RefusedRows> | null): boolean {
  const { index, rows, why } = value ?? {};
  const isPlace = isCount(index) && Array.isArray(rows) && rows.every(isCount);
  return isPlace && typeof why?.said === "string" && typeof why.english === "string";
}

/** Durable when it resolves. */
export async function writeCursor<Memo>(path: string, cursor: Cursor<Memo>): Promise<void> {
  await writeWhole(path, `${JSON.stringify(cursor)}\n`);
}
