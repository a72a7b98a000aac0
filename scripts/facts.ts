// Counts what the README states about this repository: source lines per package, and every package that a
// running Tegata loads, with its licence. `npm run facts -- --write` puts both into README.md, all limits into
// docs/LIMITS.md, all metrics into docs/METRICS.md and all settings into docs/SETTINGS.md.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limitsText } from "./limits.ts";
import { metricsText } from "./metrics.ts";
import { settingsText } from "./settings.ts";

const root = join(import.meta.dirname, "..");
const begin = "<!-- facts: npm run facts -- --write -->";
const end = "<!-- end of facts -->";

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Lines that hold code: neither blank nor only a comment. */
export function codeLines(text: string): number {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !/^(\/\/|\/\*|\*)/.test(line)).length;
}

function linesOf(folder: string): number {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  let count = 0;
  for (const file of files) {
    if (file.endsWith(".ts")) count += codeLines(readFileSync(join(root, folder, file), "utf8"));
  }
  return count;
}

const places: readonly (readonly [name: string, folder: string, tests: string])[] = [
  ["ledger", "packages/ledger/src", "packages/ledger/test"],
  ["consensus", "packages/consensus/src", "packages/consensus/test"],
  ["consensus simulator", "packages/consensus/sim", "packages/consensus/test"],
  ["light verifier", "packages/light/src", "packages/light/test"],
  ["settings", "packages/settings/src", "packages/settings/test"],
  ["node", "packages/node/src", "packages/node/test"],
  ["gateway", "packages/gateway/src", "packages/gateway/test"],
  ["collecting", "packages/collect/src", "packages/collect/test"],
  ["cli", "packages/cli/src", "packages/cli/test"],
];

/** To the hundred, so that the README does not change with every commit. */
function rounded(count: number): string {
  return (Math.round(count / 100) * 100).toLocaleString("en-US");
}

function lineTable(): string {
  const rows = places.map(([name, folder]) => `| ${name} | ${rounded(linesOf(folder))} |`);
  const tests = [...new Set(places.map(([, , folder]) => folder)), "test"].map(linesOf);
  const testSum = tests.reduce((sum, count) => sum + count, 0);
  return ["| part | lines of code |", "|---|---|", ...rows, `| tests | ${rounded(testSum)} |`].join(
    "\n",
  );
}

/** Every package reached from the workspaces' `dependencies`, by the lock file. */
export function runtimePackages(
  packages: Readonly<Record<string, LockEntry>>,
): readonly (readonly [path: string, entry: LockEntry])[] {
  const found = new Map<string, LockEntry>();
  const visit = (from: string, names: Readonly<Record<string, string>>): void => {
    for (const name of Object.keys(names)) {
      const path = resolvePath(packages, from, name);
      const entry = path === null ? undefined : packages[path];
      if (path === null || entry === undefined || entry.link || found.has(path)) continue;
      found.set(path, entry);
      visit(path, entry.dependencies ?? {});
    }
  };
  for (const [path, entry] of Object.entries(packages)) {
    if (/^packages\/[a-z]+$/.test(path)) visit(path, entry.dependencies ?? {});
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Node's own way: the nearest node_modules upward that has the package. */
function resolvePath(
  packages: Readonly<Record<string, LockEntry>>,
  from: string,
  name: string,
): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === "") return null;
  }
}

function licenceTable(): string {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  const direct = new Set<string>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!/^packages\/[a-z]+$/.test(path)) continue;
    for (const name of Object.keys(entry.dependencies ?? {})) direct.add(name);
  }
  const byLicence = new Map<string, { total: number; named: string[] }>();
  for (const [path, { version, license }] of runtimePackages(lock.packages)) {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const group = byLicence.get(license ?? "none stated") ?? { total: 0, named: [] };
    group.total += 1;
    if (path === `node_modules/${name}` && direct.has(name)) group.named.push(`${name} ${version}`);
    byLicence.set(license ?? "none stated", group);
  }
  const rows = [...byLicence]
    .sort(([, a], [, b]) => b.total - a.total)
    .map(([licence, { total, named }]) => `| ${licence} | ${total} | ${named.join(", ")} |`);
  return ["| licence | packages | of them named by us |", "|---|---|---|", ...rows].join("\n");
}

/** The part of the README that this program writes. */
export function factsText(): string {
  return `${begin}\n${lineTable()}\n\n${licenceTable()}\n${end}`;
}

/** The same part as it stands in a README, or null when it has none. */
export function factsIn(readme: string): string | null {
  const first = readme.indexOf(begin);
  const last = readme.indexOf(end);
  return first < 0 || last < first ? null : readme.slice(first, last + end.length);
}

if (import.meta.main) {
  const path = join(root, "README.md");
  const facts = factsText();
  if (process.argv.includes("--write")) {
    const readme = readFileSync(path, "utf8");
    const before = factsIn(readme);
    if (before !== null)
      writeFileSync(
        path,
        readme.replace(before, () => facts),
      );
    writeFileSync(join(root, "docs", "LIMITS.md"), limitsText());
    writeFileSync(join(root, "docs", "SETTINGS.md"), settingsText());
    writeFileSync(join(root, "docs", "METRICS.md"), metricsText());
  } else {
    process.stdout.write(`${facts}\n`);
  }
}
