// Writes docs/LIMITS.md from the tables in the code: `npm run facts -- --write`. Not edited by hand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chartLimits } from "../packages/cli/src/chart/limits.ts";
import { reportLimits } from "../packages/cli/src/report/limits.ts";
import { collectLimits } from "../packages/collect/src/limits.ts";
import { gatewayLimits } from "../packages/gateway/src/limits.ts";
import { limits } from "../packages/ledger/src/chain/limits.ts";
import { decodeLimits } from "../packages/ledger/src/primitives/codec.ts";
import { purgeLimits } from "../packages/ledger/src/storage/clusters.ts";
import { runLimits } from "../packages/node/src/host/run.ts";
import { joinLimits } from "../packages/node/src/join/limits.ts";
import { mempoolLimits } from "../packages/node/src/mempool/mempool.ts";
import { networkLimits } from "../packages/node/src/network/limits.ts";
import { syncLimits } from "../packages/node/src/sync/limits.ts";

type Table = Readonly<Record<string, unknown>>;

const tables: readonly (readonly [title: string, file: string, table: object])[] = [
  ["Protocol: validity depends on them", "packages/ledger/src/chain/limits.ts", limits],
  ["Canonical encoding", "packages/ledger/src/primitives/codec.ts", decodeLimits],
  ["Deleting what was purged", "packages/ledger/src/storage/clusters.ts", purgeLimits],
  [
    "Network, beside the frame sizes of PROTOCOL.md",
    "packages/node/src/network/limits.ts",
    networkLimits,
  ],
  ["Listener for companies that join", "packages/node/src/join/limits.ts", joinLimits],
  ["Synchronising", "packages/node/src/sync/limits.ts", syncLimits],
  ["Blocks committed together", "packages/node/src/host/run.ts", runLimits],
  ["Mempool", "packages/node/src/mempool/mempool.ts", mempoolLimits],
  ["Gateway", "packages/gateway/src/limits.ts", gatewayLimits],
  ["Collecting", "packages/collect/src/limits.ts", collectLimits],
  ["Drawings on a terminal", "packages/cli/src/chart/limits.ts", chartLimits],
  ["Reports", "packages/cli/src/report/limits.ts", reportLimits],
];

/** What the comment in front of an entry says; the one in the type where the table has none. */
function meaningOf(source: string, name: string): string {
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*(?:readonly )?${name}\\b`).exec(
    source,
  );
  const text = comment?.[1] ?? "";
  return text
    .replaceAll(/^\s*\*/gm, "")
    .replaceAll(/\{@link ([^}]+)\}/g, "$1")
    .replaceAll(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .trim();
}

function shown(value: unknown): string {
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (Array.isArray(value)) return value.map(shown).join(", then ");
  const entries = Object.entries(value as Table);
  return entries.map(([name, inner]) => `${name} ${shown(inner)}`).join(", ");
}

function section(title: string, file: string, table: object): string {
  const source = readFileSync(join(import.meta.dirname, "..", file), "utf8");
  const rows = Object.entries(table).map(
    ([name, value]) => `| \`${name}\` | ${shown(value)} | ${meaningOf(source, name)} |`,
  );
  return [
    `## ${title}`,
    "",
    `\`${file}\``,
    "",
    "| limit | value | meaning |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The whole of docs/LIMITS.md. */
export function limitsText(): string {
  const head = [
    "# Limits",
    "",
    "Every bound in one place, written by `npm run facts -- --write` from the tables in the code. Names carry their",
    "unit: `…Bytes`, `…Ms`; a plain number counts. What lies beyond a limit is refused before memory is taken for it.",
  ].join("\n");
  return `${[head, ...tables.map((one) => section(...one))].join("\n\n")}\n`;
}
