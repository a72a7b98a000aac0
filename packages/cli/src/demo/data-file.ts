import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { CliError } from "../errors.ts";
import { readHeader } from "../input/header.ts";
import type { DataSet } from "./press.ts";

/** Rows of a file that the demo takes; more would show nothing more. */
const rowCountMax = 2_000;
const stepMs = 1_000;

/** Columns by which the AI4I 2020 data set is known; it is synthetic and says so. */
const ai4iColumns = ["UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF"];
const ai4iFacets: ReadonlyMap<string, readonly string[]> = new Map([
  ["identity", ["UDI", "Product ID", "Type"]],
  ["status", ["Air temperature", "Process temperature", "Rotational speed", "Torque", "Tool wear"]],
  ["quality", ["Machine failure", "TWF", "HDF", "PWF", "OSF", "RNF"]],
]);

/**
 * A CSV file as what the demo publishes, one row a second up to now. Its columns are shared out over
 * three facets: by meaning where the file is known, else in their order.
 * @throws CLI_INPUT_MISSING, CLI_INPUT_UNREADABLE, CLI_SCHEMA_REFUSED for fewer than three columns
 */
export async function dataSetOf(path: string, nowMs: number): Promise<DataSet> {
  const lines = (await readText(path)).split(/\r?\n/).filter((line) => line.trim() !== "");
  const [header = "", ...all] = lines;
  const columns = header.replace(/^\ufeff/, "").split(",");
  const fields = columns.map((column) => readHeader(column).name);
  if (fields.length < 3) {
    throw new CliError("CLI_SCHEMA_REFUSED", { rule: "field-count", place: path, got: header });
  }
  const isAi4i = ai4iColumns.every((column) => fields.includes(column));
  const facets = isAi4i ? ai4iFacets : inOrder(fields);
  const kept = all.slice(0, rowCountMax);
  const startMs = nowMs - (kept.length + 60) * stepMs;
  const last = kept.at(-1) ?? "";
  return {
    file: "data.csv",
    csv: `${[header, ...kept].join("\n")}\n`,
    rowCount: kept.length,
    createOptions: [
      ...[...facets].flatMap(([name, names]) => ["--facet", `${name}=${names.join(",")}`]),
      ...["--disclosure", "quality=field"],
    ],
    submitOptions: ["--time-start", new Date(startMs).toISOString(), "--time-step", "1s"],
    facets,
    provenField: facets.get("quality")?.[0] ?? "",
    origin: { type: "file", name: isAi4i ? "AI4I 2020" : basename(path), synthetic: isAi4i },
    later: (_first, count) =>
      `${[header, ...Array.from({ length: count }, () => last)].join("\n")}\n`,
  };
}

function inOrder(fields: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const third = Math.floor(fields.length / 3);
  return new Map([
    ["identity", fields.slice(0, third)],
    ["status", fields.slice(third, third * 2)],
    ["quality", fields.slice(third * 2)],
  ]);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    if (reason === "ENOENT") throw new CliError("CLI_INPUT_MISSING", { path }, cause);
    throw new CliError("CLI_INPUT_UNREADABLE", { path, reason }, cause);
  }
}
