import { readFile } from "node:fs/promises";

// From this folder: of an installed package, then of the repository.
const roots = ["../..", "../../../.."];

/** The text of a file that comes with the program, such as `docs/ERRORS.md`; null where it did not come. */
export async function readCarried(path: string): Promise<string | null> {
  for (const root of roots) {
    try {
      return await readFile(new URL(`${root}/${path}`, import.meta.url), "utf8");
    } catch {
      // The other place, or none.
    }
  }
  return null;
}
