import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeLines, factsIn, factsText, runtimePackages } from "../scripts/facts.ts";
import { limitsText } from "../scripts/limits.ts";
import { documentedMetrics, metricsText } from "../scripts/metrics.ts";
import { settingsText } from "../scripts/settings.ts";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

test("the README states the lines and licences as they are (npm run facts -- --write)", () => {
  expect(factsIn(readme)).toBe(factsText());
});

test("docs/LIMITS.md states the limits as they are (npm run facts -- --write)", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "docs", "LIMITS.md"), "utf8");
  expect(text).toBe(limitsText());
});

test("docs/SETTINGS.md states the settings as they are (npm run facts -- --write)", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "docs", "SETTINGS.md"), "utf8");
  expect(text).toBe(settingsText());
});

test("docs/METRICS.md states the metrics as they are (npm run facts -- --write)", () => {
  const text = readFileSync(join(import.meta.dirname, "..", "docs", "METRICS.md"), "utf8");
  expect(text).toBe(metricsText());
});

test("no metric has a label that could name a stream, a field or a record", () => {
  const harmless = new Set([
    ...["member", "version", "node", "code", "reason", "result", "direction", "protocol"],
    ...["state", "standing", "step", "kind", "reach", "window"],
  ]);
  for (const { name, labels } of Object.values(documentedMetrics()).flat()) {
    expect(
      labels.filter((label) => !harmless.has(label)),
      name,
    ).toEqual([]);
    expect(name).toMatch(/^tegata_(?:debug_)?[a-z0-9_]+$/);
  }
});

test("blank lines and comments are no lines of code", () => {
  expect(codeLines("// one\n\nconst a = 1;\n/** two */\n * three\nconst b = 2; // four\n")).toBe(2);
});

test("runtime packages are those reached from a workspace, resolved as Node does", () => {
  const packages = {
    "packages/node": { dependencies: { a: "1" } },
    "packages/node/node_modules/a": { version: "1", dependencies: { b: "1" } },
    "node_modules/a": { version: "2" },
    "node_modules/b": { version: "1" },
    "node_modules/unused": { version: "1" },
  };
  expect(runtimePackages(packages).map(([path]) => path)).toEqual([
    "node_modules/b",
    "packages/node/node_modules/a",
  ]);
});

test("no package at run time is without a licence that allows its use", () => {
  const lock = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8"),
  );
  const allowed =
    /^(\(?(MIT|Apache-2\.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|Unlicense|BlueOak-1\.0\.0)( OR |\)|$))+/;
  const others = runtimePackages(lock.packages).filter(
    ([, { license }]) => !allowed.test(license ?? ""),
  );
  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});
