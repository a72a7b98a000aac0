import type { KeyObject } from "node:crypto";
import { limits } from "../chain/limits.ts";
import { schemaHash as hashOf } from "../chain/schema.ts";
import { SUITE } from "../chain/transaction-body.ts";
import {
  assert,
  encode,
  equalBytes,
  fixedBytes,
  fromBytes,
  type Hash,
  idBytes,
  LedgerError,
  type MemberId,
  type NetworkId,
  type Refusal,
  refuse,
  type StreamId,
  sha256,
  toBytes,
  tuple,
  bytes as upTo,
} from "../primitives/index.ts";
import { tagBytes } from "./aead.ts";
import {
  type CommittedSeal,
  openCommitted,
  type SealRefusal,
  sealCommitted,
} from "./committed-seal.ts";
import { deriveSecret, importSecret } from "./hkdf.ts";
import { labels } from "./labels.ts";
import { paddedLength } from "./padding.ts";
import { generateSecret } from "./random.ts";

/** The stream whose schema is sealed. */
export interface MetaPlace {
  readonly network: NetworkId;
  readonly owner: MemberId;
  readonly streamId: StreamId;
}

/** A stream's schema, sealed: the hash and the commitment go into the transaction, the payload beside it. */
export interface SealedMeta extends CommittedSeal {
  readonly schemaHash: Hash;
  /** 32 bytes; without it nobody can try schemas against the hash. */
  readonly schemaSalt: Uint8Array;
}

/** A sealed schema as the ledger gives it. */
export interface MetaToOpen extends MetaPlace, CommittedSeal {
  readonly schemaHash: Hash;
  /** 32 bytes. */
  readonly metaKey: Uint8Array;
}

/** A stream's schema, or why there is none. */
export type OpenedMeta =
  | { readonly ok: true; readonly schemaSalt: Uint8Array; readonly schemaBytes: Uint8Array }
  | SealRefusal
  | Refusal<"LEDGER_META_HASH">;

const metaShape = tuple(fixedBytes(32), upTo(limits.schemaBytesMax));

function metaSecret(metaKey: Uint8Array, streamId: StreamId): KeyObject {
  const info = encode([labels.terms.meta, idBytes(streamId)]);
  return deriveSecret(importSecret(metaKey, "meta key"), info);
}

function headerHash(place: MetaPlace, schemaHash: Hash, length: number): Uint8Array {
  const { network, owner, streamId } = place;
  const ids = [network, owner, streamId, schemaHash].map(idBytes);
  return sha256(encode(["meta", SUITE, ...ids, length]));
}

/**
 * Seals a stream's schema (canonical bytes) under its meta key. The salt is given only to repeat a known
 * result. Source: docs/PROTOCOL.md section 5.3.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_SHAPE unless meta key and salt have 32 bytes
 * @throws LEDGER_TOO_LARGE for a schema of more than 256 KiB
 */
export function sealMeta(
  place: MetaPlace,
  metaKey: Uint8Array,
  schemaBytes: Uint8Array,
  schemaSalt: Uint8Array = generateSecret(),
): SealedMeta {
  const max = limits.schemaBytesMax;
  if (schemaBytes.length > max) {
    const detail = { what: "bytes in a schema", actual: schemaBytes.length, max };
    throw new LedgerError("LEDGER_TOO_LARGE", `a schema has more than ${max} bytes`, detail);
  }
  const content = toBytes(metaShape, [schemaSalt, schemaBytes]);
  const padded = paddedLength(content.length);
  assert(padded !== null, "the largest schema fits a part");
  const schemaHash = hashOf(schemaSalt, schemaBytes);
  const context = { headerHash: headerHash(place, schemaHash, padded), index: 0 };
  const sealed = sealCommitted(metaSecret(metaKey, place.streamId), context, content);
  return { ...sealed, schemaHash, schemaSalt: Uint8Array.from(schemaSalt) };
}

/** Opens a stream's schema, and gives it only if it is the one the transaction commits to. */
export function openMeta(meta: MetaToOpen): OpenedMeta {
  const hash = headerHash(meta, meta.schemaHash, meta.payload.length - tagBytes);
  const secret = metaSecret(meta.metaKey, meta.streamId);
  const opened = openCommitted(secret, { headerHash: hash, index: 0 }, meta);
  if (!opened.ok) return opened;
  try {
    const [schemaSalt, schemaBytes] = fromBytes(metaShape, opened.content);
    const matches = equalBytes(idBytes(hashOf(schemaSalt, schemaBytes)), idBytes(meta.schemaHash));
    return matches ? { ok: true, schemaSalt, schemaBytes } : refuse("LEDGER_META_HASH");
  } catch (error) {
    if (error instanceof LedgerError) return refuse("LEDGER_PART_CONTENT", { reason: "schema" });
    throw error;
  }
}
