import { createSigner, type PublicKey, verifySignature } from "@tegata/ledger/primitives";
import type { VerifySignature } from "../src/index.ts";

/** How simulated members sign: member i has the i-th key, and the keys are in order. */
export interface Signing {
  readonly keys: readonly PublicKey[];
  sign(member: number, message: () => Uint8Array): Uint8Array;
  readonly verify: VerifySignature;
}

/** Signatures that only name their signer: as good as real ones where nobody has to break them. */
export function namedSigning(members: number): Signing {
  const indexes = Array.from({ length: members }, (_, index) => index);
  const keys = indexes.map((index) => index.toString(16).padStart(64, "0") as PublicKey);
  const memberOf = new Map(keys.map((key, index) => [key, index]));
  const signatures = indexes.map((index) => new Uint8Array(64).fill(index + 1));
  return {
    keys,
    sign: (member) => signatures[member] as Uint8Array,
    verify: (key, _message, signature) => signature[0] === (memberOf.get(key) ?? -1) + 1,
  };
}

/** Real Ed25519 signatures, for fewer seeds. */
export function realSigning(members: number): Signing {
  const signers = Array.from({ length: members }, (_, index) =>
    createSigner(new Uint8Array(32).fill(index + 1)),
  ).sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
  return {
    keys: signers.map(({ publicKey }) => publicKey),
    sign: (member, message) => signers[member]?.sign(message()) ?? new Uint8Array(64),
    verify: verifySignature,
  };
}
