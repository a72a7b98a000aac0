import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { missingOf, portsOf, runBlocks, takeEnd } from "../helpers/guide.ts";
import { openShell } from "../helpers/guide-shell.ts";
import { innerWordsIn } from "../helpers/inner-words.ts";
import { startLine } from "../helpers/line-machines.ts";
import { blocksOf } from "../helpers/shell-block.ts";

const page = (path: string): Promise<string> => {
  return readFile(resolve(import.meta.dirname, "../../docs/guides", path), "utf8");
};

test("the guides of the data manager and of the line engineer run as they are written, on the same two companies, and their pictures are what their commands print", async () => {
  const shell = await openShell();
  const places = await startLine();
  const manager = await page("data-manager.md");
  const { blocks, end } = takeEnd(manager);
  expect(await runBlocks(shell, blocks, await portsOf(manager))).toBeGreaterThan(12);
  const line = blocksOf(await page("line-engineer.md"));
  expect(await runBlocks(shell, line, places)).toBeGreaterThan(8);
  // What the tables of the guide name, and what a reader types without being told to.
  await shell.run("tegata\ntegata doctor || true\n");
  await shell.run("tegata --lang ja\ntegata status --lang ja\ntegata doctor --lang ja || true\n");
  await runBlocks(shell, end, []);
  expect(innerWordsIn(shell.said)).toEqual([]);
});

test("a picture is compared line by line, in its order and without what differs from run to run", () => {
  const printed = "+ tegata query\n3 rows published · block 12 · 1.5 s\nRight\nLeft\n";
  expect(missingOf("1 row published · block 3 · 54 ms\nLeft\n", printed)).toEqual([]);
  expect(missingOf("Left\nRight\n", printed)).toEqual(["Right"]);
  expect(missingOf("3 rows sent\n", printed)).toEqual(["3 rows sent"]);
});
