import { proposerOf, quorumOf, type Validator } from "@tegata/consensus";
import { assert, type MemberId } from "@tegata/ledger/primitives";
import type { NodeMemberStatus, NodeState, NodeStatus } from "./api/client.ts";
import type { Clock } from "./clock.ts";
import type { ConsensusHost } from "./host/consensus-host.ts";
import type { Ledger } from "./host/ledger.ts";
import type { Mempool } from "./mempool/mempool.ts";
import type { Network } from "./network/network.ts";
import type { CatchUp } from "./sync/catch-up.ts";
import type { PayloadBackfill } from "./sync/payload-backfill.ts";
import { version } from "./version.ts";

/** What a status is read from. */
export interface StatusParts {
  readonly networkName: string;
  readonly member: MemberId;
  readonly ledger: Ledger;
  readonly host: ConsensusHost;
  readonly pool: Mempool;
  readonly network: Pick<Network, "connected">;
  readonly catchUp: CatchUp;
  readonly backfill: PayloadBackfill;
  readonly clock: Clock;
}

/** A member that others name two blocks ahead has to catch up; one block is a decision under way. */
const blocksBehindMax = 2;

/** What the node says of itself, read when somebody asks. */
export class StatusReader {
  readonly #parts: StatusParts;
  readonly #startedAtMs: number;
  readonly #lastSeen = new Map<MemberId, number>();

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.nowMs();
  }

  /** A member is here, or was until now. */
  see(member: MemberId): void {
    this.#lastSeen.set(member, this.#parts.clock.nowMs());
  }

  state(): NodeState {
    const { host, catchUp } = this.#parts;
    // Whoever has no vote signs nothing, and has nothing to ask the others before it is of use.
    const isFollowing = host.state.height?.start.self === null;
    if (host.isSignStateUnsafe && !isFollowing) return "sign-state-unsafe";
    if (host.state.isBehind || catchUp.blocksBehind > blocksBehindMax) return "catching-up";
    if (this.online() < this.quorum()) return "no-quorum";
    return isFollowing || host.state.voice.type === "free" ? "ready" : "starting";
  }

  /** Members whose votes count and that are connected, this one included. */
  online(): number {
    const { ledger, member, network } = this.#parts;
    const connected = new Set([member, ...network.connected()]);
    const isOnline = (one: Validator) => !one.suspended && connected.has(one.member);
    return ledger.validators.filter(isOnline).length;
  }

  quorum(): number {
    return quorumOf(this.#parts.ledger.validators.length);
  }

  round(): number {
    return this.#parts.host.state.height?.rules.round ?? 0;
  }

  read(): NodeStatus {
    const { networkName, member, ledger, pool, backfill } = this.#parts;
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
      proposer: this.#proposer(),
      quorum: this.quorum(),
      members: this.#members(),
      mempool: { transactions: pool.transactions, bytes: pool.bytes },
      payloadsMissing: backfill.missing,
      startedAtMs: this.#startedAtMs,
    };
  }

  #proposer(): MemberId | null {
    const height = this.#parts.host.state.height;
    if (height === null) return null;
    const { eligible, validators, height: number } = height.start;
    return validators[proposerOf(eligible, number, height.rules.round)]?.member ?? null;
  }

  #members(): readonly NodeMemberStatus[] {
    const { ledger, member, network, clock } = this.#parts;
    const connected = new Set(network.connected());
    return ledger.members.map(({ memberId, state }) => {
      const self = memberId === member;
      const isConnected = self || connected.has(memberId);
      const seen = this.#lastSeen.get(memberId) ?? null;
      const standing = ledger.standings.get(memberId);
      assert(standing !== undefined, "every member has a standing");
      return {
        member: memberId,
        name: state.name,
        handle: state.handle,
        connected: isConnected,
        self,
        ...standing,
        lastSeenMs: isConnected ? clock.nowMs() : seen,
      };
    });
  }
}
