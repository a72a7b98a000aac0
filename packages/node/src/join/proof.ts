import {
  createSigner,
  idBytes,
  type NetworkId,
  type PublicKey,
  signBytes,
  taggedHash,
  verifySignature,
} from "@tegata/ledger/primitives";

/** What the proof of an invitation binds, so that it serves in this conversation and nowhere else. */
export interface ProofScene {
  readonly networkId: NetworkId;
  /** From the listener's greeting. */
  readonly nonce: Uint8Array;
  /** Keys of the encrypted connection at its two ends. */
  readonly listenerKey: PublicKey;
  readonly strangerKey: PublicKey;
}

function proofBytes({ networkId, nonce, listenerKey, strangerKey }: ProofScene): Uint8Array {
  const hash = taggedHash("join", nonce, idBytes(listenerKey), idBytes(strangerKey));
  return signBytes("join", networkId, 0, hash);
}

/** Signs with the seed of an invitation. Source: docs/PROTOCOL.md section 8. */
export function proveInvitation(seed: Uint8Array, scene: ProofScene): Uint8Array {
  return createSigner(seed).sign(proofBytes(scene));
}

/** Whether who sent the signature holds the invitation, in this very conversation. */
export function isInvitationProven(
  invitationKey: PublicKey,
  signature: Uint8Array,
  scene: ProofScene,
): boolean {
  return verifySignature(invitationKey, proofBytes(scene), signature);
}
