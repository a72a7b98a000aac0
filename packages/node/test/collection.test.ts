import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const collection = join(import.meta.dirname, "..", "src", "collection.ts");

/** Holds some buffers, lets many go, and prints how often the whole heap was collected meanwhile. */
const program = `
  import { PerformanceObserver, constants } from "node:perf_hooks";
  const wholes = [];
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) {
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) wholes.push(detail);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const held = [];
  for (let turn = 0; turn < 400; turn += 1) {
    for (let count = 0; count < 64; count += 1) held.push(new Uint8Array(65_536).fill(1));
    held.splice(0, held.length - 1_024);
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.stdout.write(String(wholes.length));
`;

async function collections(...words: readonly string[]): Promise<number> {
  const { stdout } = await run(process.execPath, [
    ...words,
    "--input-type=module",
    "--eval",
    program,
  ]);
  return Number(stdout);
}

test("a node collects its whole heap far less often than a program without its settings", async () => {
  const usual = await collections();
  const ours = await collections("--import", collection);
  expect(usual).toBeGreaterThan(4);
  expect(ours).toBeLessThan(usual / 2);
});
