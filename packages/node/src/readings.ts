import { timeoutMs } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Clock } from "./clock.ts";
import { type NodeConfig, nodePaths } from "./config.ts";
import type { EvidencePool } from "./evidence/evidence-pool.ts";
import type { ClockWatch } from "./host/clock-watch.ts";
import type { ConsensusHost } from "./host/consensus-host.ts";
import type { Ledger } from "./host/ledger.ts";
import type { Signer } from "./host/signer.ts";
import { standingNames } from "./host/standings.ts";
import type { Mempool } from "./mempool/mempool.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { MetricsReading } from "./metrics-gauges.ts";
import { streamClasses } from "./network/limits.ts";
import type { Network, PeerStats } from "./network/network.ts";
import type { MemberPresence, Presence } from "./presence.ts";
import type { StatusReader } from "./status.ts";
import { measureStorage } from "./storage-size.ts";
import type { Sync } from "./sync/sync.ts";
import { version } from "./version.ts";

/** What metrics are read from. */
export interface ReadingParts {
  readonly ledger: Ledger;
  readonly host: ConsensusHost;
  readonly evidence: EvidencePool;
  readonly signer: Signer;
  readonly pool: Mempool;
  readonly network: Pick<Network, "peers">;
  readonly sync: Pick<Sync, "blocksBehind" | "payloadsMissing" | "progress" | "purgedBytes">;
  readonly presence: Presence;
  readonly status: StatusReader;
  readonly clock: Clock;
  readonly clockWatch: ClockWatch;
  readonly freeBytes: () => number;
}

function readPeer(
  peer: PeerStats,
  ledger: Ledger,
  presences: ReadonlyMap<string, MemberPresence>,
): MetricsReading["peers"][number] {
  const member = ledger.members.find(({ memberId }) => memberId === peer.memberId);
  return {
    handle: member?.state.handle ?? peer.memberId,
    up: peer.connected,
    reach: presences.get(peer.memberId)?.reach ?? "away",
    version: peer.version ?? "",
    rttSeconds: peer.rttMs === null ? null : peer.rttMs / 1_000,
    violations: peer.violations,
    traffic: streamClasses.flatMap((protocol) => {
      const { sentBytes, receivedBytes, sentFrames, receivedFrames } = peer.streams[protocol];
      return [
        { direction: "out" as const, protocol, bytes: sentBytes, frames: sentFrames },
        { direction: "in" as const, protocol, bytes: receivedBytes, frames: receivedFrames },
      ];
    }),
  };
}

function countStandings(ledger: Ledger): MetricsReading["standings"] {
  const members = [...ledger.standings.values()];
  return standingNames.map((standing) => ({
    standing,
    members: members.filter((one) => one.standing === standing).length,
  }));
}

function handleOf(ledger: Ledger, member: MemberId | null): string | null {
  if (member === null) return null;
  return ledger.members.find(({ memberId }) => memberId === member)?.state.handle ?? member;
}

/** One reading of everything that metrics show as it is now. */
function readGauges(parts: ReadingParts): MetricsReading {
  const { ledger, host, signer, pool, network, sync, status, clock, clockWatch } = parts;
  const { height, timeMs } = ledger.head;
  const start = host.state.height?.start;
  const round = status.round();
  const presences = parts.presence.all();
  return {
    state: status.state(),
    height,
    headAgeSeconds: Math.max(0, clock.nowMs() - timeMs) / 1_000,
    round,
    proposer: handleOf(ledger, status.proposer()),
    timeoutSeconds: start === undefined ? 0 : timeoutMs(start.timeouts, "propose", round) / 1_000,
    members: ledger.validators.length,
    online: status.online(),
    quorum: status.quorum(),
    standings: countStandings(ledger),
    evidencePending: parts.evidence.size,
    signerHeight: signer.lastHeight ?? 0,
    signStateUnsafe: host.isSignStateUnsafe,
    mempoolTransactions: pool.transactions,
    mempoolBytes: pool.bytes,
    syncKind: sync.progress.kind,
    blocksBehind: sync.blocksBehind,
    payloadsMissing: sync.payloadsMissing,
    purgedBytes: sync.purgedBytes,
    clockOffsetSeconds: (clockWatch.aheadMs ?? 0) / 1_000,
    freeBytes: parts.freeBytes(),
    peers: network.peers().map((peer) => readPeer(peer, ledger, presences)),
  };
}

/** The metrics of a node, read from its parts. */
export function metricsOf(
  parts: ReadingParts,
  networkName: string,
  { company: member, home }: Pick<NodeConfig, "company" | "home">,
): Metrics {
  const storage = measureStorage(nodePaths(home).data);
  const gauges = (): MetricsReading => readGauges(parts);
  return createMetrics({ networkName, member, version, gauges, storage });
}
