// The verifier has to run where Node is not: shown on the files, and by running it without Node.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { toBase64 } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { takeApart } from "../../../test/helpers/source-text.ts";
import { life } from "./helpers/chain.ts";
import { carryOut, type Task, type TaskResult } from "./helpers/follow-task.ts";

const root = resolve(import.meta.dirname, "../../..");
const entry = "packages/light/src/index.ts";
const statement =
  /(?<![\w"'-])(?:import|export)(?!\s+type\b)(?:\s+[\w*{][^"';]*?\sfrom)?\s*"([^"]+)"|\bimport\s*\(\s*"([^"]+)"/g;

interface Manifest {
  readonly imports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly exports?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
}

/** File of the repository that an import leads to on a host that is not Node; null for other packages. */
function targetOf(from: string, name: string): string | null {
  if (name.startsWith(".")) return join(dirname(from), name);
  const home = from.split("/").slice(0, 2).join("/");
  if (name.startsWith("#")) {
    return join(home, manifestOf(home).imports?.[name]?.default ?? "missing");
  }
  const [, folder, place] = /^@tegata\/(\w+)(\/.*)?$/.exec(name) ?? [];
  if (folder === undefined) return null;
  const exported = manifestOf(`packages/${folder}`).exports?.[`.${place ?? ""}`];
  return join(`packages/${folder}`, exported ?? "missing");
}

/** Every file that is loaded with the entry point, and every package it needs besides. */
function importGraph(start: string) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = takeApart(readFileSync(join(root, file), "utf8")).withoutComments;
    for (const [, plain, dynamic] of text.matchAll(statement)) {
      const name = plain ?? dynamic ?? "";
      const target = targetOf(file, name);
      if (target === null) packages.add(name);
      else open.push(target);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

const task: Task = {
  genesis: toBase64(life.genesis.bytes),
  steps: life.heights.map(({ step }) => [
    toBase64(step.header),
    toBase64(step.certificate),
    step.validators === null ? null : toBase64(step.validators),
  ]),
};

function runWithoutNode(given: Task, ...words: readonly string[]) {
  const program = join(import.meta.dirname, "helpers/without-node.ts");
  return spawnSync(process.execPath, [program, ...words], {
    input: JSON.stringify(given),
    encoding: "utf8",
    cwd: root,
  });
}

function resultOf({ stdout, stderr }: ReturnType<typeof runWithoutNode>) {
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as { readonly loaded: readonly string[]; readonly result: TaskResult };
}

describe("the import graph of the light verifier", () => {
  const { files, packages } = importGraph(entry);

  test("reaches ledger and consensus and nothing of Node", () => {
    expect(files).toContain("packages/ledger/src/primitives/machine-plain.ts");
    expect(files).toContain("packages/consensus/src/certificate.ts");
    expect(files).toContain("packages/ledger/src/chain/block.ts");
    const homes = /^packages\/(?:light\/src|consensus\/src|ledger\/src\/(?:primitives|chain))\//;
    expect(files.filter((file) => !homes.test(file))).toEqual([]);
    expect(packages.every((name) => name.startsWith("@noble/"))).toBe(true);
    expect(packages.filter((name) => builtinModules.includes(name))).toEqual([]);
  });

  test("has no file that speaks of Node's globals", () => {
    const globals = /\b(?:Buffer|process|require|__dirname|setImmediate)\b\s*[.(]/;
    const found = files.filter((file) => {
      return globals.test(takeApart(readFileSync(join(root, file), "utf8")).code);
    });
    expect(found).toEqual([]);
  });
});

describe("without built-in modules and globals of Node", () => {
  const ran = runWithoutNode(task);

  test("the whole chain is followed to the same end", () => {
    const { result } = resultOf(ran);
    expect(result).toEqual(carryOut(task));
    expect(result).toMatchObject({ stopped: null, light: { height: life.heights.length } });
  });

  test("what is loaded is what the files say", () => {
    const loaded = resultOf(ran).loaded.filter((url) => !url.includes("/node_modules/"));
    const own = loaded.map((url) => relative(pathToFileURL(root).pathname, new URL(url).pathname));
    const { files } = importGraph("packages/light/test/helpers/follow-task.ts");
    expect(own.sort()).toEqual(files);
    expect(files).toEqual(expect.arrayContaining([...importGraph(entry).files]));
  });

  test("a forged step is refused as it is on Node", () => {
    const [header, certificate, validators] = task.steps[8] as Task["steps"][number];
    const forged = `${certificate.slice(0, -8)}AAAA${certificate.slice(-4)}`;
    const steps = task.steps.with(8, [header, forged, validators]);
    const { result } = resultOf(runWithoutNode({ ...task, steps }));
    expect(result).toMatchObject({ stopped: "LIGHT_CERTIFICATE_VOTES", light: { height: 8 } });
    expect(result).toEqual(carryOut({ ...task, steps }));
  });

  test("the guard is awake: the entry for Node does not get past it", () => {
    const { status, stderr } = runWithoutNode(task, "node");
    expect(status).not.toBe(0);
    expect(stderr).toContain("machine-node.ts imports node:crypto");
  });
});
