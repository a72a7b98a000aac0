import { randomBytes } from "node:crypto";
import { streamIdOf } from "../chain/stream-id.ts";
import {
  assert,
  type EntryId,
  entryId,
  type MemberId,
  type StreamId,
} from "../primitives/index.ts";

const drawnBytesMax = 1_024;

/**
 * Draws bytes from the operating system's generator: the only place of the ledger that does.
 * (ML-KEM draws the 32 bytes of an encapsulation itself, inside the native library.)
 */
export function drawBytes(length: number): Uint8Array {
  assert(Number.isInteger(length) && length > 0 && length <= drawnBytesMax, "a draw is bounded");
  return Uint8Array.from(randomBytes(length));
}

/** A new id for a stream of this member. Source: docs/PROTOCOL.md section 2. */
export function generateStreamId(member: MemberId): StreamId {
  return streamIdOf(member, drawBytes(8));
}

/** A new entry id: 16 random bytes. Source: docs/PROTOCOL.md section 2. */
export function generateEntryId(): EntryId {
  return entryId(drawBytes(16));
}

/** A new 32-byte secret: a stream root, a meta key, a schema salt, a key seed or a root secret. */
export function generateSecret(): Uint8Array {
  return drawBytes(32);
}
