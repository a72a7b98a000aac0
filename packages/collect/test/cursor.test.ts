import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readCursor } from "../src/cursor.ts";

async function cursorFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-cursor-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "cursor");
}

const whole = { spool: "0123456789abcdef", next: 120, sending: 400, refused: [], memo: null };

test("a cursor is begun where there is none, and read back as it is", async () => {
  const path = await cursorFile();
  const begun = await readCursor(path, null);
  expect(begun).toMatchObject({ next: 0, sending: null, refused: [], memo: null });
  expect(await readCursor(path, null)).toEqual(begun);
});

test.each([
  ["text", "not JSON"],
  ["nothing", "null"],
  ["a place before the beginning", JSON.stringify({ ...whole, next: -1 })],
  ["a step that ends before it begins", JSON.stringify({ ...whole, sending: 100 })],
  ["a step that is none", JSON.stringify({ ...whole, sending: "400" })],
  ["refused rows that are none", JSON.stringify({ ...whole, refused: [{ index: 0 }] })],
  ["no memory", JSON.stringify({ ...whole, memo: undefined })],
])("a cursor with %s is told as damaged and left as it is", async (_what, text) => {
  const path = await cursorFile();
  await writeFile(path, text);
  await expect(readCursor(path, null)).rejects.toMatchObject({ code: "COLLECT_STATE_DAMAGED" });
  expect(await readFile(path, "utf8")).toBe(text);
});
