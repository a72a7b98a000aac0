import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { placed, portsOf, runBlocks, takeEnd } from "../helpers/guide.ts";
import { openShell } from "../helpers/guide-shell.ts";
import { innerWordsIn } from "../helpers/inner-words.ts";
import { startLine } from "../helpers/line-machines.ts";
import { blocksOf, shellBlockOf } from "../helpers/shell-block.ts";

const readme = resolve(import.meta.dirname, "../../README.md");
const japaneseGuide = resolve(import.meta.dirname, "../../docs/ja/data-manager.md");
const japaneseLine = resolve(import.meta.dirname, "../../docs/ja/line-engineer.md");

test("the tour of the README runs as it is written", async () => {
  const script = shellBlockOf(await readFile(readme, "utf8"), "The tour by hand");
  const shell = await openShell();
  await shell.run(placed(script, await portsOf(script)));
  expect(innerWordsIn(shell.said)).toEqual([]);
});

test("the guides in Japanese run as they are written, and their pictures are what their commands print", async () => {
  const page = await readFile(japaneseGuide, "utf8");
  const { blocks, end } = takeEnd(page);
  const shell = await openShell();
  expect(await runBlocks(shell, blocks, await portsOf(page))).toBeGreaterThan(8);
  const line = blocksOf(await readFile(japaneseLine, "utf8"));
  expect(await runBlocks(shell, line, await startLine())).toBeGreaterThan(6);
  await runBlocks(shell, end, []);
  expect(innerWordsIn(shell.said)).toEqual([]);
});

test("a section is found by its title, and a tour without its block or with two is refused", () => {
  const section = "# House\n\n## Tour\n\nSay:\n\n```sh\na\n# b\n```\n\n## Next\n\n```sh\nc\n```\n";
  expect(shellBlockOf(section, "Tour")).toBe("a\n# b\n");
  expect(() => shellBlockOf(section, "Other")).toThrow("no section");
  expect(() => shellBlockOf("## Tour\n\n## Next\n```sh\nc\n```\n", "Tour")).toThrow("no sh block");
  expect(() => shellBlockOf("## Tour\n```sh\na\n```\n```sh\nb\n```\n", "Tour")).toThrow("2 sh");
});

test("a tour fails with the first line that fails, whatever comes after it", async () => {
  const shell = await openShell();
  await expect(shell.run("true\nfalse # the broken line\necho reached\n")).rejects.toThrow(
    "ended with 1",
  );
  expect(shell.said).not.toContain("reached");
  await expect((await openShell()).run("false | true\n")).rejects.toThrow("ended with 1");
});
