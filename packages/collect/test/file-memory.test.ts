import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileMemory, type RememberedFile } from "../src/file-memory.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tegata-memory-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (content: string, state: RememberedFile["state"]): RememberedFile => {
  return { content, name: "shots.csv", state, atMs: 1, rows: 2, timeMs: 3 };
};

test("remembers what was said last of a file, also after it was opened again", async () => {
  const path = join(folder, "files");
  const memory = await FileMemory.open(path);
  await memory.set(file("aa", "begun"));
  await memory.set(file("bb", "begun"));
  await memory.set(file("aa", "done"));
  await memory.close();
  const again = await FileMemory.open(path);
  expect([again.get("aa"), again.get("bb"), again.get("cc")]).toEqual([
    file("aa", "done"),
    file("bb", "begun"),
    null,
  ]);
  await again.close();
  expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(2);
});

test("passes over a line that a crash cut short, and whatever is none", async () => {
  const path = join(folder, "files");
  const whole = JSON.stringify(file("aa", "done"));
  writeFileSync(path, `${whole}\nnull\n[]\n{"content":7}\n`);
  appendFileSync(path, JSON.stringify(file("bb", "done")).slice(0, 40));
  const memory = await FileMemory.open(path);
  expect([memory.get("aa")?.state, memory.get("bb")]).toEqual(["done", null]);
  await memory.set(file("cc", "done"));
  await memory.close();
  const again = await FileMemory.open(path);
  expect(again.get("cc")).toEqual(file("cc", "done"));
  await again.close();
});

test("keeps what is said after a write that was cut short", async () => {
  const path = join(folder, "files");
  const memory = await FileMemory.open(path);
  await memory.set(file("aa", "done"));
  appendFileSync(path, JSON.stringify(file("bb", "done")).slice(0, 40));
  await memory.set(file("cc", "done"));
  await memory.close();
  const again = await FileMemory.open(path);
  expect([again.get("aa")?.state, again.get("bb"), again.get("cc")?.state]).toEqual([
    "done",
    null,
    "done",
  ]);
  await again.close();
});
