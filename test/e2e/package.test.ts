import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installLinked, packedIn, ran, tryInstalled } from "../helpers/installed.ts";

const repository = resolve(import.meta.dirname, "../..");
let folder = "";
let place = "";
let files: readonly string[] = [];

const text = (path: string): string => readFileSync(join(place, path), "utf8");
const manifest = (): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  JSON.parse(text("package.json"));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tp-"));
  place = await installLinked(packedIn(folder), folder);
  files = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(place, path)).isFile(),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the installed launcher on a Node that says it is of another version. */
function launchAs(version: string, ...words: readonly string[]) {
  const versions = `{ ...process.versions, node: "${version}" }`;
  const claim = `Object.defineProperty(process, "versions", { value: ${versions} });`;
  const preload = `data:text/javascript,${encodeURIComponent(claim)}`;
  const launcher = join(place, "bin/tegata.mjs");
  return ran(process.execPath, ["--import", preload, launcher, ...words], { cwd: folder });
}

describe("the tarball", () => {
  test("holds no TypeScript, no tests, no simulator and no path of the machine it was made on", () => {
    expect(files.length).toBeGreaterThan(200);
    const own = ["package.json", "LICENSE", "CHANGELOG.md"];
    const kinds = /\.(?:js|mjs|json|md|service|timer|yml)$/;
    expect(files.filter((path) => !own.includes(path) && !kinds.test(path))).toEqual([]);
    expect(files.filter((path) => /(?:^|\/)(?:test|sim|demo|bench)\//.test(path))).toEqual([]);
    // Of a root's home, `/root`, labels such as "tegata/1/root/sign" are no sign.
    const machine = [repository, tmpdir(), homedir()].map((path) => `(?<![\\w/.-])${path}/`);
    const found = files.filter((path) => new RegExp(machine.join("|")).test(text(path)));
    expect(found).toEqual([]);
  });

  test("names every package it needs, in one version, and bundles those of this repository", () => {
    const { dependencies = {}, bundleDependencies } = manifest();
    const house = Object.keys(dependencies).filter((name) => name.startsWith("@tegata/"));
    expect(bundleDependencies).toEqual(house);
    for (const [name, version] of Object.entries(dependencies)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
    const imported = /(?:^(?:import|export)\b(?:[^;"]*?\bfrom)?\s*|\bimport\()"([^"]+)"/gm;
    for (const path of files.filter((one) => one.endsWith(".js"))) {
      for (const [, target = ""] of text(path).matchAll(imported)) {
        if (/^(?:node:|#)/.test(target)) continue;
        const [scope = "", name = ""] = target.split("/");
        const known = target.startsWith(".")
          ? existsSync(join(place, dirname(path), target))
          : (scope.startsWith("@") ? `${scope}/${name}` : scope) in dependencies;
        expect(known, `${path}: ${target}`).toBe(true);
      }
    }
  });

  test("says what to do where Node is too old and none came along, and uses the one that came", async () => {
    const borrowed = await launchAs("20.20.2", "version");
    expect([borrowed.code, borrowed.stdout.startsWith("tegata ")], borrowed.stderr).toEqual([
      0,
      true,
    ]);
    const modules = join(folder, "node_modules");
    const { platformPackage } = await import(
      pathToFileURL(join(place, "bin/node-binary.mjs")).href
    );
    expect(Object.keys(manifest().optionalDependencies ?? {})).toContain(platformPackage);
    rmSync(join(modules, platformPackage));
    const { code, stderr } = await launchAs("20.20.2", "version");
    expect(code).toBe(78);
    expect(stderr).toContain("CLI_NODE_TOO_OLD");
  });

  test("explains an error code", async () => {
    const launcher = join(place, "bin/tegata.mjs");
    const words = [launcher, "help", "CLI_NODE_TOO_OLD"];
    const { stdout } = await ran(process.execPath, words, { cwd: folder });
    expect(stdout).toContain("Node");
    expect(stdout.split("\n").length).toBeGreaterThan(3);
  });

  test("runs a network until a record is committed and read", async () => {
    const launcher = join(place, "bin/tegata.mjs");
    await tryInstalled([process.execPath, launcher], folder, process.env);
  });
});
