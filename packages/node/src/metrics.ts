import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

import type { MemberReach } from "./api/client.ts";
import type { StandingName } from "./host/standings.ts";

/** Names and labels of everything this node counts. */
export interface Metrics {
  readonly registry: Registry;
  readonly rounds: Counter<"result">;
  readonly blockInterval: Histogram;
  readonly commitSeconds: Histogram;
  readonly transactionSeconds: Histogram;
  readonly transactionsRefused: Counter<"code">;
  readonly messagesRefused: Counter<"code">;
  readonly equivocations: Counter<"member">;
  readonly evidence: Counter<"result">;
  readonly votesMissed: Counter<"member">;
}

/** What is read when somebody asks. */
export interface MetricsSource {
  readonly networkName: string;
  readonly version: string;
  gauges(): MetricsReading;
}

/** One reading; members by handle. */
export interface MetricsReading {
  readonly height: number;
  readonly headAgeSeconds: number;
  readonly round: number;
  readonly timeoutSeconds: number;
  readonly members: number;
  readonly online: number;
  readonly quorum: number;
  /** Members by what they do in the network. */
  readonly standings: readonly { readonly standing: StandingName; readonly members: number }[];
  readonly evidencePending: number;
  readonly signerHeight: number;
  readonly signStateUnsafe: boolean;
  readonly mempoolTransactions: number;
  readonly mempoolBytes: number;
  readonly blocksBehind: number;
  readonly payloadsMissing: number;
  /** How far the own clock is ahead of the network's; 0 while it is right. */
  readonly clockOffsetSeconds: number;
  readonly freeBytes: number;
  readonly peers: readonly {
    readonly handle: string;
    readonly up: boolean;
    readonly reach: MemberReach;
    /** Version of its program; empty while it is not known. */
    readonly version: string;
    readonly rttSeconds: number | null;
    readonly traffic: readonly {
      readonly direction: "in" | "out";
      readonly protocol: string;
      readonly bytes: number;
      readonly frames: number;
    }[];
  }[];
}

const latencyBuckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: () => gauge.set(read()),
  });
}

function addTraffic(
  registry: Registry,
  source: MetricsSource,
  name: string,
  unit: "bytes" | "frames",
): void {
  const gauge: Gauge = new Gauge({
    name,
    help: `Traffic with all members since the start: ${unit}`,
    labelNames: ["direction", "protocol"],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const peer of source.gauges().peers) {
        for (const one of peer.traffic) {
          gauge.inc({ direction: one.direction, protocol: one.protocol }, one[unit]);
        }
      }
    },
  });
}

function addPeerGauges(registry: Registry, source: MetricsSource): void {
  const up: Gauge = new Gauge({
    name: "tegata_p2p_peer_up",
    help: "Whether a member is connected",
    labelNames: ["member"],
    registers: [registry],
    collect: () => {
      for (const peer of source.gauges().peers) up.set({ member: peer.handle }, peer.up ? 1 : 0);
    },
  });
  const info: Gauge = new Gauge({
    name: "tegata_p2p_peer_info",
    help: "How a member is reached, and the version of its program",
    labelNames: ["member", "reach", "version"],
    registers: [registry],
    collect: () => {
      info.reset();
      for (const { handle: member, reach, version } of source.gauges().peers) {
        info.set({ member, reach, version }, 1);
      }
    },
  });
  const rtt: Gauge = new Gauge({
    name: "tegata_p2p_rtt_seconds",
    help: "Round trip of the last ping",
    labelNames: ["member"],
    registers: [registry],
    collect: () => {
      for (const { handle, rttSeconds } of source.gauges().peers) {
        if (rttSeconds !== null) rtt.set({ member: handle }, rttSeconds);
      }
    },
  });
  addTraffic(registry, source, "tegata_p2p_bytes_total", "bytes");
  addTraffic(registry, source, "tegata_debug_p2p_frames_total", "frames");
}

function addStandings(registry: Registry, source: MetricsSource): void {
  const gauge: Gauge = new Gauge({
    name: "tegata_validators",
    help: "Members by standing: voting, sidelined, suspended, or following without a vote",
    labelNames: ["standing"],
    registers: [registry],
    collect: () => {
      for (const { standing, members } of source.gauges().standings) {
        gauge.set({ standing }, members);
      }
    },
  });
}

function addGauges(registry: Registry, source: MetricsSource): void {
  const rows: readonly (readonly [string, string, (reading: MetricsReading) => number])[] = [
    ["tegata_chain_height", "Height of the last committed block", (r) => r.height],
    ["tegata_chain_head_age_seconds", "Age of the last block", (r) => r.headAgeSeconds],
    ["tegata_consensus_round", "Round of the height in force", (r) => r.round],
    ["tegata_consensus_timeout_seconds", "Wait for a proposal now", (r) => r.timeoutSeconds],
    ["tegata_consensus_members", "Members with a vote", (r) => r.members],
    ["tegata_consensus_online", "Of them connected, this one included", (r) => r.online],
    ["tegata_consensus_quorum", "Votes that decide", (r) => r.quorum],
    ["tegata_consensus_evidence_pending", "Evidence not yet in a block", (r) => r.evidencePending],
    ["tegata_signer_last_signed_height", "Height of the last own message", (r) => r.signerHeight],
    ["tegata_signer_state_unsafe", "1 without a signer guard", (r) => Number(r.signStateUnsafe)],
    ["tegata_mempool_transactions", "Transactions that wait", (r) => r.mempoolTransactions],
    ["tegata_mempool_bytes", "Memory they are charged for", (r) => r.mempoolBytes],
    ["tegata_sync_blocks_behind", "Blocks others claim to have more", (r) => r.blocksBehind],
    ["tegata_data_missing_payloads", "Payloads still to be fetched", (r) => r.payloadsMissing],
    ["tegata_clock_offset_seconds", "Own clock ahead of others'", (r) => r.clockOffsetSeconds],
    ["tegata_storage_free_bytes", "Room left on the disk of the data", (r) => r.freeBytes],
  ];
  for (const [name, help, read] of rows) {
    addGauge(registry, name, help, () => read(source.gauges()));
  }
}

function addBuildInfo(registry: Registry, source: MetricsSource): void {
  new Gauge({
    name: "tegata_build_info",
    help: "Version of the program",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: source.version, node: process.version }, 1);
}

/** Counters and gauges of one node, in a registry of its own. */
export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ network: source.networkName });
  collectDefaultMetrics({ register: registry });
  addGauges(registry, source);
  addPeerGauges(registry, source);
  addStandings(registry, source);
  addBuildInfo(registry, source);
  const registers = [registry];
  return {
    registry,
    rounds: new Counter({
      name: "tegata_consensus_rounds_total",
      help: "Rounds that began: the first of a height, or a further one",
      labelNames: ["result"],
      registers,
    }),
    blockInterval: new Histogram({
      name: "tegata_consensus_block_interval_seconds",
      help: "Time between two blocks",
      buckets: latencyBuckets,
      registers,
    }),
    commitSeconds: new Histogram({
      name: "tegata_storage_commit_seconds",
      help: "Writing a decided block to the disk",
      buckets: latencyBuckets,
      registers,
    }),
    transactionSeconds: new Histogram({
      name: "tegata_tx_finality_seconds",
      help: "From the submission of an own transaction to its commit",
      buckets: latencyBuckets,
      registers,
    }),
    transactionsRefused: new Counter({
      name: "tegata_tx_rejected_total",
      help: "Transactions turned away",
      labelNames: ["code"],
      registers,
    }),
    messagesRefused: new Counter({
      name: "tegata_consensus_messages_rejected_total",
      help: "Consensus messages of members turned away",
      labelNames: ["code"],
      registers,
    }),
    equivocations: new Counter({
      name: "tegata_consensus_equivocations_total",
      help: "Contradicting messages of a member",
      labelNames: ["member"],
      registers,
    }),
    evidence: new Counter({
      name: "tegata_consensus_evidence_total",
      help: "Evidence of contradictions: seen by this node, received from others, committed in blocks",
      labelNames: ["result"],
      registers,
    }),
    votesMissed: new Counter({
      name: "tegata_consensus_votes_missed_total",
      help: "Blocks decided without a member's precommit in the own certificate",
      labelNames: ["member"],
      registers,
    }),
  };
}
