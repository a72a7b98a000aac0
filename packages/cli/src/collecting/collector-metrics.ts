import type { CollectorCounts, WatchEvent } from "@tegata/collect";
import type { GatewayClient } from "@tegata/gateway/client";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Given } from "../program/given.ts";
import type { SourceEvent } from "./run-collector.ts";

/** What a collector or a watch counts; no label ever names a stream, a source or a file. */
export interface CollectorMetrics {
  readonly registry: Registry;
  /** Takes what it tells of itself. */
  take(event: SourceEvent | WatchEvent): void;
  /** Reads how far it is, whenever somebody asks. */
  observe(read: () => CollectorCounts): void;
}

const nothing: CollectorCounts = { heard: 0, rows: 0, misfits: 0, waitingBytes: 0 };
const portMax = 65_535;

/** Metrics of one collector under the names that its operators rely on. */
export function createCollectorMetrics(network: string): CollectorMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ network });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let read = (): CollectorCounts => nothing;
  /** Rows of files; those of a source are counted where they are sent. */
  const fileRows = { acknowledged: 0, refused: 0 };
  const rows: Gauge = new Gauge({
    ...{ name: "tegata_collect_rows", registers, labelNames: ["result"] },
    help: "Rows since the start that the gateway has on its disk, and readings set aside or left out.",
    collect: () => {
      const { rows: acknowledged, misfits } = read();
      rows.set({ result: "acknowledged" }, acknowledged + fileRows.acknowledged);
      rows.set({ result: "refused" }, misfits + fileRows.refused);
    },
  });
  const gauge = (name: string, help: string, pick: (counts: CollectorCounts) => number): void => {
    const collect = function (this: Gauge): void {
      this.set(pick(read()));
    };
    new Gauge({ name, help, registers, collect });
  };
  gauge(
    "tegata_collect_waiting_bytes",
    "Heard and safe on the disk, and not handed over to the gateway yet.",
    ({ waitingBytes }) => waitingBytes,
  );
  gauge("tegata_collect_heard", "Lines and messages heard since the start.", ({ heard }) => heard);
  const connected = new Gauge({
    ...{ name: "tegata_collect_source_connected", registers },
    help: "1 while the source is connected, or the watched folder is there.",
  });
  const taken = new Gauge({
    ...{ name: "tegata_collect_gateway_connected", registers },
    help: "0 while the gateway takes no rows.",
  });
  taken.set(1);
  const connections = new Counter({
    ...{ name: "tegata_collect_connections_total", registers },
    help: "Connections to the source; all but the first are reconnections.",
  });
  const gaps = new Counter({
    ...{ name: "tegata_collect_gaps_total", registers },
    help: "Places at which the source or the broker has lost something before it was heard.",
  });
  const files = new Counter({
    ...{ name: "tegata_collect_files_total", registers, labelNames: ["result"] },
    help: "Files of a watched folder: published, the same again, refused, or left lying.",
  });
  const counters = { connected, taken, connections, gaps, files };
  return {
    registry,
    take: (event) => takeEvent(event, counters, fileRows),
    observe(from) {
      read = from;
    },
  };
}

function takeEvent(
  event: SourceEvent | WatchEvent,
  counters: {
    readonly connected: Gauge;
    readonly taken: Gauge;
    readonly connections: Counter;
    readonly gaps: Counter;
    readonly files: Counter<"result">;
  },
  fileRows: { acknowledged: number; refused: number },
): void {
  const { connected, taken, connections, gaps, files } = counters;
  switch (event.event) {
    case "connected":
      connections.inc();
      connected.set(1);
      return;
    case "disconnected":
    case "folder-gone":
      connected.set(0);
      return;
    case "folder-back":
      connected.set(1);
      return;
    case "waiting":
      taken.set(0);
      return;
    case "again":
      taken.set(1);
      return;
    case "gap":
    case "session-lost":
      gaps.inc();
      return;
    case "published":
      fileRows.acknowledged += event.rows;
      fileRows.refused += event.leftOutRows;
      files.inc({ result: "published" });
      return;
    case "refused":
      fileRows.acknowledged += event.rows;
      files.inc({ result: "refused" });
      return;
    case "same":
    case "stuck":
      files.inc({ result: event.event });
      return;
    default:
      return;
  }
}

/** `--metrics PORT`: opens a port on loopback for those who watch; null where nobody asked. @throws GATEWAY_LISTEN_FAILED */
export async function openCollectorMetrics(
  given: Given,
  gateway: GatewayClient,
): Promise<CollectorMetrics | null> {
  const port = given.count("metrics", 1, portMax);
  if (port === null) return null;
  const { openOperations } = await import("@tegata/gateway");
  const { network } = await gateway.status();
  const metrics = createCollectorMetrics(network.name);
  const server = await openOperations(port, metrics, () => "ready");
  // It must not keep alive what is done.
  server.unref();
  return metrics;
}
