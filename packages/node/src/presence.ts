import type { Block } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { MemberReach, NodeMemberStatus } from "./api/client.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./host/ledger.ts";
import type { Network, PeerStats } from "./network/network.ts";

/** Blocks for which a member counts as heard after its last vote was seen. */
const heardHeightsMax = 8;

/** When something of a member that is not connected was last heard, and since when. */
interface Heard {
  readonly sinceMs: number;
  height: number;
}

/** What presence is read from. */
export interface PresenceParts {
  readonly network: Pick<Network, "connected" | "peers">;
  readonly clock: Clock;
  /** Where the chain begins for this life, and whose votes a certificate has. */
  readonly ledger: Pick<Ledger, "head" | "votersOf" | "votersIn">;
}

/** What is known of the way to a member. */
export type MemberPresence = Pick<
  NodeMemberStatus,
  "reach" | "reachSinceMs" | "lastSeenMs" | "version" | "dialFailure" | "dialedUsAtMs"
>;

/**
 * How each member is reached: over a connection, or through others. Two members that nobody can dial have no
 * connection, and yet each finds the other's votes in certificates; that is what `through-others` means.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #startedAtMs: number;
  readonly #lastSeen = new Map<MemberId, number>();
  /** When a member that is not connected was last lost, and after which block. */
  readonly #lost = new Map<MemberId, { readonly atMs: number; readonly height: number }>();
  readonly #heard = new Map<MemberId, Heard>();
  #height: number;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
    this.#height = parts.ledger.head.height;
  }

  onConnected(member: MemberId): void {
    this.#lastSeen.set(member, this.#parts.clock.nowMs());
    this.#lost.delete(member);
    this.#heard.delete(member);
  }

  onDisconnected(member: MemberId): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#lastSeen.set(member, nowMs);
    this.#lost.set(member, { atMs: nowMs, height: this.#height });
  }

  /**
   * A block was committed. A vote that others pass on mostly comes after the own certificate has its quorum,
   * and then no more: the block carries that of a proposer, which waited for the late ones.
   */
  onCommitted({
    header,
    previousCertificate,
  }: Pick<Block, "header" | "previousCertificate">): void {
    const { height, proposer } = header;
    this.#height = height;
    const { network, clock, ledger } = this.#parts;
    const peers = network.peers();
    if (peers.every(({ connected }) => connected)) return;
    const now = new Set([...ledger.votersOf(height), proposer]);
    const before = new Set(ledger.votersIn(previousCertificate, height - 1));
    for (const { memberId, connected } of peers) {
      const votedAt = now.has(memberId) ? height : before.has(memberId) ? height - 1 : 0;
      // What it said at the height that was under way when it was lost may be its last word.
      const isSince = votedAt > (this.#lost.get(memberId)?.height ?? -1) + 1;
      if (connected || !isSince) continue;
      const heard = this.#heard.get(memberId);
      if (heard !== undefined && this.#isRecent(heard)) heard.height = height;
      else this.#heard.set(memberId, { sinceMs: clock.nowMs(), height });
    }
  }

  /** Members that are connected or whose votes come through others. */
  present(): ReadonlySet<MemberId> {
    const present = new Set(this.#parts.network.connected());
    for (const [member, heard] of this.#heard) if (this.#isRecent(heard)) present.add(member);
    return present;
  }

  /** Every member of the network but this node's own. */
  all(): ReadonlyMap<MemberId, MemberPresence> {
    return new Map(this.#parts.network.peers().map((peer) => [peer.memberId, this.#of(peer)]));
  }

  #of({ memberId, link, version, dialFailure, dialedUsAtMs }: PeerStats): MemberPresence {
    const seen = this.#lastSeen.get(memberId) ?? null;
    const lastSeenMs = link === null ? seen : this.#parts.clock.nowMs();
    const [reach, reachSinceMs] = this.#reachOf(memberId, link);
    return { reach, reachSinceMs, lastSeenMs, version, dialFailure, dialedUsAtMs };
  }

  #reachOf(member: MemberId, link: PeerStats["link"]): readonly [MemberReach, number] {
    if (link !== null) return [`direct-${link.direction}`, link.sinceMs];
    const heard = this.#heard.get(member);
    if (heard !== undefined && this.#isRecent(heard)) return ["through-others", heard.sinceMs];
    return ["away", this.#lost.get(member)?.atMs ?? this.#startedAtMs];
  }

  #isRecent({ height }: Heard): boolean {
    return this.#height - height < heardHeightsMax;
  }
}
