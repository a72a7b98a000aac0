import type { Calibration, driftOf } from "./formulas.ts";
import type { Result } from "./scenarios.ts";

/** The whole answer of a run; the only thing on stdout with --json. */
export interface Report {
  readonly schema: "tegata.bench/1";
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly node: string;
    readonly openssl: string;
  };
  /** Commit of the sources; null outside a repository. `+` at its end: with changes. */
  readonly commit: string | null;
  readonly mode: "short" | "long";
  readonly seconds: number;
  /** The two calibrations differ too much for the ratios to be trusted. */
  readonly unsteady: boolean;
  /** Other programs took more than a tenth of the machine during a measurement. */
  readonly disturbed: boolean;
  readonly results: readonly Result[];
  readonly calibration: {
    readonly before: Calibration;
    readonly after: Calibration;
    /** What the limits are computed from. */
    readonly best: Calibration;
    readonly drift: ReturnType<typeof driftOf>;
  };
}

const significantDigits = 4;

/** JSON with numbers as exact as a measurement is. */
export function toJson(report: Report): string {
  const round = (_name: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value)
      ? Number(value.toPrecision(significantDigits))
      : value;
  return JSON.stringify(report, round, 2);
}

const mebibyte = 1_048_576;

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 100)}%`;
}

function cellsOf(result: Result): readonly string[] {
  const { name, unit, value, limit, limitedBy, ratio } = result;
  const start = [name, `${figure(value)} ${unit}`, figure(limit), limitedBy, percent(ratio)];
  if (result.unit === "ms") return [...start, "-", "-", "-", "-", `p99 ${figure(result.p99)} ms`];
  const { cpuShare, rssBytes } = result.details.usage;
  const sizes = [rssBytes.node, rssBytes.gateway].map((bytes) =>
    bytes === null ? "-" : `${Math.round(bytes / mebibyte)}`,
  );
  const shares = [cpuShare.nodes, cpuShare.gateways, cpuShare.load, cpuShare.others];
  const { blocks, transactions, recordsPerTransaction: rows } = result.details;
  const perBlock = figure(transactions / Math.max(1, blocks));
  return [
    ...start,
    percent(result.cpuRatio),
    figure(result.details.diskBytesPerRecord),
    sizes.join(" / "),
    shares.map(percent).join(" / "),
    `${figure(rows)} records a transaction, ${perBlock} transactions a block`,
  ];
}

const headings = [
  "",
  "result",
  "limit",
  "limited by",
  "ratio",
  "CPU ratio",
  "disk B/record",
  "MiB node / gateway",
  "CPU nodes / gateways / load / others",
  "",
];

/** The results as a table for people. */
export function toTable(report: Report): string {
  const rows = [headings, ...report.results.map(cellsOf)];
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd(),
  );
  const { machine, calibration, commit } = report;
  const { best, drift } = calibration;
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, OpenSSL ${machine.openssl}`,
    `commit ${commit ?? "unknown"}, ${report.mode} run of ${Math.round(report.seconds)} s`,
    `verify ${figure(best.verifyUs)} us, sync ${figure(best.syncMs)} ms, seal 100 rows ${figure(best.batch.sealUs)} us; calibrations differ by ${percent(drift.share)} (${drift.part})`,
  ];
  if (report.unsteady)
    parts.push("UNSTEADY: the machine changed meanwhile; do not trust the ratios");
  if (report.disturbed) parts.push("DISTURBED: other programs took part of the machine");
  return [...parts, "", ...lines, ""].join("\n");
}
