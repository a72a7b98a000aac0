import {
  type BlockId,
  fromBytes,
  hexOf,
  type NetworkId,
  record,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { frameTypes } from "./limits.ts";
import type { Head } from "./network.ts";

/** Version of the protocol this program speaks. Source: docs/PROTOCOL.md. */
export const protocolVersion = 1;

const helloShape = record({
  protocolVersion: uint(),
  networkId: hexOf<NetworkId>(32),
  era: uint(0xffff_ffff),
  height: uint(),
  blockId: hexOf<BlockId>(32),
});

/** Body of the first frame of each stream. Source: docs/PROTOCOL.md section 8. */
export function encodeHello(networkId: NetworkId, era: number, head: Head): Uint8Array {
  return toBytes(helloShape, {
    protocolVersion,
    networkId,
    era,
    height: head.height,
    blockId: head.blockId,
  });
}

/**
 * What a peer says its head is, once it is sure that both mean the same network.
 * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_MISMATCH
 */
export function checkHello(body: Uint8Array, networkId: NetworkId, era: number): Head {
  let hello: ReturnType<typeof helloShape.decode>;
  try {
    hello = fromBytes(helloShape, body);
  } catch (cause) {
    const detail = { type: frameTypes.hello };
    throw new NodeError("NODE_PEER_FRAME_MALFORMED", "a hello that cannot be read", detail, cause);
  }
  const pairs = [
    ["protocol version", String(protocolVersion), String(hello.protocolVersion)],
    ["network", networkId, hello.networkId],
    ["era", String(era), String(hello.era)],
  ] as const;
  for (const [what, ours, theirs] of pairs) {
    if (ours === theirs) continue;
    throw new NodeError("NODE_PEER_MISMATCH", `the peer has another ${what}`, {
      what,
      ours,
      theirs,
    });
  }
  return { height: hello.height, blockId: hello.blockId };
}
