import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";

/** Folders for the tests of one file; removed after each test. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "tegata-store-"));
    made.push(folder);
    return folder;
  };
}

/** One folder for all tests of a file, removed after the last one. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tegata-store-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
