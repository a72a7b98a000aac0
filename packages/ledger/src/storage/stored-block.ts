import {
  type Block,
  certificateHashOf,
  decodeBlock,
  evidenceRootOf,
  transactionsRootOf,
} from "../chain/block.ts";
import { type BlockId, LedgerError } from "../primitives/index.ts";

/** Whether header and body of a block belong together, so that its id stands for all of its bytes. */
function isWhole(block: Block): boolean {
  const { header } = block;
  return (
    header.transactionsRoot === transactionsRootOf(block.transactions.map(({ id }) => id)) &&
    header.previousCertificateHash === certificateHashOf(block.previousCertificate) &&
    header.evidenceRoot === evidenceRootOf(block.evidence)
  );
}

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
  if (block.id !== id || block.header.height !== height || !isWhole(block)) {
    throw damagedAt(height, "block");
  }
  return block;
}
