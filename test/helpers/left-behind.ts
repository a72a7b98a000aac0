import { readdirSync, readFileSync } from "node:fs";

/** A running process. */
export interface Running {
  readonly pid: number;
  readonly line: string;
}

/** The running processes whose command lines name a folder; Linux only. */
export function processesNaming(folder: string): readonly Running[] {
  const found: Running[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      if (line.includes(folder)) found.push({ pid: Number(name), line });
    } catch {
      // It ended between the listing and the look.
    }
  }
  return found;
}

/** Waits until a condition holds. @throws after `timeoutMs` */
export async function eventually(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
