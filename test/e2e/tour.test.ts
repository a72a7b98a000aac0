import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tegata, userEnvironment } from "../helpers/command.ts";
import { blocksOf, shellBlockOf } from "../helpers/shell-block.ts";

const readme = resolve(import.meta.dirname, "../../README.md");
const japaneseGuide = resolve(import.meta.dirname, "../../docs/ja/data-manager.md");
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) {
    await stopBelow(folder);
    await rm(folder, { recursive: true, force: true });
  }
});

/** Ends the companies that a tour that broke off has left running. */
async function stopBelow(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const configs = entries.filter((entry) => entry.isFile() && entry.name === "config.toml");
  for (const { parentPath: home } of configs) {
    await tegata(["stop"], { folder, home, input: null });
  }
}

/** Runs a script of the shell in an empty folder and gives what it wrote with its exit code. */
async function shell(script: string): Promise<{ readonly code: number; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-tour-"));
  folders.push(folder);
  // -e ends at the first line that fails; -x shows which one it was.
  const child = spawn("bash", ["-eux", "-o", "pipefail", "-c", script], {
    cwd: folder,
    env: userEnvironment({ folder, home: null }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const code = await new Promise<number>((done) => child.once("close", (exit) => done(exit ?? 1)));
  return { code, output };
}

test("the tour of the README runs as it is written", async () => {
  const script = shellBlockOf(await readFile(readme, "utf8"), "The tour by hand");
  const { code, output } = await shell(script);
  expect([code, output]).toEqual([0, expect.any(String)]);
});

/**
 * A line without what differs from run to run: numbers, lengths of time, how far columns are apart, and the
 * order of companies, which stand by their keys.
 */
function shapeOf(line: string): string {
  return line
    .replaceAll(/\d[\d.,]* (?:ミリ秒|秒|分)/g, "(time)")
    .replaceAll(/\d[\d.,:+-]*/g, "0")
    .split(/[ ,]+/)
    .sort()
    .join(" ")
    .trim();
}

test("the guide in Japanese runs as it is written, and its pictures are what its commands print", async () => {
  const blocks = blocksOf(await readFile(japaneseGuide, "utf8"));
  const script = blocks.map(({ kind, text }) => (kind === "sh" ? text : "echo '@@'\n")).join("\n");
  const { code, output } = await shell(script);
  expect([code, output]).toEqual([0, expect.any(String)]);
  const pictures = blocks.filter(({ kind }) => kind === "text");
  expect(pictures.length).toBeGreaterThan(8);
  // Each picture shows lines of what was printed since the one before.
  const printed = output.split(/^@@$/m).map((text) => new Set(text.split("\n").map(shapeOf)));
  for (const [index, { text }] of pictures.entries()) {
    const missing = text.split("\n").filter((line) => !printed[index]?.has(shapeOf(line)));
    expect(missing, [...(printed[index] ?? [])].join("\n")).toEqual([]);
  }
});

test("a section is found by its title, and a tour without its block or with two is refused", () => {
  const section = "# House\n\n## Tour\n\nSay:\n\n```sh\na\n# b\n```\n\n## Next\n\n```sh\nc\n```\n";
  expect(shellBlockOf(section, "Tour")).toBe("a\n# b\n");
  expect(() => shellBlockOf(section, "Other")).toThrow("no section");
  expect(() => shellBlockOf("## Tour\n\n## Next\n```sh\nc\n```\n", "Tour")).toThrow("no sh block");
  expect(() => shellBlockOf("## Tour\n```sh\na\n```\n```sh\nb\n```\n", "Tour")).toThrow("2 sh");
});

test("a tour fails with the first line that fails, whatever comes after it", async () => {
  const { code, output } = await shell("true\nfalse # the broken line\necho reached\n");
  expect(code).toBe(1);
  expect(output).not.toContain("reached");
  expect((await shell("false | true\n")).code).toBe(1);
});
