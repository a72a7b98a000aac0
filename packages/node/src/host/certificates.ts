import {
  type CommitCertificate,
  decodeMessage,
  encodeMessage,
  type ValidatorSet,
} from "@tegata/consensus";
import type { CertifiedHeight } from "@tegata/ledger/chain";
import { LedgerError } from "@tegata/ledger/primitives";

/** Commit certificate as it lies on the disk and in the next block. */
export function certificateBytes(certificate: CommitCertificate): Uint8Array {
  return encodeMessage({ kind: "commit", certificate });
}

/** Reads a commit certificate; null for anything else. */
export function readCertificate(bytes: Uint8Array): CommitCertificate | null {
  try {
    const message = decodeMessage("commit", bytes);
    return message.kind === "commit" ? message.certificate : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** What a verified certificate proves to the rules of the ledger. */
export function provenBy(
  certificate: CommitCertificate,
  validators: ValidatorSet,
): CertifiedHeight {
  const { round, signatures } = certificate;
  return { round, voters: signatures.flatMap(([voter]) => validators[voter]?.member ?? []) };
}
