import { noise } from "@chainsafe/libp2p-noise";
import type { Connection, Libp2p, PrivateKey, Stream } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { InvariantError, type MemberId } from "@tegata/ledger/primitives";
import { createLibp2p } from "libp2p";
import { systemClock } from "../clock.ts";
import { NodeError } from "../errors.ts";
import { boundedMuxer } from "./bounded-muxer.ts";
import { dialFailure, plainText } from "./dial-failure.ts";
import { Dialer } from "./dialer.ts";
import { Gate, type Peer } from "./gate.ts";
import type { Greeting } from "./hello.ts";
import { bareAddress, networkKeyFromSeed } from "./identity.ts";
import { type MessageType, type StreamClass, streamClasses } from "./limits.ts";
import { Link, protocolOf } from "./link.ts";
import { Links } from "./links.ts";
import { LogThrottle } from "./log-throttle.ts";
import type {
  Network,
  NetworkHandlers,
  NetworkMember,
  NetworkOptions,
  NetworkStats,
  PeerLink,
  PeerStats,
  RequestOptions,
  RequestRefusal,
  StreamStats,
} from "./network.ts";
import { noiseCrypto } from "./noise-crypto.ts";
import { transportThrough } from "./proxy.ts";

/** The larger peer id lets the other dial first, so that two rarely dial at the same time. */
const headStartMs = 250;

/** How many dials run at a time; a full mesh of 300 comes up in a few rounds. */
const parallelDialsMax = 32;

/** What a handler throws when the peer is to blame, and not the host. */
const peerFaults: ReadonlySet<string> = new Set(["NODE_PEER_FRAME_MALFORMED", "NODE_PEER_FORGED"]);

/** Makes the network of a node; nothing is opened before {@link Network.start}. */
export function createNetwork(options: NetworkOptions, handlers: NetworkHandlers): Network {
  return new Mesh(options, handlers);
}

/** The connection of an established link as others may see it. */
function linkStats({ connection, establishedAtMs }: Link): PeerLink {
  const ageMs = performance.now() - (establishedAtMs ?? performance.now());
  const direction = connection.direction === "inbound" ? "in" : "out";
  return { direction, sinceMs: Math.round(systemClock.nowMs() - ageMs) };
}

class Mesh implements Network {
  readonly peerId: string;
  readonly #options: NetworkOptions;
  readonly #handlers: NetworkHandlers;
  readonly #key: PrivateKey;
  readonly #throttle: LogThrottle;
  readonly #gate: Gate;
  readonly #links: Links;
  readonly #dialer: Dialer;
  #libp2p: Libp2p | null = null;
  #stopped = false;

  constructor(options: NetworkOptions, handlers: NetworkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#key = networkKeyFromSeed(options.networkSeed);
    this.peerId = peerIdFromPrivateKey(this.#key).toString();
    this.#throttle = new LogThrottle(options.log, options.limits.logPauseMs);
    this.#gate = new Gate(this.peerId, options.limits, this.#throttle);
    this.#links = new Links(this.peerId);
    this.#dialer = new Dialer({
      limits: options.limits,
      isMissing: (peer) => this.#isMissing(peer),
      headStartMs: (peer) => (this.#links.decides(peer.peerId) ? 0 : headStartMs),
      dial: (peer, number, signal) => this.#dial(peer, number, signal),
    });
  }

  async start(): Promise<void> {
    const libp2p = await this.#createLibp2p();
    this.#libp2p = libp2p;
    libp2p.addEventListener("connection:open", (event) => {
      this.#guarded(() => this.#onConnection(event.detail));
    });
    libp2p.addEventListener("connection:close", (event) => {
      const { remotePeer, id } = event.detail;
      this.#guarded(() => {
        this.#links.of(remotePeer.toString(), id)?.close(new Error("the connection was closed"));
      });
    });
    for (const streamClass of streamClasses) {
      const handler = (stream: Stream, connection: Connection): void => {
        this.#guarded(() => this.#onStream(streamClass, stream, connection));
      };
      // The old streams of a link that is being replaced may still be counted.
      const bounds = { maxInboundStreams: 2, maxOutboundStreams: 2 };
      await libp2p.handle(protocolOf(streamClass), handler, bounds);
    }
    try {
      await libp2p.start();
    } catch (cause) {
      const addresses = this.#options.listen;
      const message = `nothing can be opened at ${addresses.join(", ")}`;
      throw new NodeError("NODE_LISTEN_FAILED", message, { addresses }, cause);
    }
    this.#dialer.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#dialer.stop();
    try {
      await this.#libp2p?.stop();
    } catch (error) {
      this.#options.log.warn({ error }, "the network did not stop cleanly");
    }
    for (const link of this.#links.all) link.close(new Error("the network was stopped"));
  }

  addresses(): readonly string[] {
    const own = this.#libp2p?.getMultiaddrs() ?? [];
    return own.map(bareAddress);
  }

  setMembers(members: readonly NetworkMember[]): void {
    const change = this.#gate.setMembers(members);
    const left = new Set(change.left.map((peer) => peer.peerId));
    for (const link of this.#links.all) {
      if (left.has(link.peer.peerId)) link.close(new Error("no longer a member"));
    }
    this.#dialer.setPeers(this.#gate.peers);
  }

  connected(): readonly MemberId[] {
    return this.#links.established.map((link) => link.peer.memberId);
  }

  send(member: MemberId, type: MessageType, body: Uint8Array): boolean {
    const link = this.#linkTo(member);
    link?.send(type, body);
    return link !== null;
  }

  broadcast(type: MessageType, body: Uint8Array): number {
    const links = this.#links.established;
    for (const link of links) link.send(type, body);
    return links.length;
  }

  async request(member: MemberId, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const link = this.#linkTo(member);
    if (link !== null) return link.request(body, options);
    const detail = { memberId: member };
    throw new NodeError("NODE_NOT_CONNECTED", "the member is not connected", detail);
  }

  peers(): readonly PeerStats[] {
    return this.#gate.members.flatMap(([peer]) => {
      if (peer === undefined) return [];
      const link = this.#linkTo(peer.memberId);
      const stream = (streamClass: StreamClass): StreamStats => ({
        ...peer.counters.streams[streamClass],
        queueBytes: link?.queueBytes(streamClass) ?? 0,
      });
      return {
        memberId: peer.memberId,
        connected: link !== null,
        link: link === null ? null : linkStats(link),
        version: peer.record.version,
        dialFailure: peer.record.dialFailure,
        dialedUsAtMs: peer.record.dialedUsAtMs,
        rttMs: link?.rttMs ?? null,
        streams: { vote: stream("vote"), tx: stream("tx"), bulk: stream("bulk") },
        violations: Object.fromEntries(peer.counters.violations),
      };
    });
  }

  stats(): NetworkStats {
    const { rejectedStrangers, rejectedHandshakes } = this.#gate;
    return { rejectedStrangers, rejectedHandshakes };
  }

  async #createLibp2p(): Promise<Libp2p> {
    const { limits, listen, proxy } = this.#options;
    return createLibp2p({
      privateKey: this.#key,
      start: false,
      addresses: { listen: [...listen] },
      transports: [transportThrough(proxy)],
      connectionEncrypters: [noise({ crypto: noiseCrypto })],
      streamMuxers: [boundedMuxer(limits)],
      connectionGater: this.#gate.connectionGater(),
      // The muxer watches its connection itself, without a new stream for each ping.
      connectionMonitor: { enabled: false },
      connectionManager: {
        // The gate bounds strangers; the library's own counts would hit members as well.
        maxConnections: Number.POSITIVE_INFINITY,
        maxIncomingPendingConnections: Number.POSITIVE_INFINITY,
        inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
        inboundUpgradeTimeout: limits.handshakeTimeoutMs,
        inboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
        maxParallelDials: parallelDialsMax,
        maxDialQueueLength: Number.POSITIVE_INFINITY,
        // Nothing is tagged to be kept alive: the dialer does that without giving up.
        reconnectRetries: 0,
      },
    });
  }

  #linkTo(member: MemberId): Link | null {
    for (const { peerId } of this.#gate.keysOf(member)) {
      const link = this.#links.to(peerId);
      if (link !== null) return link;
    }
    return null;
  }

  #isMissing(peer: Peer): boolean {
    const excluded = this.#gate.isExcluded(peer.peerId, performance.now());
    const isWanted = peer.addresses.length > 0 && !excluded && !this.#stopped;
    return (
      isWanted && this.#gate.keysOf(peer.memberId).every((one) => this.#links.misses(one.peerId))
    );
  }

  async #dial(peer: Peer, number: number, signal: AbortSignal): Promise<void> {
    const address = peer.addresses[number % peer.addresses.length];
    if (address === undefined) return;
    try {
      // `force`: a connection that is being closed must not count as one.
      await this.#libp2p?.dial(multiaddr(address), { signal, force: true });
    } catch (error) {
      this.#onDialFailed(peer, address, error, signal);
      throw error;
    }
  }

  #onDialFailed(peer: Peer, address: Multiaddr, error: unknown, signal: AbortSignal): void {
    // An attempt that was given up for another reason than its patience says nothing of the peer.
    if (signal.aborted && (signal.reason as Error).name !== "TimeoutError") return;
    const failure = dialFailure(error, bareAddress(address), signal, systemClock.nowMs());
    const fields = { member: peer.memberId, ...failure };
    if (peer.record.dialFailure?.reason !== failure.reason) {
      this.#throttle.info(`unreachable ${peer.memberId}`, fields, "a member cannot be reached");
    }
    peer.record.dialFailure = failure;
  }

  /** A connection is open in libp2p; the hello comes later, if at all. */
  #onConnection(connection: Connection): Link | null {
    const peer = this.#gate.byPeerId(connection.remotePeer.toString());
    const inbound = connection.direction === "inbound";
    const judged =
      peer === null || this.#stopped
        ? null
        : this.#links.admit(peer.peerId, inbound, performance.now());
    if (peer === null || judged === null || !judged.admitted) {
      connection.abort(new Error("the connection is not needed"));
      return null;
    }
    judged.replaces?.close(new Error("replaced by a newer connection"));
    const link = new Link({
      connection,
      peer,
      networkId: this.#options.networkId,
      era: this.#options.era,
      head: this.#options.head,
      versionInForce: this.#options.versionInForce,
      limits: this.#options.limits,
      events: {
        onEstablished: (established, head) => this.#onEstablished(established, head),
        onFrame: (from, type, body) => this.#onFrame(from, type, body),
        onRequest: (from, what, aborted) => this.#onRequest(from, what, aborted),
        onClosed: (closed, reason) => this.#onClosed(closed, reason),
      },
    });
    this.#links.add(link);
    link.open();
    return link;
  }

  #onStream(streamClass: StreamClass, stream: Stream, connection: Connection): void {
    const link = this.#links.of(connection.remotePeer.toString(), connection.id);
    if (link === null) stream.abort(new Error("the connection is not needed"));
    else link.accept(streamClass, stream);
  }

  #onEstablished(link: Link, { head, version }: Greeting): void {
    const { memberId, record } = link.peer;
    const isDialed = link.connection.direction === "outbound";
    record.version = version;
    if (isDialed) record.dialFailure = null;
    for (const { peerId } of this.#gate.keysOf(memberId)) {
      if (peerId === link.peer.peerId) continue;
      this.#links.to(peerId)?.close(new Error("replaced by a connection with another key"));
    }
    this.#links.establish(link)?.close(new Error("replaced by a newer connection"));
    this.#dialer.onEstablished(link.peer);
    const fields = { member: memberId, height: head.height, version, isDialed };
    this.#throttle.info(`connected ${memberId}`, fields, "member connected");
    this.#guarded(() => this.#handlers.onConnected(memberId, head));
  }

  #onClosed(link: Link, reason: Error): void {
    const { memberId } = link.peer;
    const wasEstablished = this.#links.remove(link);
    if (reason instanceof InvariantError) this.#fault(reason);
    if (reason instanceof NodeError) this.#onViolation(link.peer, reason);
    this.#dialer.onClosed(link.peer, wasEstablished);
    const fields = { member: memberId, reason: reason.message };
    if (!wasEstablished) {
      this.#options.log.debug(fields, "a connection ended before its hello");
      this.#onTurnedAway(link, reason);
      return;
    }
    const isTold = this.#throttle.info(`disconnected ${memberId}`, fields, "member disconnected");
    // Whoever reads that a member has gone must not miss that it is back.
    if (isTold) this.#throttle.forget(`connected ${memberId}`);
    this.#guarded(() => this.#handlers.onDisconnected(memberId));
  }

  /** The way to the member is open, and one of the two does not want the connection. */
  #onTurnedAway({ peer, connection }: Link, reason: Error): void {
    const isDialed = connection.direction === "outbound";
    if (!isDialed || this.#stopped || this.#links.to(peer.peerId) !== null) return;
    const code = reason instanceof NodeError ? `${reason.code}: ` : "";
    const text = plainText(`${code}${reason.message}`);
    const address = bareAddress(connection.remoteAddr);
    const atMs = systemClock.nowMs();
    peer.record.dialFailure = { reason: "turned-away", address, text, atMs };
  }

  #onViolation(peer: Peer, violation: NodeError): void {
    const { memberId, counters } = peer;
    const { code, detail } = violation;
    counters.violations.set(code, (counters.violations.get(code) ?? 0) + 1);
    this.#gate.exclude(peer, performance.now());
    const fields = { member: memberId, code, detail };
    this.#throttle.warn(`${code} ${memberId}`, fields, "closed the connection of a member");
  }

  #onFrame(link: Link, type: MessageType, body: Uint8Array): void | Promise<void> {
    try {
      const done = this.#handlers.onFrame(link.peer.memberId, type, body);
      return done?.catch((error: unknown) => this.#onHandlerError(link, error));
    } catch (error) {
      this.#onHandlerError(link, error);
    }
  }

  /** A body that is not what its frame says is the peer's fault, anything else the host's. */
  #onHandlerError(link: Link, error: unknown): void {
    const isPeerFault = error instanceof NodeError && peerFaults.has(error.code);
    if (isPeerFault) link.close(error);
    else this.#fault(error);
  }

  async #onRequest(
    link: Link,
    what: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | RequestRefusal> {
    try {
      return await this.#handlers.onRequest(link.peer.memberId, what, signal);
    } catch (error) {
      // A host that stops because the asker has gone has done nothing wrong.
      if (!signal.aborted) this.#fault(error);
      return { refuse: "failed" };
    }
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    try {
      this.#handlers.onFault(error);
    } catch (cause) {
      this.#options.log.warn({ error, cause }, "a fault could not be reported");
    }
  }
}
