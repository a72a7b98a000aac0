import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const source = join(import.meta.dirname, "disk.c");
const compilers = ["cc", "gcc", "clang"] as const;
const options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"] as const;

/**
 * Path of the library that disk.c becomes, compiled where this text of it never was; null where there is no
 * compiler of C.
 */
export async function diskLibrary(): Promise<string | null> {
  const text = await readFile(source);
  const name = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "tegata", "power-loss");
  const library = join(folder, `disk-${name}.so`);
  if (existsSync(library)) return library;
  await mkdir(folder, { recursive: true });
  for (const compiler of compilers) {
    const draft = `${library}.${process.pid}`;
    try {
      await run(compiler, [...options, "-o", draft, source, "-ldl"]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    await rename(draft, library);
    return library;
  }
  return null;
}
