import { type CommitCertificate, decodeMessage, verifyCertificate } from "@tegata/consensus";
import { type CertifiedBlock, limits, type Validator } from "@tegata/ledger/chain";
import { type Refusal, refuse, verifySignature } from "@tegata/ledger/primitives";
import type { LightRefusal } from "./refusal.ts";
import { readOrNull } from "./strict.ts";

/** Who decided a block, or why its certificate does not show that anybody did. */
export type CommitVerdict =
  | { readonly ok: true; readonly signers: readonly Validator[] }
  | Refusal<LightRefusal>;

function readCommit(certificate: Uint8Array): CommitCertificate | null {
  if (certificate.length > limits.certificateBytesMax) return null;
  const message = readOrNull(() => decodeMessage("commit", certificate));
  return message?.kind === "commit" ? message.certificate : null;
}

/**
 * Whether the bytes are a commit certificate for the block by a quorum of its validators, which stand
 * ascending by key. It counts whole or not at all: one vote that is foreign, suspended, repeated or
 * badly signed spoils it. Never throws for what is in the bytes.
 * Source: docs/protocol-consensus.md, section 6.2.
 */
export function verifyCommit(certificate: Uint8Array, decided: CertifiedBlock): CommitVerdict {
  const commit = readCommit(certificate);
  if (commit === null) return refuse("LIGHT_CERTIFICATE_FORMAT");
  if (commit.blockId !== decided.blockId) {
    return refuse("LIGHT_CERTIFICATE_BLOCK", { expected: decided.blockId, actual: commit.blockId });
  }
  const verdict = verifyCertificate(commit, decided, verifySignature);
  if (!verdict.ok) return refuse("LIGHT_CERTIFICATE_VOTES", { reason: verdict.code });
  const signed = new Set(commit.signatures.map(([voter]) => voter));
  return { ok: true, signers: decided.validators.filter((_, index) => signed.has(index)) };
}
