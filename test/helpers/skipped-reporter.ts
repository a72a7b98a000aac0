import type { Reporter } from "vitest/node";
import { sharedData } from "./shared-data.ts";

/** Says at the end how many tests were skipped because the shared data is not on this machine. */
export function skippedReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      if (sharedData !== null) return;
      let skipped = 0;
      for (const module of modules) {
        for (const _ of module.children.allTests("skipped")) skipped += 1;
      }
      if (skipped > 0) {
        console.log(`Shared data not found (TEGATA_TEST_DATA): ${skipped} tests skipped.`);
      }
    },
  };
}
