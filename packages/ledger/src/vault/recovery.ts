import {
  checkLength,
  concat,
  encode,
  idBytes,
  type MemberId,
  type Refusal,
  refuse,
  type StreamId,
  taggedHash,
} from "../primitives/index.ts";
import { openSealed, sealTo } from "./hpke.ts";
import type { XwingKeyPair } from "./xwing.ts";

/** Which encryption key of a member a sealed seed is of. */
export interface SeedPlace {
  readonly member: MemberId;
  /** From 1. */
  readonly keyVersion: number;
}

/** Which generation of a stream a sealed root is of. */
export interface StreamSecretsPlace {
  readonly member: MemberId;
  readonly streamId: StreamId;
  /** From 1. */
  readonly generation: number;
}

/** The secrets an owner needs to read and grant its stream again. */
export interface StreamSecrets {
  /** 32 bytes, of the generation. */
  readonly streamRoot: Uint8Array;
  /** 32 bytes, of the stream. */
  readonly metaKey: Uint8Array;
}

/** Why a recovery seal gave nothing. */
export type RecoveryRefusal = Refusal<"LEDGER_SEAL_NOT_OPENED" | "LEDGER_SEAL_CONTENT">;

function seedInfo(place: SeedPlace): Uint8Array {
  return taggedHash(
    "recovery-info",
    encode(["encryption", idBytes(place.member), place.keyVersion]),
  );
}

function streamInfo(place: StreamSecretsPlace): Uint8Array {
  const { member, streamId, generation } = place;
  const bound = encode(["stream", idBytes(member), idBytes(streamId), generation]);
  return taggedHash("recovery-info", bound);
}

/**
 * Seals the seed of an encryption key (32 bytes) to the member's recovery key: 1,168 bytes.
 * Source: docs/PROTOCOL.md section 4.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_ENCRYPTION_KEY
 */
export async function sealEncryptionSeed(
  recoveryKey: Uint8Array,
  place: SeedPlace,
  seed: Uint8Array,
): Promise<Uint8Array> {
  checkLength(seed, 32, "encryption seed");
  return await sealTo(recoveryKey, seedInfo(place), seed);
}

/** Opens what {@link sealEncryptionSeed} made. */
export async function openEncryptionSeed(
  recovery: XwingKeyPair,
  place: SeedPlace,
  sealed: Uint8Array,
): Promise<{ readonly ok: true; readonly seed: Uint8Array } | RecoveryRefusal> {
  const opened = await openSealed(recovery, seedInfo(place), sealed);
  if (!opened.ok) return opened;
  if (opened.plaintext.length !== 32) return refuse("LEDGER_SEAL_CONTENT");
  return { ok: true, seed: opened.plaintext };
}

/**
 * Seals stream root and meta key to the owner's recovery key: 1,200 bytes.
 * Source: docs/PROTOCOL.md section 5.3.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_ENCRYPTION_KEY
 */
export async function sealStreamSecrets(
  recoveryKey: Uint8Array,
  place: StreamSecretsPlace,
  secrets: StreamSecrets,
): Promise<Uint8Array> {
  checkLength(secrets.streamRoot, 32, "stream root");
  checkLength(secrets.metaKey, 32, "meta key");
  const plaintext = concat(secrets.streamRoot, secrets.metaKey);
  const sealed = await sealTo(recoveryKey, streamInfo(place), plaintext);
  plaintext.fill(0);
  return sealed;
}

/** Opens what {@link sealStreamSecrets} made. */
export async function openStreamSecrets(
  recovery: XwingKeyPair,
  place: StreamSecretsPlace,
  sealed: Uint8Array,
): Promise<({ readonly ok: true } & StreamSecrets) | RecoveryRefusal> {
  const opened = await openSealed(recovery, streamInfo(place), sealed);
  if (!opened.ok) return opened;
  const { plaintext } = opened;
  if (plaintext.length !== 64) return refuse("LEDGER_SEAL_CONTENT");
  return { ok: true, streamRoot: plaintext.slice(0, 32), metaKey: plaintext.slice(32) };
}
