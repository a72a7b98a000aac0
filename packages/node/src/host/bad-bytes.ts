import {
  type Block,
  certificateHashOf,
  evidenceRootOf,
  transactionsRootOf,
} from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";

/** Whether an error says that somebody else's bytes are not what they should be. */
export function isBadBytes(error: unknown): error is LedgerError {
  return error instanceof LedgerError && error.code.split("_")[1] !== "STORE";
}

/** Whether header and body belong together; a block's id covers the header alone. */
export function hasItsBody(block: Block): boolean {
  const { header } = block;
  return (
    header.transactionsRoot === transactionsRootOf(block.transactions.map(({ id }) => id)) &&
    header.previousCertificateHash === certificateHashOf(block.previousCertificate) &&
    header.evidenceRoot === evidenceRootOf(block.evidence)
  );
}
