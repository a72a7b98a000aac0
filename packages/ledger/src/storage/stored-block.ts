import { type Block, decodeBlock } from "../chain/block.ts";
import { checkBody } from "../chain/check-block.ts";
import { type BlockId, LedgerError } from "../primitives/index.ts";

/** A committed thing that is lost or altered on the disk. */
export function damagedAt(height: number, what: string): LedgerError<"LEDGER_STORE_DAMAGED"> {
  const message = `${what} of height ${height} is lost or altered on the disk`;
  return new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height });
}

/** Whether an operation failed because the disk gave back something else than was written. */
export function isDamage(error: unknown): error is LedgerError<"LEDGER_STORE_DAMAGED"> {
  return error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED";
}

/**
 * Reads a block from the disk and compares every byte of it with the id it should have: the disk may
 * give back anything.
 * @throws LEDGER_STORE_DAMAGED
 */
export function readStoredBlock(bytes: Uint8Array | null, height: number, id: BlockId): Block {
  if (bytes === null) throw damagedAt(height, "block");
  let block: Block;
  try {
    block = decodeBlock(bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw damagedAt(height, "block");
    throw error;
  }
  if (block.id !== id || block.header.height !== height || !checkBody(block).ok) {
    throw damagedAt(height, "block");
  }
  return block;
}
