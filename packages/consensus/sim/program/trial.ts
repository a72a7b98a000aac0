// One broken part in a thread of its own: which of the next seeds shows it, and how.
import { parentPort, workerData } from "node:worker_threads";
import { patchOf } from "../patches/table.ts";
import type { Trial, TrialResult } from "./mutants.ts";
import { applyPatch } from "./patching.ts";

async function attempt({ name, first, seeds, members, scenario }: Trial): Promise<TrialResult> {
  const patch = patchOf(name);
  const patching = patch === null ? null : applyPatch(patch);
  const { run } = await import("../setting.ts");
  const { mutantOf } = await import("../mutants.ts");
  patching?.assertApplied();
  const parts = mutantOf(name)?.parts ?? {};
  const startedMs = performance.now();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const setting = { seed, members, scenario, liars: null, without: [], healAtMs: null };
    const { violations, isStalled } = run(setting, { parts });
    const [violation] = violations;
    if (violation === undefined && !isStalled) continue;
    const seconds = Math.round(performance.now() - startedMs) / 1_000;
    return { name, seed, caughtBy: violation ?? "no progress after the network healed", seconds };
  }
  return { name, seed: null, caughtBy: null, seconds: (performance.now() - startedMs) / 1_000 };
}

parentPort?.postMessage(await attempt(workerData as Trial));
