import { proposerOf, quorumOf, type Validator } from "@tegata/consensus";
import { assert, type MemberId } from "@tegata/ledger/primitives";
import type { NodeMemberStatus, NodeState, NodeStatus } from "./api/client.ts";
import type { Clock } from "./clock.ts";
import type { ClockWatch } from "./host/clock-watch.ts";
import type { ConsensusHost } from "./host/consensus-host.ts";
import type { Ledger } from "./host/ledger.ts";
import type { Mempool } from "./mempool/mempool.ts";
import type { MemberPresence, Presence } from "./presence.ts";
import type { Sync } from "./sync/sync.ts";
import { version } from "./version.ts";

/** What a status is read from. */
export interface StatusParts {
  readonly networkName: string;
  readonly member: MemberId;
  readonly ledger: Ledger;
  readonly host: ConsensusHost;
  readonly pool: Mempool;
  readonly presence: Presence;
  readonly sync: Pick<Sync, "blocksBehind" | "payloadsMissing" | "progress">;
  readonly clock: Clock;
  readonly clockWatch: ClockWatch;
}

/** A member that others name two blocks ahead has to catch up; one block is a decision under way. */
const blocksBehindMax = 2;

const ownPresence = Object.freeze({
  ...{ reach: null, reachSinceMs: null, dialFailure: null, dialedUsAtMs: null },
});

/** Of a member that the network has not been told of yet. */
const unknownPresence: MemberPresence = Object.freeze({
  reach: "away",
  reachSinceMs: null,
  lastSeenMs: null,
  version: null,
  dialFailure: null,
  dialedUsAtMs: null,
});

/** What the node says of itself, read when somebody asks. */
export class StatusReader {
  readonly #parts: StatusParts;
  readonly #startedAtMs: number;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
  }

  state(): NodeState {
    const { host, sync } = this.#parts;
    const { kind } = sync.progress;
    if (kind === "confirming" || kind === "snapshot") return "catching-up";
    // Whoever has no vote signs nothing, and has nothing to ask the others before it is of use.
    const isFollowing = host.state.height?.start.self === null;
    if (host.isSignStateUnsafe && !isFollowing) return "sign-state-unsafe";
    const isBehind = host.state.isBehind && !host.isHeld;
    if (isBehind || sync.blocksBehind > blocksBehindMax) return "catching-up";
    if (this.online() < this.quorum()) return "no-quorum";
    const maySign = host.state.voice.type === "free" && !host.isHeld;
    return isFollowing || maySign ? "ready" : "starting";
  }

  /** Members whose votes count and reach this node, over a connection or through others; itself included. */
  online(): number {
    const { ledger, member, presence } = this.#parts;
    const present = presence.present();
    const isOnline = (one: Validator) =>
      !one.suspended && (one.member === member || present.has(one.member));
    return ledger.validators.filter(isOnline).length;
  }

  quorum(): number {
    return quorumOf(this.#parts.ledger.validators.length);
  }

  round(): number {
    return this.#parts.host.state.height?.rules.round ?? 0;
  }

  read(): NodeStatus {
    const { networkName, member, ledger, pool, sync, clockWatch } = this.#parts;
    const { head } = ledger;
    return {
      version,
      network: ledger.store.networkId,
      networkName,
      member,
      state: this.state(),
      height: head.height,
      headBlockId: head.blockId,
      headTimeMs: head.timeMs,
      round: this.round(),
      proposer: this.proposer(),
      quorum: this.quorum(),
      outdatedFrom: ledger.outdatedFrom,
      members: this.#members(),
      mempool: { transactions: pool.transactions, bytes: pool.bytes },
      sync: sync.progress,
      payloadsMissing: sync.payloadsMissing,
      clockAheadMs: clockWatch.aheadMs,
      startedAtMs: this.#startedAtMs,
    };
  }

  /** Whose turn it is to propose; null before the first height. */
  proposer(): MemberId | null {
    const height = this.#parts.host.state.height;
    if (height === null) return null;
    const { eligible, validators, height: number } = height.start;
    return validators[proposerOf(eligible, number, height.rules.round)]?.member ?? null;
  }

  #members(): readonly NodeMemberStatus[] {
    const { ledger, member, presence, clock } = this.#parts;
    const known = presence.all();
    const own = { ...ownPresence, version, lastSeenMs: clock.nowMs() };
    // Who left is no member any more; this node says it of itself, because nobody else tells its operators.
    const present = ledger.members.filter(
      ({ memberId, state }) => state.leftHeight === null || memberId === member,
    );
    return present.map(({ memberId, state }) => {
      const self = memberId === member;
      const here = self ? own : (known.get(memberId) ?? unknownPresence);
      const standing = ledger.standings.get(memberId);
      assert(standing !== undefined, "every member has a standing");
      return {
        member: memberId,
        name: state.name,
        handle: state.handle,
        connected: self || here.reach === "direct-in" || here.reach === "direct-out",
        self,
        leftHeight: state.leftHeight,
        ...standing,
        ...here,
      };
    });
  }
}
