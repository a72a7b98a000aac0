import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { addReadings, type MetricsSource } from "./metrics-gauges.ts";

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
  readonly proposalsMissed: Counter<"member">;
  readonly stepSeconds: Histogram<"step">;
}

const latencyBuckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** Counters and gauges of one node, in a registry of its own. */
export function createMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ network: source.networkName });
  collectDefaultMetrics({ register: registry });
  addReadings(registry, source);
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
    proposalsMissed: new Counter({
      name: "tegata_consensus_proposals_missed_total",
      help: "Rounds that ended without a decision while it was a member's turn to propose",
      labelNames: ["member"],
      registers,
    }),
    stepSeconds: new Histogram({
      name: "tegata_consensus_step_duration_seconds",
      help: "Time spent in a step; that of propose holds the waiting of an idle network",
      labelNames: ["step"],
      buckets: latencyBuckets,
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
