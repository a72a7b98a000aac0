// What processes and disks are seen to use from outside. Figures a system does not give are null.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Company, Running } from "./consortium.ts";

/** The kernel's unit of CPU time towards programs, on every Linux in use. */
const ticksPerSecond = 100;

/** Where a process was at one moment. */
interface ProcessReading {
  readonly cpuMs: number | null;
  readonly rssBytes: number | null;
}

/** Where everything was at one moment. */
export interface Reading {
  readonly atMs: number;
  /** Time all cores have spent working, and in all, since the machine started. */
  readonly machine: { readonly busyMs: number; readonly allMs: number };
  readonly own: ProcessReading;
  readonly processes: readonly (ProcessReading & { readonly running: Running })[];
  readonly diskBytes: ReadonlyMap<Company, number>;
}

/** What a stretch of time took. */
export interface Usage {
  /** Of all cores of the machine, 0 to 1: nodes, gateways, this program with its helpers, everything else. */
  readonly cpuShare: {
    readonly nodes: number | null;
    readonly gateways: number | null;
    readonly load: number | null;
    readonly others: number | null;
  };
  /** CPU time of all nodes, of all gateways, and of this program with its helpers. */
  readonly cpuMs: {
    readonly nodes: number | null;
    readonly gateways: number | null;
    readonly load: number;
  };
  /** Memory of the largest process of each role, in bytes. */
  readonly rssBytesBefore: { readonly node: number | null; readonly gateway: number | null };
  readonly rssBytes: { readonly node: number | null; readonly gateway: number | null };
  /** Growth of the node's folder, mean over the companies. */
  readonly diskBytesPerNode: number;
}

function readProcess(pid: number): ProcessReading {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuMs = ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
    return { cpuMs, rssBytes: kilobytes === undefined ? null : Number(kilobytes) * 1_024 };
  } catch {
    return { cpuMs: null, rssBytes: null };
  }
}

function readMachine(): { busyMs: number; allMs: number } {
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busyMs += working;
    allMs += working + times.idle;
  }
  return { busyMs, allMs };
}

/** Bytes of all files below a folder; what vanishes meanwhile counts nothing. */
function bytesBelow(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += bytesBelow(path);
      else if (entry.isFile()) bytes += statSync(path).blocks * 512;
    }
  } catch {
    return bytes;
  }
  return bytes;
}

/** Reads everything; `helpers` are processes of this program. */
export function readAll(
  running: readonly Running[],
  companies: readonly Company[],
  helpers: readonly number[],
): Reading {
  const { user, system } = process.cpuUsage();
  let ownMs = (user + system) / 1_000;
  for (const pid of helpers) ownMs += readProcess(pid).cpuMs ?? 0;
  return {
    atMs: performance.now(),
    machine: readMachine(),
    own: { cpuMs: ownMs, rssBytes: null },
    processes: running.map((one) => ({ ...readProcess(one.pid), running: one })),
    diskBytes: new Map(
      companies.map((one) => [one, bytesBelow(join(one.paths.home, "node"))] as const),
    ),
  };
}

function cpuOf(reading: Reading, role: Running["role"]): number | null {
  let sum = 0;
  for (const { cpuMs, running } of reading.processes) {
    if (running.role !== role) continue;
    if (cpuMs === null) return null;
    sum += cpuMs;
  }
  return sum;
}

function largestRss(reading: Reading, role: Running["role"]): number | null {
  const sizes = reading.processes
    .filter(({ running }) => running.role === role)
    .flatMap(({ rssBytes }) => rssBytes ?? []);
  return sizes.length === 0 ? null : Math.max(...sizes);
}

const rounded = (share: number): number => Math.round(share * 1_000) / 1_000;

/** What lies between two readings of the same processes. */
export function usageBetween(before: Reading, after: Reading): Usage {
  const allMs = after.machine.allMs - before.machine.allMs;
  const grown = (role: Running["role"]): number | null => {
    const [start, end] = [cpuOf(before, role), cpuOf(after, role)];
    return start === null || end === null ? null : end - start;
  };
  const nodes = grown("node");
  const gateways = grown("gateway");
  const load = (after.own.cpuMs ?? 0) - (before.own.cpuMs ?? 0);
  const share = (ms: number | null): number | null => (ms === null ? null : rounded(ms / allMs));
  const busyMs = after.machine.busyMs - before.machine.busyMs;
  const othersMs =
    nodes === null || gateways === null ? null : Math.max(0, busyMs - nodes - gateways - load);
  let diskBytes = 0;
  for (const [company, bytes] of after.diskBytes) {
    diskBytes += bytes - (before.diskBytes.get(company) ?? 0);
  }
  return {
    cpuShare: {
      nodes: share(nodes),
      gateways: share(gateways),
      load: share(load),
      others: share(othersMs),
    },
    cpuMs: { nodes, gateways, load },
    rssBytesBefore: { node: largestRss(before, "node"), gateway: largestRss(before, "gateway") },
    rssBytes: { node: largestRss(after, "node"), gateway: largestRss(after, "gateway") },
    diskBytesPerNode: Math.round(diskBytes / Math.max(1, after.diskBytes.size)),
  };
}

/** Synced writes since a node's start by its own count, or null where it does not export one. */
export async function syncsOf({ operationsPort }: Company): Promise<number | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${operationsPort}/metrics`);
    const lines = (await answer.text()).split("\n");
    const counted = lines.filter((line) => /^tegata_\w*f?syncs_total\b/.test(line));
    if (counted.length === 0) return null;
    return counted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  } catch {
    return null;
  }
}
