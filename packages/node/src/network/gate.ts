import type { ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { MemberId } from "@tegata/ledger/primitives";
import { systemClock } from "../clock.ts";
import { NodeError } from "../errors.ts";
import { createPeerCounters, type PeerCounters } from "./counters.ts";
import type { DialFailure } from "./dial-failure.ts";
import { dialAddresses, hostOf, type PeerIdText, peerIdOf } from "./identity.ts";
import type { NetworkLimits } from "./limits.ts";
import type { LogThrottle } from "./log-throttle.ts";
import type { NetworkMember } from "./network.ts";

/** What a peer and the attempts to reach it have shown; for people to read, nothing is decided by it. */
export interface PeerRecord {
  version: string | null;
  dialFailure: DialFailure | null;
  /** Since the Unix epoch. */
  dialedUsAtMs: number | null;
}

/** A member of the set as the network keeps it. */
export interface Peer {
  readonly memberId: MemberId;
  readonly peerId: PeerIdText;
  readonly addresses: readonly Multiaddr[];
  readonly counters: PeerCounters;
  /** What was learned of it since the start, kept across connections. */
  readonly record: PeerRecord;
}

function newRecord(): PeerRecord {
  return { version: null, dialFailure: null, dialedUsAtMs: null };
}

/** The change a new set brings. */
export interface MemberChange {
  readonly joined: readonly Peer[];
  readonly left: readonly Peer[];
}

interface Exclusion {
  readonly untilMs: number;
  readonly pauseMs: number;
}

/** New connections a host without a known member may open in a second. */
const strangersPerSecondMax = 10;
/** Hosts counted in one second; more than this many at once is an attack, and new ones wait. */
const hostsMax = 4_096;

function twice({ memberId }: NetworkMember): NodeError {
  const detail = { memberId, reason: "the member or its key occurs twice" };
  return new NodeError("NODE_BAD_MEMBER", detail.reason, detail);
}

/**
 * Who may connect. Before the handshake hosts are bounded, after it the peer id must be a member's:
 * only then the key behind the connection is proven.
 */
export class Gate {
  readonly #limits: NetworkLimits;
  readonly #throttle: LogThrottle;
  readonly #ownPeerId: PeerIdText;
  #peers: ReadonlyMap<PeerIdText, Peer> = new Map();
  /** What each member may connect as, its current key first. */
  #members: ReadonlyMap<MemberId, readonly Peer[]> = new Map();
  #memberHosts: ReadonlySet<string> = new Set();
  readonly #exclusions: Map<PeerIdText, Exclusion> = new Map();
  /** Connections in their handshake, with the host each comes from. */
  readonly #handshakes: Map<MultiaddrConnection, string> = new Map();
  #second = 0;
  #newPerHost: Map<string, number> = new Map();
  rejectedStrangers = 0;
  rejectedHandshakes = 0;

  constructor(ownPeerId: PeerIdText, limits: NetworkLimits, throttle: LogThrottle) {
    this.#ownPeerId = ownPeerId;
    this.#limits = limits;
    this.#throttle = throttle;
  }

  /** Every key of every member but this node's. */
  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Every member but this node, with its keys, the current one first. */
  get members(): readonly (readonly Peer[])[] {
    return [...this.#members.values()];
  }

  /** What a member may connect as. */
  keysOf(memberId: MemberId): readonly Peer[] {
    return this.#members.get(memberId) ?? [];
  }

  byPeerId(peerId: PeerIdText): Peer | null {
    return this.#peers.get(peerId) ?? null;
  }

  byMember(memberId: MemberId): Peer | null {
    return this.keysOf(memberId)[0] ?? null;
  }

  /** @throws NODE_BAD_MEMBER; the set is then unchanged */
  setMembers(members: readonly NetworkMember[]): MemberChange {
    const byMember = new Map<MemberId, readonly Peer[]>();
    const seen = new Set<string>();
    for (const member of members) {
      const keys = this.#keysOf(member);
      for (const name of [member.memberId, ...keys.map(({ peerId }) => peerId)]) {
        if (seen.has(name)) throw twice(member);
        seen.add(name);
      }
      // The own member, whichever of its keys this node has.
      if (keys.some(({ peerId }) => peerId === this.#ownPeerId)) continue;
      byMember.set(member.memberId, keys);
    }
    const peers = new Map([...byMember.values()].flat().map((peer) => [peer.peerId, peer]));
    const before = this.#peers;
    const stays = (peer: Peer, set: ReadonlyMap<PeerIdText, Peer>): boolean =>
      set.get(peer.peerId)?.memberId === peer.memberId;
    this.#peers = peers;
    this.#members = byMember;
    const hosts = [...peers.values()].flatMap((peer) => peer.addresses.map(hostOf));
    this.#memberHosts = new Set(hosts);
    for (const peerId of this.#exclusions.keys()) {
      if (!peers.has(peerId)) this.#exclusions.delete(peerId);
    }
    return {
      joined: [...peers.values()].filter((peer) => !stays(peer, before)),
      left: [...before.values()].filter((peer) => !stays(peer, peers)),
    };
  }

  /** What the member may connect as; counters and record are the member's, whatever its key. */
  #keysOf(member: NetworkMember): readonly Peer[] {
    const { memberId, networkKey, formerKeys = [] } = member;
    const known = this.byMember(memberId);
    const counters = known?.counters ?? createPeerCounters(memberId);
    const record = known?.record ?? newRecord();
    return [networkKey, ...formerKeys].map((key) => {
      const peerId = peerIdOf({ memberId, networkKey: key });
      return { memberId, peerId, addresses: dialAddresses(member, peerId), counters, record };
    });
  }

  /** Keeps a peer out that broke a rule: twice as long as the last time, if that was not long ago. */
  exclude(peer: Peer, nowMs: number): void {
    const last = this.#exclusions.get(peer.peerId);
    const { exclusionFirstMs, exclusionMaxMs } = this.#limits;
    const recent = last !== undefined && nowMs < last.untilMs + 2 * exclusionMaxMs;
    const pauseMs = recent ? Math.min(last.pauseMs * 2, exclusionMaxMs) : exclusionFirstMs;
    const exclusion = { untilMs: nowMs + pauseMs, pauseMs };
    // Another of its keys is no way around it.
    for (const { peerId } of this.keysOf(peer.memberId)) this.#exclusions.set(peerId, exclusion);
  }

  isExcluded(peerId: PeerIdText, nowMs: number): boolean {
    return nowMs < (this.#exclusions.get(peerId)?.untilMs ?? 0);
  }

  /** The hooks libp2p calls on the way to a connection. */
  connectionGater(): ConnectionGater {
    const refused = (peerId: { toString(): string }, connection: MultiaddrConnection): boolean => {
      this.#handshakes.delete(connection);
      return this.#refuses(peerId.toString(), connection);
    };
    return {
      denyInboundConnection: (connection) => this.#refusesHandshake(connection),
      denyInboundEncryptedConnection: (peerId, connection) => {
        const record = this.#peers.get(peerId.toString())?.record;
        // Also a connection that is not needed shows that the way here is open.
        if (record !== undefined) record.dialedUsAtMs = systemClock.nowMs();
        return refused(peerId, connection);
      },
      denyOutboundEncryptedConnection: refused,
    };
  }

  #refuses(peerId: PeerIdText, connection: MultiaddrConnection): boolean {
    if (this.#peers.has(peerId)) return this.isExcluded(peerId, performance.now());
    this.rejectedStrangers += 1;
    const fields = { host: hostOf(connection.remoteAddr), strangers: this.rejectedStrangers };
    this.#throttle.info("stranger", fields, "refused a connection of a stranger");
    return true;
  }

  #refusesHandshake(connection: MultiaddrConnection): boolean {
    const host = hostOf(connection.remoteAddr);
    if (this.#crowded(host)) {
      this.rejectedHandshakes += 1;
      const fields = { host, handshakes: this.rejectedHandshakes };
      this.#throttle.info("handshake", fields, "refused one of too many new connections");
      return true;
    }
    this.#handshakes.set(connection, host);
    connection.addEventListener("close", () => this.#handshakes.delete(connection));
    return false;
  }

  #crowded(host: string): boolean {
    let ofHost = 0;
    for (const other of this.#handshakes.values()) if (other === host) ofHost += 1;
    if (ofHost >= this.#limits.handshakesPerHostMax) return true;
    // Hosts of members are not held up by how many strangers knock elsewhere.
    if (this.#memberHosts.has(host)) return false;
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#newPerHost = new Map();
    }
    const opened = this.#newPerHost.get(host) ?? 0;
    if (opened >= strangersPerSecondMax || this.#newPerHost.size >= hostsMax) return true;
    this.#newPerHost.set(host, opened + 1);
    return this.#handshakes.size >= this.#limits.handshakesMax;
  }
}
