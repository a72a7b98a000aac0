import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openToken } from "../src/token.ts";

async function paths() {
  const folder = await mkdtemp(join(tmpdir(), "tegata-token-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { token: join(folder, "api-token"), hash: join(folder, "api-token.hash") };
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

test("the first start makes a token, and its hash stays when the file is taken away", async () => {
  const { token, hash } = await paths();
  const made = await openToken(token, hash);
  expect(sha256((await readFile(token, "utf8")).trim()).equals(made)).toBe(true);
  await rm(token);
  expect(await openToken(token, hash)).toEqual(made);
});

test("an empty file, such as a crash may leave, is no token that everybody knows", async () => {
  const { token, hash } = await paths();
  await writeFile(token, "\n", { mode: 0o600 });
  const made = await openToken(token, hash);
  expect(sha256("").equals(made)).toBe(false);
  expect(sha256((await readFile(token, "utf8")).trim()).equals(made)).toBe(true);
});
