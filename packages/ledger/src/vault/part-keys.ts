import type { KeyObject } from "node:crypto";
import { type SaltOf, saltKinds } from "../chain/disclosure.ts";
import { checkLength, encode, idBytes, type StreamId } from "../primitives/index.ts";
import { deriveSecret, hmac } from "./hkdf.ts";
import { labels } from "./labels.ts";

/** Size of the fresh random bytes of a batch. */
export const rndBytes = 32;

/** What the secret of a part is derived from, besides the epoch key. */
export interface PartPlace {
  readonly streamId: StreamId;
  readonly generation: number;
  readonly lane: StreamId;
  readonly sequence: number;
  /** 32 bytes, drawn anew for every sealing: no stored counter could survive the restore of a backup. */
  readonly rnd: Uint8Array;
  /** From 0. */
  readonly facet: number;
}

/**
 * The secret of one part, P. Source: docs/PROTOCOL.md section 7.4 step 1.
 * @throws LEDGER_BAD_LENGTH unless `rnd` has 32 bytes
 */
export function partSecret(epochKey: KeyObject, place: PartPlace): KeyObject {
  checkLength(place.rnd, rndBytes, "rnd of a batch");
  const info = encode([
    labels.terms.part,
    idBytes(place.streamId),
    place.generation,
    place.facet,
    idBytes(place.lane),
    place.sequence,
    place.rnd,
  ]);
  return deriveSecret(epochKey, info);
}

/** The salts of a part's leaves, each its own output of a keyed function. Source: the same, step 2. */
export function partSalts(secret: KeyObject): SaltOf {
  const saltKey = deriveSecret(secret, labels.salt);
  return (kind, row, field) => hmac(saltKey, encode([saltKinds[kind], row, field]));
}
