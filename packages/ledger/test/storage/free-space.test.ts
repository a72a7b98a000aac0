import { join } from "node:path";
import { expect, test } from "vitest";
import { freeBytes } from "../../src/storage/index.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

test("a disk tells what is free on it, and nothing about a folder that does not exist", async () => {
  const folder = temporaryFolder();
  const free = await freeBytes(folder);
  expect(Number.isSafeInteger(free) && free > 0).toBe(true);
  await expect(freeBytes(join(folder, "none"))).rejects.toMatchObject({
    code: "LEDGER_STORE_FAILED",
    detail: { operation: "measure" },
  });
});
