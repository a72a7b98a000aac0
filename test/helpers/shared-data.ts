import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..", "..");

function findSharedData(): string | null {
  const named = process.env.TEGATA_TEST_DATA;
  if (named !== undefined && named !== "") {
    const folder = resolve(repository, named);
    if (!existsSync(join(folder, "vectors"))) {
      throw new Error(`TEGATA_TEST_DATA names ${folder}, which holds no folder "vectors"`);
    }
    return folder;
  }
  const beside = resolve(repository, "..", "shared");
  return existsSync(join(beside, "vectors")) ? beside : null;
}

/**
 * Absolute path of the folder with the public test vectors and the sample data, or null when it
 * is not on this machine: `$TEGATA_TEST_DATA`, else `shared` beside the repository.
 * Tests that need it say `test.skipIf(sharedData === null)`.
 */
export const sharedData: string | null = findSharedData();

/** Path below `vectors`, e.g. `vectorPath("cbor", "appendix-a.json")`. */
export function vectorPath(...parts: readonly string[]): string {
  return sharedPath("vectors", ...parts);
}

/** Path below `data`, e.g. `dataPath("telemetry", "press.csv")`. */
export function dataPath(...parts: readonly string[]): string {
  return sharedPath("data", ...parts);
}

/** Reads a JSON file; the caller names the type it knows the file to have. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

function sharedPath(...parts: readonly string[]): string {
  if (sharedData === null) throw new Error("the shared data is missing: guard with test.skipIf");
  return join(sharedData, ...parts);
}
