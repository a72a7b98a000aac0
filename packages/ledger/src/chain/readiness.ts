import { encode } from "../primitives/codec.ts";
import { taggedHash } from "../primitives/hash.ts";
import { type BlockId, idBytes, type MemberId, type NetworkId } from "../primitives/ids.ts";
import { signBytes } from "../primitives/signature.ts";

/** A member that has followed the chain so far and can vote. */
export interface Readiness {
  readonly member: MemberId;
  readonly admission: number;
  readonly height: number;
  readonly blockId: BlockId;
}

/** What a member's consensus key signs to get a vote. Source: docs/PROTOCOL.md, Votes of members. */
export function readySignBytes(network: NetworkId, readiness: Readiness): Uint8Array {
  const { member, admission, height, blockId } = readiness;
  const said = [idBytes(network), idBytes(member), admission, height, idBytes(blockId)];
  return signBytes("ready", network, 0, taggedHash("ready", encode(said)));
}
