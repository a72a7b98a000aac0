import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { documentedMetrics } from "../scripts/metrics.ts";

const ops = resolve(import.meta.dirname, "../ops");
const read = (path: string): string => readFileSync(join(ops, path), "utf8");
const alerts = read("prometheus/alerts.yml");
const known = new Set(
  Object.values(documentedMetrics())
    .flat()
    .flatMap(({ name, type }) =>
      type === "histogram" ? ["bucket", "sum", "count"].map((part) => `${name}_${part}`) : [name],
    ),
);

/** Metrics of ours that a text names and that no program has. */
function strangersIn(text: string): string[] {
  const names = text.match(/\btegata_[a-z0-9_]+/g) ?? [];
  expect(names.length).toBeGreaterThan(10);
  return [...new Set(names)].filter((name) => !known.has(name));
}

describe("the files for those who watch", () => {
  test("name only metrics that the programs have", () => {
    expect(strangersIn(alerts)).toEqual([]);
    expect(strangersIn(read("prometheus/alerts.test.yml"))).toEqual([]);
    expect(strangersIn(read("grafana/tegata.json"))).toEqual([]);
  });

  test("name only labels that the metrics have", () => {
    const labels = new Map(
      Object.values(documentedMetrics())
        .flat()
        .map(({ name, labels: own }) => [name, own]),
    );
    const shared = ["network", "instance", "job", "le"];
    for (const text of [alerts, read("prometheus/alerts.test.yml"), read("grafana/tegata.json")]) {
      for (const [, name = "", inside = ""] of text.matchAll(/\b(tegata_[a-z0-9_]+)\{([^}]*)\}/g)) {
        const own =
          labels.get(name) ?? labels.get(name.replace(/_(?:bucket|sum|count)$/, "")) ?? [];
        for (const [, label = ""] of inside.matchAll(/(\w+)(?:=|!=|=~)\\?"/g)) {
          expect([...own, ...shared], `${name}: ${label}`).toContain(label);
        }
      }
    }
  });

  test("say of every alert how bad it is, what it is and what to do, and try each", () => {
    const rules = alerts.split(/^ {6}- alert: /m).slice(1);
    expect(rules.length).toBeGreaterThan(15);
    const tried = read("prometheus/alerts.test.yml");
    for (const rule of rules) {
      const [name = ""] = rule.split("\n", 1);
      expect(rule, name).toMatch(/severity: (?:critical|warning)/);
      expect(rule, name).toMatch(/summary: \S/);
      expect(rule, name).toMatch(/next: \S/);
      const fires = new RegExp(`alertname: ${name}\\n +exp_alerts:\\n`);
      expect(tried, `${name} is never seen to fire`).toMatch(fires);
    }
  });

  test("show five rows of panels, each with something in it", () => {
    interface Panel {
      readonly type: string;
      readonly title: string;
      readonly targets?: readonly { readonly expr: string }[];
    }
    const { panels } = JSON.parse(read("grafana/tegata.json")) as { readonly panels: Panel[] };
    const rows = panels.filter(({ type }) => type === "row").map(({ title }) => title);
    expect(rows).toEqual(["Is it moving", "Who is missing", "My node", "My data", "Host"]);
    for (const { type, title, targets = [] } of panels) {
      expect(targets.length > 0, title).toBe(type !== "row");
    }
  });
});
