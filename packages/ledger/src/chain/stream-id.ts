import {
  concat,
  fromHex,
  type Hex,
  type MemberId,
  type StreamId,
  streamId,
} from "../primitives/ids.ts";

/** First 8 bytes of the ids of all streams of a member, in hex. Source: docs/PROTOCOL.md section 2. */
export function streamIdPrefix(member: MemberId): Hex {
  return member.slice(0, 16);
}

/**
 * Id of a stream: the first 8 bytes of its owner's id, then 8 random bytes. An id is seen in gossip before
 * it is on the ledger; bound to its owner, nobody else can take it first.
 * @throws LEDGER_BAD_LENGTH unless 8 random bytes
 */
export function streamIdOf(member: MemberId, random8: Uint8Array): StreamId {
  return streamId(concat(fromHex(streamIdPrefix(member)), random8));
}
