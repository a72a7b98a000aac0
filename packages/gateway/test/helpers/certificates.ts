import { decodeMessage, validatorSet, verifyCertificate } from "@tegata/consensus";
import type { CertifiedBlock } from "@tegata/ledger/chain";
import { LedgerError, verifySignature } from "@tegata/ledger/primitives";

/** Whether bytes are a commit certificate by which these validators decided this block. */
export function isCommitCertificateOf(bytes: Uint8Array, decided: CertifiedBlock): boolean {
  try {
    const message = decodeMessage("commit", bytes);
    if (message.kind !== "commit") return false;
    const { certificate } = message;
    if (certificate.blockId !== decided.blockId) return false;
    const { network, era, height } = decided;
    const context = { network, era, height, validators: validatorSet(decided.validators) };
    return verifyCertificate(certificate, context, verifySignature).ok;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}
