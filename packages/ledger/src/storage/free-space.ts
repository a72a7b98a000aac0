import { statfs } from "node:fs/promises";
import { LedgerError } from "../primitives/index.ts";

/**
 * Bytes that this process may still write to the disk of a folder. A node stops voting at a floor well
 * above zero, so that it never meets a full disk in the middle of a write.
 * @throws LEDGER_STORE_FAILED
 */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const disk = await statfs(folder);
    return disk.bavail * disk.bsize;
  } catch (error) {
    const message = `the disk does not tell its free space for ${folder}`;
    throw new LedgerError("LEDGER_STORE_FAILED", message, { folder, operation: "measure" }, error);
  }
}
