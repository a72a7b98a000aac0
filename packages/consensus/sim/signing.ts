import { createSigner, type PublicKey, verifySignature } from "@tegata/ledger/primitives";
import type { VerifySignature } from "../src/index.ts";

/** How simulated members sign: member i has the i-th key, and the keys are in order. */
export interface Signing {
  readonly keys: readonly PublicKey[];
  sign(member: number, message: () => Uint8Array): Uint8Array;
  readonly verify: VerifySignature;
}

/** The signed hash is the end of what is signed. */
const hashBytes = 32;

/**
 * Signatures that name their signer and what was signed: nobody breaks them, and one taken from
 * elsewhere does not fit.
 */
export function namedSigning(members: number): Signing {
  const indexes = Array.from({ length: members }, (_, index) => index);
  const keys = indexes.map((index) => index.toString(16).padStart(64, "0") as PublicKey);
  const memberOf = new Map(keys.map((key, index) => [key, index]));
  return {
    keys,
    sign: (member, message) => {
      const signature = new Uint8Array(64);
      signature[0] = member + 1;
      signature.set(message().subarray(-hashBytes), hashBytes);
      return signature;
    },
    verify: (key, message, signature) => {
      if (signature[0] !== (memberOf.get(key) ?? -1) + 1) return false;
      const start = message.length - hashBytes;
      for (let at = 0; at < hashBytes; at += 1) {
        if (message[start + at] !== signature[hashBytes + at]) return false;
      }
      return true;
    },
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
