import { Counter, Gauge, type Registry } from "prom-client";
import type { MemberReach, NodeState } from "./api/client.ts";
import type { StandingName } from "./host/standings.ts";
import type { StorageSizes } from "./storage-size.ts";
import { type SyncProgress, syncKinds } from "./sync/progress.ts";

/** What is read when somebody asks. */
export interface MetricsSource {
  readonly networkName: string;
  /** Handle of the own company. */
  readonly member: string;
  readonly version: string;
  gauges(): MetricsReading;
  storage(): Promise<StorageSizes>;
}

/** One reading; members by handle. */
export interface MetricsReading {
  readonly state: NodeState;
  readonly height: number;
  readonly headAgeSeconds: number;
  readonly round: number;
  /** Whose turn it is to propose; null before the first height. */
  readonly proposer: string | null;
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
  readonly syncKind: SyncProgress["kind"];
  readonly blocksBehind: number;
  readonly payloadsMissing: number;
  readonly purgedBytes: number;
  readonly freeBytes: number;
  /** How far the own clock is ahead of the network's; 0 while it is right. */
  readonly clockOffsetSeconds: number;
  readonly peers: readonly {
    readonly handle: string;
    readonly up: boolean;
    readonly reach: MemberReach;
    /** Version of its program; empty while it is not known. */
    readonly version: string;
    readonly rttSeconds: number | null;
    /** How often it broke a rule of the protocol since the start, by code. */
    readonly violations: Readonly<Record<string, number>>;
    readonly traffic: readonly {
      readonly direction: "in" | "out";
      readonly protocol: string;
      readonly bytes: number;
      readonly frames: number;
    }[];
  }[];
}

/** Every state a node can be in, for a gauge that is 1 for one of them. */
const states: readonly NodeState[] = [
  "starting",
  "catching-up",
  "ready",
  "no-quorum",
  "sign-state-unsafe",
];

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
  const counter: Counter = new Counter({
    name,
    help: `Traffic with all members since the start: ${unit}`,
    labelNames: ["direction", "protocol"],
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const peer of source.gauges().peers) {
        for (const one of peer.traffic) {
          counter.inc({ direction: one.direction, protocol: one.protocol }, one[unit]);
        }
      }
    },
  });
}

function addViolations(registry: Registry, source: MetricsSource): void {
  const counter: Counter = new Counter({
    name: "tegata_p2p_violations_total",
    help: "Rules of the protocol that a member broke, for which it was cut off",
    labelNames: ["member", "code"],
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const { handle: member, violations } of source.gauges().peers) {
        for (const [code, count] of Object.entries(violations))
          counter.inc({ member, code }, count);
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
  const peers: Gauge = new Gauge({
    name: "tegata_p2p_peers",
    help: "Connections to members, by who made them",
    labelNames: ["direction"],
    registers: [registry],
    collect: () => {
      const all = source.gauges().peers;
      for (const direction of ["in", "out"] as const) {
        const count = all.filter(({ reach }) => reach === `direct-${direction}`).length;
        peers.set({ direction }, count);
      }
    },
  });
  addViolations(registry, source);
  addTraffic(registry, source, "tegata_p2p_bytes_total", "bytes");
  addTraffic(registry, source, "tegata_debug_p2p_frames_total", "frames");
}

function addState(registry: Registry, source: MetricsSource): void {
  const gauge: Gauge = new Gauge({
    name: "tegata_sync_state",
    help: "1 for the state the node is in, as readyz names it",
    labelNames: ["state"],
    registers: [registry],
    collect: () => {
      const now = source.gauges().state;
      for (const state of states) gauge.set({ state }, Number(state === now));
    },
  });
}

function addProposer(registry: Registry, source: MetricsSource): void {
  const gauge: Gauge = new Gauge({
    name: "tegata_consensus_proposer",
    help: "1 for the member whose turn it is to propose",
    labelNames: ["member"],
    registers: [registry],
    collect: () => {
      gauge.reset();
      const { proposer } = source.gauges();
      if (proposer !== null) gauge.set({ member: proposer }, 1);
    },
  });
}

function addStorage(registry: Registry, source: MetricsSource): void {
  const gauge: Gauge = new Gauge({
    name: "tegata_storage_bytes",
    help: "Bytes on the disk: blocks and payloads (bodies), state, and the rest",
    labelNames: ["kind"],
    registers: [registry],
    collect: async () => {
      for (const { kind, bytes } of (await source.storage()).files) gauge.set({ kind }, bytes);
    },
  });
  const disk: Gauge = new Gauge({
    name: "tegata_storage_size_bytes",
    help: "Size of the disk of the data",
    registers: [registry],
    collect: async () => disk.set((await source.storage()).diskBytes),
  });
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

function addSyncKind(registry: Registry, source: MetricsSource): void {
  const gauge: Gauge = new Gauge({
    name: "tegata_sync_kind",
    help: "1 for what the node is busy with: none, confirming, blocks, snapshot or history",
    labelNames: ["kind"],
    registers: [registry],
    collect: () => {
      const { syncKind } = source.gauges();
      for (const kind of syncKinds) gauge.set({ kind }, Number(kind === syncKind));
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
    [
      "tegata_consensus_online",
      "Members with a vote that reach this one, itself included",
      (r) => r.online,
    ],
    ["tegata_consensus_quorum", "Votes that decide", (r) => r.quorum],
    ["tegata_consensus_evidence_pending", "Evidence not yet in a block", (r) => r.evidencePending],
    ["tegata_signer_last_signed_height", "Height of the last own message", (r) => r.signerHeight],
    ["tegata_signer_state_unsafe", "1 without a signer guard", (r) => Number(r.signStateUnsafe)],
    ["tegata_mempool_transactions", "Transactions that wait", (r) => r.mempoolTransactions],
    [
      "tegata_mempool_bytes",
      "Memory that waiting transactions are charged for",
      (r) => r.mempoolBytes,
    ],
    ["tegata_sync_blocks_behind", "Blocks others claim to have more", (r) => r.blocksBehind],
    ["tegata_data_missing_payloads", "Payloads still to be fetched", (r) => r.payloadsMissing],
    [
      "tegata_data_purged_bytes",
      "Payload bytes deleted since the start for their owners",
      (r) => r.purgedBytes,
    ],
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
    help: "Version of the program, and whose it is",
    labelNames: ["member", "version", "node"],
    registers: [registry],
  }).set({ member: source.member, version: source.version, node: process.version }, 1);
}

/** Adds everything that is read from the node when somebody asks. */
export function addReadings(registry: Registry, source: MetricsSource): void {
  addGauges(registry, source);
  addPeerGauges(registry, source);
  addStandings(registry, source);
  addSyncKind(registry, source);
  addState(registry, source);
  addProposer(registry, source);
  addStorage(registry, source);
  addBuildInfo(registry, source);
}
