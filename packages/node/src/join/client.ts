import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { noise } from "@chainsafe/libp2p-noise";
import type { Libp2p, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { limits } from "@tegata/ledger/chain";
import {
  concat,
  createSigner,
  type NetworkId,
  type PublicKey,
  taggedHash,
  networkId as toNetworkId,
} from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { NodeError } from "../errors.ts";
import { boundedMuxer } from "../network/bounded-muxer.ts";
import { type DialFailure, dialFailure, plainText } from "../network/dial-failure.ts";
import { isDialAddress, networkKeyFromSeed, peerIdOfKey } from "../network/identity.ts";
import { networkLimits } from "../network/limits.ts";
import type { NetworkMember } from "../network/network.ts";
import { noiseCrypto } from "../network/noise-crypto.ts";
import { type HttpProxy, transportThrough } from "../network/proxy.ts";
import { Channel } from "./channel.ts";
import type { JoinAnswer } from "./dialogue.ts";
import { joinLimits } from "./limits.ts";
import {
  decodeMembers,
  decodeRegistered,
  decodeServerMessage,
  decodeStanding,
  encodeStrangerMessage,
  type JoinStanding,
  type Registered,
  type ServerMessage,
  type StrangerMessage,
} from "./messages.ts";
import { proveInvitation } from "./proof.ts";
import { joinProtocol } from "./server.ts";

/** What an invitation says of the listener it leads to. */
export interface JoinTicket {
  readonly networkId: NetworkId;
  readonly listenerKey: PublicKey;
  /** Multiaddrs of the listener, tried in this order. */
  readonly addresses: readonly string[];
  /** Seed of the invitation: 32 bytes. */
  readonly invitationSeed: Uint8Array;
}

/** How the listener is dialed. */
export interface JoinOptions {
  readonly proxy: HttpProxy | null;
  /** Patience for each address, and for each answer. */
  readonly dialTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/** Patience as a person has it. */
export const joinOptions: JoinOptions = Object.freeze({
  proxy: null,
  dialTimeoutMs: 5_000,
  answerTimeoutMs: 60_000,
});

/** A conversation with the listener of the company that invited. */
export interface JoinSession {
  /** As the listener says; the genesis proves it. */
  readonly networkName: string;
  /** The genesis, whose hash is the network id of the invitation. @throws NODE_JOIN_* */
  genesis(): Promise<Uint8Array>;
  /** Hands the application in; the same bytes may be handed in again. @throws NODE_JOIN_* */
  apply(application: Uint8Array): Promise<JoinAnswer>;
  /** How the application stands. @throws NODE_JOIN_* */
  standing(): Promise<JoinStanding>;
  /** The members with their addresses, as hints: nothing is proven. Null before one is a member. @throws NODE_JOIN_* */
  members(): Promise<readonly NetworkMember[] | null>;
  /** How the ledger knows the member that the invitation lets back in; a hint. Null for who is none. @throws NODE_JOIN_* */
  registered(): Promise<Registered | null>;
  /** Has transaction bodies carried by the company that invited. @throws NODE_JOIN_* */
  carry(bodies: readonly Uint8Array[]): Promise<JoinAnswer>;
  /** Ends the conversation. Never throws. */
  close(): Promise<void>;
}

/** Before the first attempt to connect, and before each further one where the listener hangs up. */
const retryPausesMs: readonly number[] = [0, 300, 1_000, 2_500];

/** 300 members with four addresses each. */
const membersBytesMax = 256 * 1_024;
const standingBytesMax = 128 * 1_024;
/** 16 keys of each role. */
const registeredBytesMax = 128 * 1_024;

/** An answer in pieces may take so many times as long as one piece. */
const answerPatience = 5;

function broken(message: string): NodeError {
  return new NodeError("NODE_JOIN_BROKEN", message, null);
}

class Session implements JoinSession {
  readonly networkName: string;
  readonly #channel: Channel;
  readonly #networkId: NetworkId;
  readonly #timeoutMs: number;
  readonly #end: () => Promise<void>;

  constructor(
    greeting: Extract<ServerMessage, { type: "greeting" }>,
    channel: Channel,
    networkId: NetworkId,
    timeoutMs: number,
    end: () => Promise<void>,
  ) {
    this.networkName = greeting.networkName;
    this.#channel = channel;
    this.#networkId = networkId;
    this.#timeoutMs = timeoutMs;
    this.#end = end;
  }

  async genesis(): Promise<Uint8Array> {
    const genesis = await this.#collect({ type: "genesis" }, limits.genesisBytesMax);
    if (genesis === null) throw broken("the listener gives no genesis");
    if (toNetworkId(taggedHash("genesis", genesis)) !== this.#networkId) {
      throw broken("the listener gives the genesis of another network");
    }
    return genesis;
  }

  apply(application: Uint8Array): Promise<JoinAnswer> {
    return this.#submit({ type: "apply", application });
  }

  async standing(): Promise<JoinStanding> {
    const bytes = await this.#collect({ type: "standing" }, standingBytesMax);
    if (bytes === null) throw broken("the listener gives no standing");
    return decodeStanding(bytes);
  }

  async members(): Promise<readonly NetworkMember[] | null> {
    const bytes = await this.#collect({ type: "members" }, membersBytesMax);
    if (bytes === null) return null;
    const members = decodeMembers(bytes);
    if (!members.every(({ addresses }) => addresses.every(isDialAddress))) {
      throw broken("the listener names an address that is none");
    }
    return members;
  }

  async registered(): Promise<Registered | null> {
    const bytes = await this.#collect({ type: "registered" }, registeredBytesMax);
    return bytes === null ? null : decodeRegistered(bytes);
  }

  carry(bodies: readonly Uint8Array[]): Promise<JoinAnswer> {
    return this.#submit({ type: "carry", bodies });
  }

  async close(): Promise<void> {
    await this.#end().catch(() => undefined);
  }

  async #submit(message: StrangerMessage): Promise<JoinAnswer> {
    const answer = await ask(this.#channel, message, this.#timeoutMs);
    if (answer.type !== "answer") throw unexpected(answer);
    return answer.code === null ? { ok: true } : { ok: false, code: plainText(answer.code) };
  }

  /** An answer in pieces, or null for one that a company without membership does not get. */
  async #collect(message: StrangerMessage, bytesMax: number): Promise<Uint8Array | null> {
    const pieces: Uint8Array[] = [];
    // A listener that gives a byte at a time could otherwise hold a person up for ever.
    const endMs = performance.now() + answerPatience * this.#timeoutMs;
    let bytes = 0;
    let piece = await ask(this.#channel, message, this.#timeoutMs);
    for (;;) {
      if (piece.type === "refused" && piece.code === "no-member" && bytes === 0) return null;
      if (piece.type !== "chunk") throw unexpected(piece);
      bytes += piece.bytes.length;
      if (bytes > bytesMax) throw broken("the answer is too long");
      pieces.push(piece.bytes);
      if (piece.last) return concat(...pieces);
      if (piece.bytes.length === 0) throw broken("an empty piece of an answer");
      const leftMs = Math.min(this.#timeoutMs, endMs - performance.now());
      piece = decodeServerMessage(await this.#channel.read(leftMs));
    }
  }
}

function unexpected(message: ServerMessage): NodeError {
  if (message.type !== "refused") return broken(`an answer ${message.type} to another question`);
  const code = plainText(message.code);
  return new NodeError("NODE_JOIN_REFUSED", `the listener refuses: ${code}`, { code });
}

async function ask(
  channel: Channel,
  message: StrangerMessage,
  timeoutMs: number,
): Promise<ServerMessage> {
  await channel.write(encodeStrangerMessage(message), timeoutMs);
  return decodeServerMessage(await channel.read(timeoutMs));
}

async function createDialer(proxy: HttpProxy | null, seed: Uint8Array): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    privateKey: networkKeyFromSeed(seed),
    start: false,
    addresses: { listen: [] },
    transports: [transportThrough(proxy)],
    connectionEncrypters: [noise({ crypto: noiseCrypto })],
    streamMuxers: [boundedMuxer(networkLimits)],
    connectionMonitor: { enabled: false },
    connectionManager: { reconnectRetries: 0 },
  });
  await libp2p.start();
  return libp2p;
}

/** Dials one address after the other; gives the stream, or why there is none. */
async function dialOnce(
  libp2p: Libp2p,
  { addresses, listenerKey }: JoinTicket,
  timeoutMs: number,
): Promise<Stream | readonly DialFailure[]> {
  const peerId = peerIdOfKey(listenerKey);
  const failures: DialFailure[] = [];
  for (const address of addresses) {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      if (!isDialAddress(address)) throw new Error("not host and TCP port");
      const target = multiaddr(address).encapsulate(`/p2p/${peerId}`);
      const connection = await libp2p.dial(target, { signal, force: true });
      return await connection.newStream(joinProtocol, { signal });
    } catch (error) {
      failures.push(dialFailure(error, plainText(address), signal, 0));
    }
  }
  return failures;
}

/** Dials until the listener has a place, a few times: another conversation of this host may just be ending. */
async function dial(libp2p: Libp2p, ticket: JoinTicket, timeoutMs: number): Promise<Stream> {
  let failures: readonly DialFailure[] = [];
  for (const pauseMs of retryPausesMs) {
    await pause(pauseMs);
    const dialed = await dialOnce(libp2p, ticket, timeoutMs);
    if (!Array.isArray(dialed)) return dialed as Stream;
    failures = dialed;
    if (!failures.some(({ reason }) => reason === "turned-away" || reason === "failed")) break;
  }
  const tried = failures.map(({ address, reason, text }) => ({ address, reason, text }));
  const texts = tried.map(({ address, reason, text }) => `${address}: ${reason}, ${text}`);
  const message = `the listener of the invitation cannot be reached: ${texts.join("; ")}`;
  throw new NodeError("NODE_JOIN_UNREACHABLE", message, { tried });
}

/**
 * Connects with the listener of an invitation, makes sure of its key and proves the invitation.
 * @throws NODE_JOIN_UNREACHABLE, NODE_JOIN_REFUSED, NODE_JOIN_BROKEN
 */
export async function openJoinSession(
  ticket: JoinTicket,
  options: JoinOptions = joinOptions,
): Promise<JoinSession> {
  const { networkId, listenerKey, invitationSeed } = ticket;
  const seed = new Uint8Array(randomBytes(32));
  const libp2p = await createDialer(options.proxy, seed);
  try {
    const stream = await dial(libp2p, ticket, options.dialTimeoutMs);
    const channel = new Channel(stream, joinLimits.frameBytesMax);
    const greeting = decodeServerMessage(await channel.read(options.dialTimeoutMs));
    if (greeting.type !== "greeting") throw unexpected(greeting);
    const strangerKey = createSigner(seed).publicKey;
    const { nonce } = greeting;
    const signature = proveInvitation(invitationSeed, {
      ...{ networkId, nonce, listenerKey, strangerKey },
    });
    const invitationKey = createSigner(invitationSeed).publicKey;
    const proof = { type: "proof", invitationKey, signature } as const;
    const answer = await ask(channel, proof, options.dialTimeoutMs);
    if (answer.type !== "accepted") throw unexpected(answer);
    const end = async (): Promise<void> => libp2p.stop();
    return new Session(greeting, channel, networkId, options.answerTimeoutMs, end);
  } catch (error) {
    await libp2p.stop();
    throw error;
  }
}
