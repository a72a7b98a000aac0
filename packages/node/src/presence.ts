import type { MemberId } from "@tegata/ledger/primitives";
import type { MemberReach, NodeMemberStatus } from "./api/client.ts";
import type { Clock } from "./clock.ts";
import type { Network, PeerStats } from "./network/network.ts";

/** Blocks for which a member counts as heard after its vote was last in one's own certificate. */
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
  /** Whose votes are in the own certificate of a height. */
  readonly votersOf: (height: number) => readonly MemberId[];
}

/** What is known of the way to a member. */
export type MemberPresence = Pick<
  NodeMemberStatus,
  "reach" | "reachSinceMs" | "lastSeenMs" | "version" | "dialFailure" | "dialedUsAtMs"
>;

/**
 * How each member is reached: over a connection, or through others. Two members that nobody can dial have no
 * connection, and yet each finds the other's votes in its certificates; that is what `through-others` means.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #startedAtMs: number;
  readonly #lastSeen = new Map<MemberId, number>();
  /** When a member that is not connected was last lost. */
  readonly #lost = new Map<MemberId, number>();
  readonly #heard = new Map<MemberId, Heard>();
  #height = 0;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
  }

  onConnected(member: MemberId): void {
    this.#lastSeen.set(member, this.#parts.clock.nowMs());
    this.#lost.delete(member);
    this.#heard.delete(member);
  }

  onDisconnected(member: MemberId): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#lastSeen.set(member, nowMs);
    this.#lost.set(member, nowMs);
  }

  /** A block was committed; votes that come late are found in the certificate of the height before. */
  onCommitted(height: number): void {
    this.#height = height;
    const { network, clock, votersOf } = this.#parts;
    const peers = network.peers();
    if (peers.every(({ connected }) => connected)) return;
    const voters = new Set([...votersOf(height), ...(height > 1 ? votersOf(height - 1) : [])]);
    for (const { memberId, connected } of peers) {
      if (connected || !voters.has(memberId)) continue;
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
    return ["away", this.#lost.get(member) ?? this.#startedAtMs];
  }

  #isRecent({ height }: Heard): boolean {
    return this.#height - height < heardHeightsMax;
  }
}
