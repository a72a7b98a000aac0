import { defineConfig } from "vitest/config";
import { skippedReporter } from "./test/helpers/skipped-reporter.ts";

/** Most tests wait for processes and timers more than they compute. */
const workersMax = 4;

export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", skippedReporter()],
    projects: [
      {
        test: {
          name: "unit",
          pool: "forks",
          maxWorkers: workersMax,
          include: ["packages/*/test/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "e2e",
          pool: "forks",
          // Each starts whole companies, and waits for them most of its time.
          maxWorkers: 3,
          include: ["test/e2e/**/*.test.ts", "test/chaos/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Needs Chromium, a Japanese font and pdftotext: `npm run test:page`.
        test: {
          name: "page",
          pool: "forks",
          include: ["test/page/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Needs the package registry: `npm run test:package`.
        test: {
          name: "install",
          pool: "forks",
          include: ["test/install/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
