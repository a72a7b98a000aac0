import type { BlockId, MemberId, NetworkId, PublicKey } from "@tegata/ledger/primitives";
import type { DialFailure } from "./dial-failure.ts";
import type { MessageType, NetworkLimits, StreamClass } from "./limits.ts";
import type { HttpProxy } from "./proxy.ts";

/** A member as the ledger knows it; only members can connect. */
export interface NetworkMember {
  readonly memberId: MemberId;
  /** Ed25519 key of the role `network`; it is the member's libp2p identity. */
  readonly networkKey: PublicKey;
  /** Network keys that came before and serve for a while yet; only one of them all is connected at a time. */
  readonly formerKeys?: readonly PublicKey[];
  /** Multiaddrs as text, without a `/p2p/` part; a member without any dials the others. */
  readonly addresses: readonly string[];
}

/** The last decided block of a node. */
export interface Head {
  readonly height: number;
  readonly blockId: BlockId;
}

/** Where the network writes what an operator should know; a pino logger fits. */
export interface NetworkLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What a network is made of. */
export interface NetworkOptions {
  /** Seed of the node's network key: 32 bytes. */
  readonly networkSeed: Uint8Array;
  /** Multiaddrs to listen on, e.g. `/ip4/0.0.0.0/tcp/7000`; none: nobody can dial this node. */
  readonly listen: readonly string[];
  /** What every outgoing connection leaves through; null: they leave directly. */
  readonly proxy: HttpProxy | null;
  readonly networkId: NetworkId;
  readonly era: number;
  readonly limits: NetworkLimits;
  readonly log: NetworkLog;
  /** Asked for each hello. */
  readonly head: () => Head;
  /** The version of the protocol by which the height after the head is judged; asked for each hello. */
  readonly versionInForce: () => number;
}

/** An answer the responder does not give: `code` is text of at most 64 characters. */
export interface RequestRefusal {
  readonly refuse: string;
}

/**
 * What the network calls. None is called after {@link Network.stop} has resolved; an exception or a
 * rejection of any of them goes to `onFault` and nowhere else.
 */
export interface NetworkHandlers {
  /**
   * A frame of a connected member; the body is a copy that the handler owns, not yet decoded.
   * Frames of one member and class come in order, the next only when a returned promise is done:
   * meanwhile nothing more is read from that stream, and the sender comes to a halt.
   * @throws NODE_PEER_FRAME_MALFORMED for a body that is not what its type says, NODE_PEER_FORGED for one
   * that no honest member sends; both close the connection
   */
  onFrame(member: MemberId, type: MessageType, body: Uint8Array): void | Promise<void>;
  /**
   * A request: the canonical bytes of `[kind, …]`, the request of docs/PROTOCOL.md section 8 without its id.
   * The signal is aborted when the asker has gone or has given up.
   */
  onRequest(
    member: MemberId,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal>;
  /** Both hellos are exchanged; `head` is what the peer said of itself, unproven. */
  onConnected(member: MemberId, head: Head): void;
  /** The connection is gone; its waiting frames are dropped and its requests have failed. */
  onDisconnected(member: MemberId): void;
  /** A handler threw: a bug of the host, which decides what to do. */
  onFault(error: unknown): void;
}

/** Bounds of one request. */
export interface RequestOptions {
  readonly timeoutMs: number;
  /** Longest response taken; a longer one is cancelled. */
  readonly bytesMax: number;
  readonly signal: AbortSignal | null;
  /** Called for each piece of the response; must not throw. */
  readonly onProgress?: () => void;
}

/** Bytes since the start, frame headers included, encryption not. */
export interface StreamStats {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sentFrames: number;
  readonly receivedFrames: number;
  /** Bytes that wait for this peer now. */
  readonly queueBytes: number;
  /** Frames thrown away because the queue was full. */
  readonly droppedFrames: number;
}

/** The connection with a member. */
export interface PeerLink {
  /** `in`: it dialed this node; `out`: this node dialed it. */
  readonly direction: "in" | "out";
  /** When both hellos were complete, since the Unix epoch. */
  readonly sinceMs: number;
}

/** What is known of one member of the set, connected or not. */
export interface PeerStats {
  readonly memberId: MemberId;
  readonly connected: boolean;
  /** How it is connected; null while it is not. */
  readonly link: PeerLink | null;
  /** Version of its program as it last said; null: not since the start. */
  readonly version: string | null;
  /** The last attempt to reach it that failed, unless a later one reached it. */
  readonly dialFailure: DialFailure | null;
  /** When it last dialed this node and proved its key, since the Unix epoch; null: not since the start. */
  readonly dialedUsAtMs: number | null;
  /** Round trip of the last ping, null before the first. */
  readonly rttMs: number | null;
  readonly streams: Readonly<Record<StreamClass, StreamStats>>;
  /** Broken rules of this peer since the start, by code. */
  readonly violations: Readonly<Record<string, number>>;
}

/** Counters of the whole network since the start. */
export interface NetworkStats {
  /** Connections whose key is no member's. */
  readonly rejectedStrangers: number;
  /** Connections cut because too many were in their handshake. */
  readonly rejectedHandshakes: number;
}

/** The full mesh of direct connections between the members. Source: docs/PROTOCOL.md section 8. */
export interface Network {
  /** libp2p peer id of this node. */
  readonly peerId: string;
  /**
   * Listens and begins to dial.
   * @throws NODE_LISTEN_FAILED
   */
  start(): Promise<void>;
  /** Closes every connection and timer; requests fail with NODE_DISCONNECTED. Never throws. */
  stop(): Promise<void>;
  /** Multiaddrs this node listens on, with real ports and without a `/p2p/` part. */
  addresses(): readonly string[];
  /**
   * Replaces the set of members. New ones are dialed, those that left are disconnected; the node itself
   * may be in the list.
   * @throws NODE_BAD_MEMBER for a key or an address that cannot be used; the set is then unchanged
   */
  setMembers(members: readonly NetworkMember[]): void;
  /** Members whose hello is complete. */
  connected(): readonly MemberId[];
  /**
   * Queues a frame for a member; false if it is not connected. A full queue drops its oldest frames.
   * The body must not be changed afterwards.
   */
  send(member: MemberId, type: MessageType, body: Uint8Array): boolean;
  /** Queues a frame for every connected member and says for how many. */
  broadcast(type: MessageType, body: Uint8Array): number;
  /**
   * Asks a member; `body` is the canonical bytes of `[kind, …]` as in {@link NetworkHandlers.onRequest}.
   * @throws NODE_NOT_CONNECTED, NODE_DISCONNECTED, NODE_REQUESTS_FULL, NODE_REQUEST_TIMEOUT,
   * NODE_REQUEST_ABORTED, NODE_REQUEST_REFUSED, NODE_RESPONSE_TOO_LARGE
   */
  request(member: MemberId, body: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /** One entry for each member of the set except this node. */
  peers(): readonly PeerStats[];
  stats(): NetworkStats;
}
