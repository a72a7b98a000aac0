import { noise } from "@chainsafe/libp2p-noise";
import { publicKeyFromProtobuf, publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { MultiaddrConnection } from "@libp2p/interface";
import { defaultLogger } from "@libp2p/logger";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { lpStream } from "@libp2p/utils";
import {
  bytes,
  createSigner,
  fromBytes,
  hexOf,
  LedgerError,
  list,
  type MemberId,
  type PublicKey,
  record,
  text,
  toBytes,
  toHex,
} from "@tegata/ledger/primitives";
import { NodeError } from "@tegata/node";
import { wrapCrypto } from "../../../node_modules/@chainsafe/libp2p-noise/dist/src/crypto.js";
import {
  uint16BEDecode,
  uint16BEEncode,
} from "../../../node_modules/@chainsafe/libp2p-noise/dist/src/encoder.js";
import { NoiseHandshakePayload } from "../../../node_modules/@chainsafe/libp2p-noise/dist/src/proto/payload.js";
import { XXHandshakeState } from "../../../node_modules/@chainsafe/libp2p-noise/dist/src/protocol.js";
import { getSignaturePayload } from "../../../node_modules/@chainsafe/libp2p-noise/dist/src/utils.js";
import { boundedMuxer } from "../../../packages/node/src/network/bounded-muxer.ts";
import { Gate } from "../../../packages/node/src/network/gate.ts";
import { networkKeyFromSeed } from "../../../packages/node/src/network/identity.ts";
import { networkLimits } from "../../../packages/node/src/network/limits.ts";
import { LogThrottle } from "../../../packages/node/src/network/log-throttle.ts";
import type { NetworkMember } from "../../../packages/node/src/network/network.ts";
import { noiseCrypto } from "../../../packages/node/src/network/noise-crypto.ts";
import { accepted, type Coder, type Door, refused, type Verdict } from "../door.ts";
import { isCanonical } from "./canonical.ts";
import { connectionFrom } from "./connection.ts";

const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(index);
const keyOf = (index: number): PublicKey => createSigner(seedOf(index)).publicKey;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function memberOf(index: number): NetworkMember {
  const memberId = toHex(seedOf(index)) as MemberId;
  return { memberId, networkKey: keyOf(index), addresses: [`/ip4/10.0.0.${index}/tcp/7001`] };
}

const base = [1, 2, 3].map(memberOf);

/** The gate of a node among three other members, as it is at its start. */
function gateOfNode(): Gate {
  const gate = new Gate("nobody", networkLimits, new LogThrottle(silent, 60_000));
  gate.setMembers(base);
  return gate;
}

/** A refusal of the library is an error with a name of its own; a mistake is none. */
function refusalOf(error: unknown): Verdict {
  if (error instanceof NodeError || error instanceof LedgerError) return refused(error.code);
  const isMistake =
    !(error instanceof Error) || error instanceof TypeError || error instanceof RangeError;
  if (isMistake) throw error;
  return refused(error.name);
}

/** What the other side of a handshake has drawn; the same each time, so that its signature stays valid. */
const crypto = wrapCrypto(noiseCrypto);
const theirStatic = noiseCrypto.generateX25519KeyPairFromSeed(seedOf(9));
const theirKey = networkKeyFromSeed(seedOf(1));
const muxer = boundedMuxer(networkLimits)();
const ours = noise({ crypto: noiseCrypto })({
  logger: defaultLogger(),
  privateKey: networkKeyFromSeed(seedOf(8)),
  upgrader: { getStreamMuxers: () => new Map([[muxer.protocol, muxer]]) } as never,
} as never);

/** The library has its lists of bytes in two versions, which only their types tell apart. */
const framing = { lengthEncoder: uint16BEEncode, lengthDecoder: uint16BEDecode } as object;

/** Shakes hands as whoever calls does, with these bytes in place of the payload that says who it is. */
async function callWith(connection: MultiaddrConnection, payload: Uint8Array): Promise<void> {
  const stream = lpStream(connection, { ...framing, maxDataLength: 65_535 });
  const state = new XXHandshakeState({
    ...{ crypto, protocolName: "Noise_XX_25519_ChaChaPoly_SHA256", initiator: true },
    ...{ prologue: new Uint8Array(0), s: theirStatic },
  });
  await stream.write(state.writeMessageA(new Uint8Array(0)).subarray());
  state.readMessageB((await stream.read()) as never);
  await stream.write(state.writeMessageC(payload).subarray());
}

/** The whole way in: the gate, the handshake, and the gate again once the key is proven. */
async function shakeHands(payload: Uint8Array): Promise<Verdict> {
  const gate = gateOfNode();
  const gater = gate.connectionGater();
  const [theirs, here] = connectionFrom();
  try {
    if ((await gater.denyInboundConnection?.(here)) === true) return refused("too many");
    const calling = callWith(theirs, payload);
    const [secured] = await Promise.all([ours.secureInbound(here), calling]);
    const isDenied = await gater.denyInboundEncryptedConnection?.(secured.remotePeer, here);
    if (isDenied === true) return refused("a stranger");
    // Whoever gets in has signed with the key of a member.
    if (gate.byPeerId(secured.remotePeer.toString()) === null) throw new TypeError("let in");
    return accepted;
  } catch (error) {
    return refusalOf(error);
  } finally {
    here.abort(new Error("done"));
    theirs.abort(new Error("done"));
  }
}

const signature = await theirKey.sign(getSignaturePayload(theirStatic.publicKey) as Uint8Array);
const identityKey = publicKeyToProtobuf(theirKey.publicKey);
const extensions = { webtransportCerthashes: [], streamMuxers: [muxer.protocol] };
const greeting = NoiseHandshakePayload.encode({ identityKey, identitySig: signature, extensions });

/** The payload of a handshake as values: who it is, the signature, and what it offers. */
const payloadCoder: Coder = {
  read: (sample) => {
    const read = NoiseHandshakePayload.decode(sample);
    const { webtransportCerthashes = [], streamMuxers = [] } = read.extensions ?? {};
    return [read.identityKey, read.identitySig, webtransportCerthashes, streamMuxers];
  },
  write: (tree) => {
    const [key, signed, hashes, muxers] = Array.isArray(tree) ? tree : [];
    if (!(key instanceof Uint8Array) || !(signed instanceof Uint8Array)) return null;
    return NoiseHandshakePayload.encode({
      ...{ identityKey: key, identitySig: signed },
      extensions: {
        webtransportCerthashes: listed(hashes, (one) => one instanceof Uint8Array),
        streamMuxers: listed(muxers, (one) => typeof one === "string"),
      },
    });
  },
};

function listed<T>(tree: unknown, isOne: (one: unknown) => boolean): T[] {
  return Array.isArray(tree) ? (tree.filter(isOne) as T[]) : [];
}

function isPayload(payload: Uint8Array): boolean {
  try {
    NoiseHandshakePayload.decode(payload);
    return true;
  } catch {
    return false;
  }
}

/** A set of members as the ledger gives it, with the addresses they chose, and a key that somebody has proven. */
const knockShape = record({
  members: list(
    record({
      memberId: hexOf<MemberId>(32),
      networkKey: hexOf<PublicKey>(32),
      formerKeys: list(hexOf<PublicKey>(32), 16),
      addresses: list(text(256), 4),
    }),
    300,
  ),
  identity: bytes(256),
  host: text(64),
});

/** Whoever comes to the gate has a key that is one, and comes from somewhere. */
function whoKnocks(identity: Uint8Array, host: string) {
  try {
    const [connection] = connectionFrom(`/ip4/${host}/tcp/40000`);
    return { key: publicKeyFromProtobuf(identity), connection };
  } catch {
    return null;
  }
}

function knock(given: Uint8Array): Verdict {
  const gate = gateOfNode();
  const names = (): string => gate.peers.map(({ peerId }) => peerId).join();
  const before = names();
  try {
    const { members, identity, host } = fromBytes(knockShape, given);
    const knocking = whoKnocks(identity, host);
    if (knocking === null) return refused("no key, or from nowhere");
    const { key, connection } = knocking;
    gate.setMembers(members);
    const keys = members.flatMap(({ networkKey, formerKeys }) => [networkKey, ...formerKeys]);
    const isMember = key.type === "Ed25519" && keys.some((one) => one === toHex(key.raw));
    const gater = gate.connectionGater();
    if (gater.denyInboundConnection?.(connection) === true) return refused("too many");
    const peer = peerIdFromPublicKey(key);
    const isDenied = gater.denyInboundEncryptedConnection?.(peer, connection);
    connection.abort(new Error("done"));
    if (isDenied === isMember) throw new TypeError(isMember ? "a member kept out" : "let in");
    return isMember ? accepted : refused("a stranger");
  } catch (error) {
    const verdict = refusalOf(error);
    if (names() !== before) throw new TypeError("a set that was refused changed who gets in");
    return verdict;
  }
}

const samples = [1, 2, 3].map((visitor) =>
  toBytes(knockShape, {
    members: [1, 2, 3].map((index) => {
      const formerKeys = index === 2 ? [keyOf(5), keyOf(6)] : [];
      return { ...memberOf(index), formerKeys };
    }),
    identity: publicKeyToProtobuf(
      networkKeyFromSeed(seedOf(visitor === 3 ? 5 : visitor)).publicKey,
    ),
    host: `10.0.0.${visitor}`,
  }),
);

/** What comes in before anybody is known: the handshake, and the gate that asks who it is. */
export const knockingDoors: readonly Door[] = [
  {
    name: "peer.handshake",
    what: "what a caller says of itself within the handshake, encrypted: its key, a signature, and what it offers",
    limit: "65,535 bytes; 10 handshakes of a host at a time, and its patience",
    form: payloadCoder,
    samples: [greeting],
    isOuter: isPayload,
    read: shakeHands,
    slow: true,
  },
  {
    name: "peer.gate",
    what: "the members' keys and addresses as the ledger has them, and a key that has been proven",
    limit: "300 members, 17 keys and 4 addresses each",
    form: "canonical",
    samples,
    isOuter: isCanonical,
    read: knock,
  },
];
