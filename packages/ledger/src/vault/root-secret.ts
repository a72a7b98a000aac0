import { checkLength } from "../primitives/index.ts";
import { hkdfExpand, hkdfExtract, secretBytes } from "./hkdf.ts";
import { labels } from "./labels.ts";
import { generateSecret } from "./random.ts";
import { createXwingKeyPair, type XwingKeyPair } from "./xwing.ts";

/** What follows from a member's root secret. */
export interface RootKeys {
  /** Seed of the Ed25519 key that certifies all others: 32 bytes, for `createSigner`. */
  readonly signingSeed: Uint8Array;
  /** The key pair to which seeds and stream roots are sealed. */
  readonly recovery: XwingKeyPair;
}

/** Seeds of the four working keys, 32 bytes each, drawn independently of each other and of the root. */
export interface WorkingSeeds {
  readonly network: Uint8Array;
  readonly consensus: Uint8Array;
  readonly transaction: Uint8Array;
  readonly encryption: Uint8Array;
}

/** A new root secret: 32 bytes, shown once and kept offline. */
export function generateRootSecret(): Uint8Array {
  return generateSecret();
}

/** Seeds of new working keys. */
export function generateWorkingKeys(): WorkingSeeds {
  return {
    network: generateSecret(),
    consensus: generateSecret(),
    transaction: generateSecret(),
    encryption: generateSecret(),
  };
}

/**
 * The seed of the recovery key alone, for whoever needs nothing else of the root secret.
 * @throws LEDGER_BAD_LENGTH unless the secret has 32 bytes
 */
export function recoverySeedOf(rootSecret: Uint8Array): Uint8Array {
  checkLength(rootSecret, secretBytes, "root secret");
  return hkdfExpand(hkdfExtract(new Uint8Array(0), rootSecret), labels.rootRecovery, secretBytes);
}

/**
 * The root signing seed and the recovery key pair of a root secret. Source: docs/PROTOCOL.md section 3.
 * @throws LEDGER_BAD_LENGTH unless the secret has 32 bytes
 */
export function deriveRootKeys(rootSecret: Uint8Array): RootKeys {
  checkLength(rootSecret, secretBytes, "root secret");
  const key = hkdfExtract(new Uint8Array(0), rootSecret);
  const recoverySeed = hkdfExpand(key, labels.rootRecovery, secretBytes);
  const recovery = createXwingKeyPair(recoverySeed);
  recoverySeed.fill(0);
  return { signingSeed: hkdfExpand(key, labels.rootSign, secretBytes), recovery };
}
