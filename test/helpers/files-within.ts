import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * What all files below a folder hold, while a process may write there: a database that writes a file anew
 * drops the old one, so a file that went away between listing and reading means that the bytes may
 * now stand where the listing did not look, and all is looked at again.
 */
export async function filesWithin(folder: string): Promise<readonly Buffer[]> {
  for (;;) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      unlessGone,
    );
    const files = entries?.filter((entry) => entry.isFile()) ?? [];
    const contents: Buffer[] = [];
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name)).catch(unlessGone);
      if (bytes !== null) contents.push(bytes);
    }
    if (entries !== null && contents.length === files.length) return contents;
  }
}

function unlessGone(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}
