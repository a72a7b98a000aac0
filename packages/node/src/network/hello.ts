import { protocolVersionMax } from "@tegata/ledger/chain";
import {
  type BlockId,
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

/** Longest name of a program's version, in bytes. */
const versionBytesMax = 32;

/** Nothing else is ever shown to an operator or written to a log. */
const versionPattern = /^[0-9A-Za-z.+-]{1,32}$/;

/** The same in all versions of the protocol. */
const helloShape = record({
  /** The newest version of the protocol that the program follows. */
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
    protocolVersion: protocolVersionMax,
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

function read(body: Uint8Array): ReturnType<typeof helloShape.decode> {
  try {
    const hello = fromBytes(helloShape, body);
    if (versionPattern.test(hello.version)) return hello;
  } catch (cause) {
    throw malformed(cause);
  }
  throw malformed(new Error("the version of its program is no version"));
}

/** What both sides of a connection have to mean alike. */
export interface HelloContext {
  readonly networkId: NetworkId;
  readonly era: number;
  /** The version of the protocol by which the height after this node's head is judged. */
  readonly versionInForce: number;
}

/**
 * What a peer says of itself, once it is sure that both mean the same network and that its program can
 * follow it. A program that follows newer versions too is welcome: members do not update at one moment.
 * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_MISMATCH, NODE_PEER_OUTDATED
 */
export function checkHello(body: Uint8Array, context: HelloContext): Greeting {
  const hello = read(body);
  const pairs = [
    ["network", context.networkId, hello.networkId],
    ["era", String(context.era), String(hello.era)],
  ] as const;
  for (const [what, ours, theirs] of pairs) {
    if (ours === theirs) continue;
    throw new NodeError("NODE_PEER_MISMATCH", `the peer has another ${what}`, {
      what,
      ours,
      theirs,
    });
  }
  const { versionInForce: inForce } = context;
  const { protocolVersion: theirs } = hello;
  if (theirs < inForce) {
    const message = `the peer follows protocol version ${theirs}, and ${inForce} is in force`;
    throw new NodeError("NODE_PEER_OUTDATED", message, { inForce, theirs });
  }
  return { head: { height: hello.height, blockId: hello.blockId }, version: hello.version };
}
