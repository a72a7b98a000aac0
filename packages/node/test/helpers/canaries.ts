import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { nodePaths } from "../../src/config.ts";
import type { Consortium } from "./consortium.ts";
import type { Written } from "./writer.ts";

/** How many of these payloads a member's node has in a file, whatever the file is. */
export async function payloadsFound(
  network: Consortium,
  index: number,
  batches: readonly Written[],
): Promise<number> {
  const { data } = nodePaths(network.member(index).config.home);
  const names = await readdir(data, { recursive: true, withFileTypes: true });
  const contents: Uint8Array[] = [];
  for (const { parentPath, name } of names.filter((entry) => entry.isFile())) {
    // A file of the database may be written anew between listing and reading.
    contents.push(await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0)));
  }
  return batches.filter(({ payloads }) => {
    const canary = Buffer.from((payloads[0] as Uint8Array).subarray(100, 148));
    return contents.some((bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(canary),
    );
  }).length;
}
