import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ExpiringGrants } from "./expiring.ts";
import { version } from "./version.ts";

/** What a gateway counts; no label ever names a stream, a field or a record. */
export interface Metrics {
  readonly registry: Registry;
  acknowledged(rows: number): void;
  /** Rows of a facet of another company were opened for reading. */
  opened(rows: number): void;
  /** Seconds from acknowledgement to commit of a submission. */
  settled(seconds: number): void;
  refused(code: string): void;
  notOpened(reason: string, count?: number): void;
  /** A file of a machine of the plant was acknowledged, for the first time or again. */
  plantAccepted(replayed: boolean): void;
  /** A machine of the plant was turned away. */
  plantRefused(reason: string): void;
  /** Reads when the last backup was made, seconds in seconds since 1970 (UTC); 0 for never. */
  observeBackup(read: () => Promise<number>): void;
  /** Reads values that change all the time. */
  observe(read: () => Observed): void;
}

/** What is read when somebody asks. */
export interface Observed {
  readonly height: number;
  readonly waiting: number;
  readonly inFlight: number;
  /** Hours until the outbox is full; null while nothing gathers in it. */
  readonly hoursLeft: number | null;
  /** Rows that were refused and are kept. */
  readonly refused: number;
  /** Requests that wait for this company's vote. */
  readonly openVotes: number;
  readonly nodeConnected: boolean;
  readonly expiring: ExpiringGrants;
  readonly openInvitations: number;
}

const nothing: Observed = {
  ...{ height: 0, waiting: 0, inFlight: 0, hoursLeft: null, refused: 0, openVotes: 0 },
  nodeConnected: false,
  ...{ expiring: { given: 0, received: 0 }, openInvitations: 0 },
};
const finalityBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** Metrics of one gateway under the names that its operators rely on. */
export function createMetrics(network: string, member: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ network });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reading = { read: (): Observed => nothing, backup: async (): Promise<number> => 0 };
  const gauge = (name: string, help: string, pick: (observed: Observed) => number): void => {
    const collect = function (this: Gauge): void {
      this.set(pick(reading.read()));
    };
    new Gauge({ name, help, registers, collect });
  };
  gauge("tegata_chain_height", "Height up to which the ledger was read.", (now) => now.height);
  gauge("tegata_outbox_rows_waiting", "Rows that were not sent yet.", (now) => now.waiting);
  gauge("tegata_outbox_rows_in_flight", "Rows that wait for their block.", (now) => now.inFlight);
  gauge("tegata_outbox_rows_refused", "Rows that were refused and are kept.", (now) => now.refused);
  const untilFull =
    "Hours until no more rows are accepted at the present rate; +Inf while none gather.";
  gauge("tegata_outbox_hours_left", untilFull, (now) => now.hoursLeft ?? Number.POSITIVE_INFINITY);
  gauge("tegata_governance_open_votes", "Requests that wait for our vote.", (now) => now.openVotes);
  gauge("tegata_node_connected", "1 while the company's node answers.", (now) =>
    now.nodeConnected ? 1 : 0,
  );
  gauge("tegata_invites_open", "Own invitations that can be used.", (now) => now.openInvitations);
  const expiring: Gauge = new Gauge({
    ...{ name: "tegata_grants_expiring", registers, labelNames: ["window", "direction"] },
    help: "Live grants whose span ends within the window.",
    collect: () => {
      for (const direction of ["given", "received"] as const) {
        expiring.set({ window: "7d", direction }, reading.read().expiring[direction]);
      }
    },
  });
  const backup: Gauge = new Gauge({
    ...{ name: "tegata_backup_last_success_timestamp_seconds", registers },
    help: "When the last backup was made, in seconds since 1970 (UTC); 0 for never.",
    collect: async () => backup.set(await reading.backup()),
  });
  const rows = new Counter({
    ...{ name: "tegata_data_records_total", registers },
    help: "Rows accepted from own programs (out), and rows of facets of others opened (in).",
    labelNames: ["direction"],
  });
  const refused = new Counter({
    ...{ name: "tegata_tx_rejected_total", help: "Own transactions refused, by code.", registers },
    labelNames: ["code"],
  });
  const failures = new Counter({
    ...{ name: "tegata_data_decrypt_failures_total", registers },
    help: "Rows and grants that do not open to what their owner committed to.",
    labelNames: ["reason"],
  });
  const accepted = new Counter({
    ...{ name: "tegata_plant_files_accepted_total", registers, labelNames: ["result"] },
    help: "Files of machines of the plant that were acknowledged, new ones and repetitions.",
  });
  const turnedAway = new Counter({
    ...{ name: "tegata_plant_refused_total", registers, labelNames: ["reason"] },
    help: "Connections and requests from the plant that were turned away, by reason.",
  });
  const finality = new Histogram({
    ...{ name: "tegata_tx_finality_seconds", registers, buckets: finalityBuckets },
    help: "From acknowledgement to commit.",
  });
  const info = new Gauge({
    ...{ name: "tegata_build_info", help: "Version, and whose it is.", registers },
    labelNames: ["member", "version", "node"],
  });
  info.set({ member, version, node: process.version }, 1);
  return {
    registry,
    acknowledged: (count) => rows.inc({ direction: "out" }, count),
    opened: (count) => rows.inc({ direction: "in" }, count),
    settled: (seconds) => finality.observe(seconds),
    refused: (code) => refused.inc({ code }),
    notOpened: (reason, count = 1) => {
      if (count > 0) failures.inc({ reason }, count);
    },
    plantAccepted: (replayed) => accepted.inc({ result: replayed ? "repeated" : "new" }),
    plantRefused: (reason) => turnedAway.inc({ reason }),
    observeBackup(read) {
      reading.backup = read;
    },
    observe(read) {
      reading.read = read;
    },
  };
}
