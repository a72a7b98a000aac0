import type { Consortium } from "./consortium.ts";
import {
  type Calibration,
  type LatencyLimit,
  type Limit,
  latencyLimit,
  quantile,
  recordUs,
  type Setting,
  throughputLimit,
  type Work,
} from "./formulas.ts";
import { gatewayLatency, nodeLatency } from "./latency.ts";
import { gatewayLoad, leadOf, nodeLoad } from "./load.ts";
import { measureThroughput, type Throughput, type Window } from "./throughput.ts";
import type { BatchSize } from "./workload.ts";

/** How long everything takes. */
export interface Effort {
  readonly window: Window;
  readonly latencySamples: number;
  /** Gateways that submit at a time. */
  readonly gateways: number;
}

export const shortEffort: Effort = {
  window: { warmUpMs: 2_000, measureMs: 7_000 },
  latencySamples: 60,
  gateways: 1,
};
export const longEffort: Effort = {
  window: { warmUpMs: 5_000, measureMs: 120_000 },
  latencySamples: 400,
  gateways: 1,
};

/** What can be measured, in the order of the run. */
export const scenarioNames = [
  "latency-gateway",
  "batches-gateway",
  "singles-gateway",
  "latency-node",
  "batches-node",
  "singles-node",
] as const;
/** One of them. */
export type ScenarioName = (typeof scenarioNames)[number];

/** What a scenario gave, before it is compared with what the machine could do. */
export type Measurement =
  | {
      readonly kind: "throughput";
      readonly name: ScenarioName;
      readonly size: BatchSize;
      readonly setting: Setting;
      readonly throughput: Throughput;
    }
  | {
      readonly kind: "latency";
      readonly name: ScenarioName;
      readonly setting: Setting;
      readonly timesMs: readonly number[];
    };

/** Names of the scenarios that need gateways. */
export function needsGateway(name: ScenarioName): boolean {
  return name.endsWith("-gateway");
}

/** Runs one scenario; `calibration` says how much to prepare, not what comes out. */
export async function runScenario(
  name: ScenarioName,
  consortium: Consortium,
  { effort, cores, calibration }: { effort: Effort; cores: number; calibration: Calibration },
): Promise<Measurement> {
  const { companies } = consortium;
  const gateways = needsGateway(name) ? effort.gateways : 0;
  const setting: Setting = { cores, validators: companies.length, gateways };
  const submitting = companies.slice(0, gateways);
  const [first] = companies;
  if (first === undefined) throw new Error("a network has companies");
  if (name === "latency-gateway" || name === "latency-node") {
    const measure = name === "latency-node" ? nodeLatency : gatewayLatency;
    const timesMs = await measure(first, effort.latencySamples);
    return { kind: "latency", name, setting, timesMs };
  }
  const size: BatchSize = name.startsWith("batches") ? 100 : 1;
  const work: Work = { rowsPerCall: size, rowsPerTransaction: size };
  const load =
    gateways > 0
      ? await gatewayLoad(companies, submitting, size)
      : await nodeLoad(companies, size, enoughFor(calibration, work, { setting, effort }));
  const throughput = await measureThroughput(consortium, load, effort.window);
  return { kind: "throughput", name, size, setting, throughput };
}

/** Transactions that one company cannot use up, however fast the network is. */
function enoughFor(
  calibration: Calibration,
  work: Work,
  { setting, effort }: { setting: Setting; effort: Effort },
): number {
  const { perSecond } = throughputLimit(calibration, work, setting);
  const seconds = (effort.window.warmUpMs + effort.window.measureMs) / 1_000 + 1;
  const transactions = (perSecond * seconds) / work.rowsPerTransaction;
  return Math.ceil(transactions / setting.validators) + 2 * leadOf(1);
}

/** One line of the answer. `ratio` is a share of what this machine could do: 1 is the limit. */
export type Result =
  | {
      readonly name: ScenarioName;
      readonly unit: "records/s";
      readonly value: number;
      readonly limit: number;
      readonly limitedBy: Limit["term"];
      readonly limits: Limit["terms"];
      readonly ratio: number;
      /** CPU that a record needs at least, as a share of what it took; other programs matter little here. */
      readonly cpuRatio: number | null;
      readonly details: Omit<Throughput, "perSecond">;
    }
  | {
      readonly name: ScenarioName;
      readonly unit: "ms";
      readonly value: number;
      readonly p99: number;
      readonly samples: number;
      readonly limit: number;
      readonly limitedBy: LatencyLimit["term"];
      readonly limits: Omit<LatencyLimit, "ms" | "term">;
      readonly ratio: number;
    };

/** Sets a measurement against the limit of the machine. */
export function judge(measurement: Measurement, calibration: Calibration): Result {
  const { name, setting } = measurement;
  if (measurement.kind === "latency") {
    const { ms: limit, term: limitedBy, ...limits } = latencyLimit(calibration, setting);
    const value = quantile(measurement.timesMs, 0.5) as number;
    const p99 = quantile(measurement.timesMs, 0.99) as number;
    const samples = measurement.timesMs.length;
    const ratio = limit / value;
    return { name, unit: "ms", value, p99, samples, limit, limitedBy, limits, ratio };
  }
  const { size, throughput } = measurement;
  const { perSecond: value, ...details } = throughput;
  const rowsPerTransaction = Math.max(1, details.recordsPerTransaction);
  const work: Work = { rowsPerCall: size, rowsPerTransaction };
  const { perSecond: limit, term, terms } = throughputLimit(calibration, work, setting);
  const { nodes, gateways, load } = details.cpuUsPerRecord;
  const least = recordUs(calibration, work, setting);
  return {
    name,
    unit: "records/s",
    value,
    limit,
    limitedBy: term,
    limits: terms,
    ratio: value / limit,
    cpuRatio: nodes === null ? null : least / (nodes + (gateways ?? 0) + load),
    details,
  };
}
