import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { assert, concat, type Refusal, refuse } from "../primitives/index.ts";
import { nonceBytes, openAead, sealAead, tagBytes } from "./aead.ts";
import { hkdfExpand, secretBytes } from "./hkdf.ts";
import { labels } from "./labels.ts";
import { isPaddedLength, pad, unpad } from "./padding.ts";

/** Size of a commitment. */
export const commitmentBytes = 32;

/** What an encryption is bound to: the hash of its header (32 bytes) and its number under that header. */
export interface SealContext {
  readonly headerHash: Uint8Array;
  /** One byte. */
  readonly index: number;
}

/** A ciphertext with the commitment to its key and context. */
export interface CommittedSeal {
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  /** A padded size and 16 bytes. */
  readonly payload: Uint8Array;
}

/** Why a ciphertext was not opened. */
export type SealRefusal = Refusal<
  "LEDGER_PART_SIZE" | "LEDGER_PART_WRONG_KEY" | "LEDGER_PART_ALTERED" | "LEDGER_PART_CONTENT"
>;

/** Key, nonce and commitment of one encryption: a single expansion, cut in three. */
export function deriveSealKeys(
  secret: KeyObject,
  context: SealContext,
): { readonly key: KeyObject; readonly nonce: Uint8Array; readonly commitment: Uint8Array } {
  const bound = associatedData(context);
  const length = secretBytes + nonceBytes + commitmentBytes;
  const derived = hkdfExpand(secret, concat(labels.seal, bound), length);
  const keys = {
    key: createSecretKey(derived.subarray(0, secretBytes)),
    nonce: derived.slice(secretBytes, secretBytes + nonceBytes),
    commitment: derived.slice(secretBytes + nonceBytes),
  };
  derived.fill(0);
  return keys;
}

function associatedData(context: SealContext): Uint8Array {
  assert(context.headerHash.length === 32, "a header hash has 32 bytes");
  assert(Number.isInteger(context.index) && context.index >= 0, "a part is numbered");
  assert(context.index <= 255, "a part's number fits a byte");
  return concat(context.headerHash, Uint8Array.of(context.index));
}

/**
 * Pads and encrypts. The secret must be fresh for every header: it, or what the header hashes, carries the
 * randomness that keeps key and nonce from ever repeating. Source: docs/PROTOCOL.md section 7.4 steps 4 and 6.
 */
export function sealCommitted(
  secret: KeyObject,
  context: SealContext,
  content: Uint8Array,
): CommittedSeal {
  const { key, nonce, commitment } = deriveSealKeys(secret, context);
  const padded = pad(content);
  const payload = sealAead(key, nonce, associatedData(context), padded);
  padded.fill(0);
  return { commitment, payload };
}

/**
 * Opens what {@link sealCommitted} made. The commitment is compared, in constant time, before anything is
 * decrypted: AES-GCM alone lets one ciphertext open under two keys.
 */
export function openCommitted(
  secret: KeyObject,
  context: SealContext,
  sealed: CommittedSeal,
): { readonly ok: true; readonly content: Uint8Array } | SealRefusal {
  if (!isPaddedLength(sealed.payload.length - tagBytes)) return refuse("LEDGER_PART_SIZE");
  const { key, nonce, commitment } = deriveSealKeys(secret, context);
  const sameLength = sealed.commitment.length === commitmentBytes;
  if (!sameLength || !timingSafeEqual(sealed.commitment, commitment)) {
    return refuse("LEDGER_PART_WRONG_KEY");
  }
  const padded = openAead(key, nonce, associatedData(context), sealed.payload);
  if (padded === null) return refuse("LEDGER_PART_ALTERED");
  const content = unpad(padded);
  return content === null
    ? refuse("LEDGER_PART_CONTENT", { reason: "padding" })
    : { ok: true, content };
}
