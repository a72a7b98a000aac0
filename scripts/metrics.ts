// Writes docs/METRICS.md from the code: `npm run facts -- --write`. Not edited by hand.
import type { Registry } from "prom-client";
import { createCollectorMetrics } from "../packages/cli/src/collecting/collector-metrics.ts";
import { createMetrics as gatewayMetrics } from "../packages/gateway/src/metrics.ts";
import { createMetrics as nodeMetrics } from "../packages/node/src/metrics.ts";

/** A metric as its program registers it. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

interface Registered {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly constructor: { readonly name: string };
}

/** Nothing is read while the names are collected. */
function unread(): never {
  throw new Error("nobody asked");
}

function ownOf(registry: Registry): readonly DocumentedMetric[] {
  const all = registry.getMetricsAsArray() as unknown as readonly Registered[];
  return all
    .filter(({ name }) => name.startsWith("tegata_"))
    .map(({ name, help, labelNames = [], constructor: made }) => ({
      name,
      type: made.name.toLowerCase() as DocumentedMetric["type"],
      help: help.replace(/\.$/, ""),
      labels: labelNames,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every metric of ours by the program that has it, by name. */
export function documentedMetrics(): Readonly<
  Record<"node" | "gateway" | "collector", readonly DocumentedMetric[]>
> {
  const source = { networkName: "", member: "", version: "", gauges: unread, storage: unread };
  return {
    node: ownOf(nodeMetrics(source).registry),
    gateway: ownOf(gatewayMetrics("", "").registry),
    collector: ownOf(createCollectorMetrics("").registry),
  };
}

function table(metrics: readonly DocumentedMetric[]): string {
  const rows = metrics.map(({ name, type, help, labels }) => {
    const shown = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${shown} | ${help.replaceAll("|", "\\|")} |`;
  });
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

const collectors = [
  "`tegata watch` and `tegata collect` answer on the port of this machine that `--metrics PORT` names: a process each,",
  "a port each.",
].join("\n");

/** The whole of docs/METRICS.md. */
export function metricsText(): string {
  const { node, gateway, collector } = documentedMetrics();
  const head = [
    "# Metrics",
    "",
    "Written by `npm run facts -- --write` from the code. Each program answers `/metrics` (Prometheus text) on its",
    "operations port on loopback; see [OPERATING.md](OPERATING.md). Beside these both have the usual `process_*` and",
    "`nodejs_*`. Every metric carries the label `network`; members are named by handle. No label names a stream, a",
    "field or a record. Names beginning with `tegata_debug_` may change with any version, all others are kept.",
    "Alerts: `ops/prometheus/alerts.yml`; panels: `ops/grafana/tegata.json`.",
  ].join("\n");
  const parts = [head, "## Node", table(node), "## Gateway", table(gateway)];
  parts.push("## Collectors", collectors, table(collector));
  return `${parts.join("\n\n")}\n`;
}
