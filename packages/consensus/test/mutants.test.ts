// The checkers are worth what they notice: the code is broken in every known way.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { mutants } from "../sim/mutants.ts";
import { patches } from "../sim/patches/table.ts";
import { patched } from "../sim/program/patching.ts";

const program = join(import.meta.dirname, "../sim/program");
const run = promisify(execFile);

interface Attempt {
  readonly name: string;
  readonly seed: number | null;
}

describe("the checkers", () => {
  test("notice every broken rule, from a seed on at which it is known to show", async () => {
    const words = [join(program, "mutants.ts"), "--json"];
    const { stdout } = await run(process.execPath, words).catch((error: unknown) => error as never);
    const { results } = JSON.parse(stdout) as { results: readonly Attempt[] };
    expect(results.filter(({ seed }) => seed === null)).toEqual([]);
    expect(results).toHaveLength(patches.length + mutants.length);
  }, 300_000);

  test("every name of a broken rule is its own", () => {
    const names = [...patches, ...mutants].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a patch", () => {
  const patch = { ...patches[0], from: "one", to: "two" } as (typeof patches)[number];

  test("changes the one place it names", () => {
    expect(patched("this one place", patch)).toBe("this two place");
  });

  test.each(["nothing of it", "one and one"])("is refused for a source with '%s'", (source) => {
    expect(() => patched(source, patch)).toThrow(/occurs \d times in/);
  });
});
