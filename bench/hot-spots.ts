import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** What `node --cpu-prof` writes, as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const shownMax = 30;

/** The functions that took most time themselves, over all profiles of a role in a folder, as text. */
export function hotSpots(folder: string): string {
  const roles = new Map<string, Map<string, number>>();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".cpuprofile")) continue;
    const role = name.split("-")[0] as string;
    const spent = roles.get(role) ?? new Map<string, number>();
    roles.set(role, spent);
    addProfile(JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile, spent);
  }
  return [...roles].map(([role, spent]) => tableOf(role, spent)).join("\n");
}

function addProfile({ nodes, samples, timeDeltas }: CpuProfile, spent: Map<string, number>): void {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? "(unknown)";
    spent.set(place, (spent.get(place) ?? 0) + (timeDeltas[index] ?? 0));
  }
}

function placeOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]) {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const root = resolve(import.meta.dirname, "..");
  const path = url.startsWith("file://") ? relative(root, url.slice("file://".length)) : url;
  return `${name} ${path}:${lineNumber + 1}`;
}

function tableOf(role: string, spent: ReadonlyMap<string, number>): string {
  const idle = spent.get("(idle)") ?? 0;
  const total = [...spent.values()].reduce((all, one) => all + one, 0) - idle;
  const sorted = [...spent].filter(([place]) => place !== "(idle)").sort((a, b) => b[1] - a[1]);
  const lines = sorted
    .slice(0, shownMax)
    .map(([place, us]) => `${((100 * us) / total).toFixed(1).padStart(5)}%  ${place}`);
  return [`hot spots of each ${role} (self time, ${Math.round(total / 1_000)} ms)`, ...lines].join(
    "\n",
  );
}
