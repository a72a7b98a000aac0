import { createSigner, type PublicKey, verifySignature } from "@tegata/ledger/primitives";
import type { VerifySignature } from "../src/index.ts";

/** Keys one member can have, one after the other. */
const generationsMax = 16;

/** How simulated members sign. */
export interface Signing {
  /** The first key of each member, in the order of members and of keys. */
  readonly keys: readonly PublicKey[];
  /** The consensus key of a member; `generation` counts its replacements from 0. */
  keyOf(member: number, generation: number): PublicKey;
  /** Signs with the first key of a member. */
  sign(member: number, message: () => Uint8Array): Uint8Array;
  /** Signs with the private part of a key, whoever asks. */
  signAs(key: PublicKey, message: () => Uint8Array): Uint8Array;
  readonly verify: VerifySignature;
}

/** Bytes at the end of signed bytes: a hash, whose first bytes tell one message from all others. */
const hashBytes = 32;
const tellingBytes = 6;

/**
 * Signatures that name their signer and what was signed: nobody breaks them, and one taken from elsewhere
 * does not fit. A replaced key stands elsewhere in the order of keys.
 */
export function namedSigning(members: number): Signing {
  const keyOf = (member: number, generation: number): PublicKey => {
    const number = (member + 3 * generation) * generationsMax + generation + 1;
    return number.toString(16).padStart(64, "0") as PublicKey;
  };
  const numbers = new Map<PublicKey, number>();
  const numberOf = (key: PublicKey): number => {
    const known = numbers.get(key) ?? Number.parseInt(key.slice(-8), 16);
    numbers.set(key, known);
    return known;
  };
  const signAs: Signing["signAs"] = (key, message) => {
    const bytes = message();
    const signature = new Uint8Array(64);
    const number = numberOf(key);
    signature[0] = number & 255;
    signature[1] = number >> 8;
    const from = bytes.length - hashBytes;
    for (let at = 0; at < tellingBytes; at += 1) signature[at + 2] = bytes[from + at] ?? 0;
    return signature;
  };
  return {
    keys: Array.from({ length: members }, (_, member) => keyOf(member, 0)),
    keyOf,
    sign: (member, message) => signAs(keyOf(member, 0), message),
    signAs,
    verify(key, message, signature) {
      const number = numberOf(key);
      if (signature[0] !== (number & 255) || signature[1] !== number >> 8) return false;
      const from = message.length - hashBytes;
      for (let at = 0; at < tellingBytes; at += 1) {
        if (signature[at + 2] !== message[from + at]) return false;
      }
      return true;
    },
  };
}

/** Real Ed25519 signatures, for fewer seeds. */
export function realSigning(members: number): Signing {
  const signerOf = (number: number) => createSigner(new Uint8Array(32).fill(number + 1));
  const first = Array.from({ length: members }, (_, member) => signerOf(member)).sort((a, b) =>
    a.publicKey < b.publicKey ? -1 : 1,
  );
  const signers = new Map(first.map((signer) => [signer.publicKey, signer]));
  const keys = first.map(({ publicKey }) => publicKey);
  const signAs: Signing["signAs"] = (key, message) =>
    signers.get(key)?.sign(message()) ?? new Uint8Array(64);
  return {
    keys,
    keyOf(member, generation) {
      if (generation === 0) return keys[member] as PublicKey;
      const signer = signerOf(generation * members + member);
      signers.set(signer.publicKey, signer);
      return signer.publicKey;
    },
    sign: (member, message) => signAs(keys[member] as PublicKey, message),
    signAs,
    verify: verifySignature,
  };
}
