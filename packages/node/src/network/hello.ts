import {
  type BlockId,
  decode,
  fromBytes,
  hexOf,
  type NetworkId,
  record,
  text,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { version } from "../version.ts";
import { frameTypes } from "./limits.ts";
import type { Head } from "./network.ts";

/** Version of the protocol this program speaks. Source: docs/PROTOCOL.md. */
export const protocolVersion = 1;

/** Longest name of a program's version, in bytes. */
const versionBytesMax = 32;

/** Nothing else is ever shown to an operator or written to a log. */
const versionPattern = /^[0-9A-Za-z.+-]{1,32}$/;

const helloShape = record({
  protocolVersion: uint(),
  networkId: hexOf<NetworkId>(32),
  era: uint(0xffff_ffff),
  height: uint(),
  blockId: hexOf<BlockId>(32),
  version: text(versionBytesMax),
});

/** What a peer says of itself when it connects; nothing of it is proven. */
export interface Greeting {
  readonly head: Head;
  /** Version of its program, e.g. `0.2.0`. */
  readonly version: string;
}

/** Body of the first frame of each stream. Source: docs/PROTOCOL.md section 8. */
export function encodeHello(
  networkId: NetworkId,
  era: number,
  head: Head,
  program: string = version,
): Uint8Array {
  return toBytes(helloShape, {
    protocolVersion,
    networkId,
    era,
    height: head.height,
    blockId: head.blockId,
    version: program,
  });
}

function malformed(cause: unknown): NodeError {
  const detail = { type: frameTypes.hello };
  return new NodeError("NODE_PEER_FRAME_MALFORMED", "a hello that cannot be read", detail, cause);
}

/** Read before anything else: in another version of the protocol the rest may mean something else. */
function checkVersion(body: Uint8Array): void {
  const items = decode(body);
  const theirs = Array.isArray(items) ? items[0] : null;
  if (typeof theirs !== "number" || theirs === protocolVersion) return;
  const detail = { ours: protocolVersion, theirs };
  if (theirs < protocolVersion) {
    const message = `the peer speaks protocol version ${theirs}: its program has to be updated`;
    throw new NodeError("NODE_PEER_OUTDATED", message, detail);
  }
  const message = `the peer speaks protocol version ${theirs}: this program has to be updated`;
  throw new NodeError("NODE_OUTDATED", message, detail);
}

function read(body: Uint8Array): ReturnType<typeof helloShape.decode> {
  try {
    checkVersion(body);
    const hello = fromBytes(helloShape, body);
    if (versionPattern.test(hello.version)) return hello;
  } catch (cause) {
    throw cause instanceof NodeError ? cause : malformed(cause);
  }
  throw malformed(new Error("the version of its program is no version"));
}

/**
 * What a peer says of itself, once it is sure that both mean the same network.
 * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_MISMATCH, NODE_PEER_OUTDATED, NODE_OUTDATED
 */
export function checkHello(body: Uint8Array, networkId: NetworkId, era: number): Greeting {
  const hello = read(body);
  const pairs = [
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
  return { head: { height: hello.height, blockId: hello.blockId }, version: hello.version };
}
