import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { mutants } from "../packages/consensus/sim/mutants.ts";
import { patches } from "../packages/consensus/sim/patches/table.ts";

const root = resolve(import.meta.dirname, "..");
const text = readFileSync(join(root, "docs/consensus-checklist.md"), "utf8");

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
  readonly shown: string;
}

const rows: readonly Row[] = text.split("\n").flatMap((line) => {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  const [id = "", , , shown = ""] = cells.map((cell) => cell.trim());
  return /^[SLDR]\d+$/.test(id) ? [{ id, cells, shown }] : [];
});

const ids = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

describe("the checklist of consensus", () => {
  test("has every row, once, with something in each column", () => {
    const expected = [...ids("S", 19), ...ids("L", 14), ...ids("D", 5), ...ids("R", 2)];
    expect(rows.map(({ id }) => id)).toEqual(expected);
    for (const { id, cells } of rows) {
      expect(cells, id).toHaveLength(4);
      expect(
        cells.every((cell) => cell.trim() !== ""),
        id,
      ).toBe(true);
    }
  });

  test("names at least one test for each row, and each stands under that title in that file", () => {
    for (const { id, shown } of rows) {
      const named = [...shown.matchAll(/`([\w./-]+\.ts)` "([^"]+)"/g)];
      expect(named.length, id).toBeGreaterThan(0);
      for (const [, file = "", title = ""] of named) {
        expect(existsSync(join(root, file)), `${id} ${file}`).toBe(true);
        const source = readFileSync(join(root, file), "utf8");
        const found = source.split(`"${title}"`).length - 1;
        expect(found, `${id} "${title}" in ${file}`).toBe(1);
      }
    }
  });

  test("names only places that are broken on purpose somewhere", () => {
    const known = new Set([...patches, ...mutants].map(({ name }) => name));
    for (const { id, shown } of rows) {
      const [, listed = ""] = shown.split("broken on purpose: ");
      const names = [...listed.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      for (const name of names) expect(known.has(name as string), `${id} ${name}`).toBe(true);
    }
  });
});

describe("the pitfalls of sealed sharing", () => {
  const table = readFileSync(join(root, "docs/pitfalls.md"), "utf8").split("\n");
  const listed = table.flatMap((line) => {
    const [, number, , shown] = line.split("|").map((cell) => cell.trim());
    return number !== undefined && /^\d+$/.test(number) ? [{ number, shown: shown ?? "" }] : [];
  });
  const tests = globSync(["packages/*/test/**/*.ts", "test/**/*.ts"], { cwd: root }).flatMap(
    (path) => {
      const source = readFileSync(join(root, path), "utf8");
      const found = [...source.matchAll(/\btest[^"]*\(\s*"pitfall (\d+): /g)];
      return found.map(([, number = ""]) => ({ number, path: path.replaceAll("\\", "/") }));
    },
  );

  test("are all listed, each with every file that shows it, or the reason why none does", () => {
    expect(listed.map(({ number }) => Number(number))).toEqual(
      Array.from({ length: 27 }, (_, index) => index + 1),
    );
    for (const { number, shown } of listed) {
      const files = tests.filter((one) => one.number === number).map(({ path }) => path);
      const named = [...shown.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path]) => path);
      expect(named.sort(), number).toEqual([...new Set(files)].sort());
      if (files.length === 0) expect(shown, number).toMatch(/^left out: ./);
    }
  });
});
