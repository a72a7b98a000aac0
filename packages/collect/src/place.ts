import { createHash } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder, takeLock } from "@tegata/ledger/storage";
import { CollectError, reasonOf } from "./errors.ts";

/** The folder in which one collector keeps what it must not forget. */
export interface Place {
  readonly folder: string;
  release(): void;
}

/**
 * Takes the folder of one source and one stream, so that two processes never collect the same twice.
 * @throws COLLECT_RUNNING
 */
export async function takePlace(
  root: string,
  kind: string,
  source: readonly string[],
): Promise<Place> {
  const name = createHash("sha256").update(JSON.stringify(source)).digest("hex").slice(0, 16);
  const folder = join(root, `${kind}-${name}`);
  makeFolder(folder);
  try {
    const lock = takeLock(join(folder, "lock"));
    return { folder, release: () => lock.release() };
  } catch (error) {
    const { code, detail } = error as { code?: unknown; detail?: { pid?: unknown } };
    if (code !== "LEDGER_STORE_LOCKED") throw error;
    const pid = typeof detail?.pid === "number" ? detail.pid : null;
    throw new CollectError("COLLECT_RUNNING", { place: folder, pid }, error);
  }
}

/** Writes a file whole or not at all, synced. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text, "utf8");
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** After these nobody knows what the disk kept. */
const diskErrors: ReadonlySet<string> = new Set(["EIO", "ENOSPC", "EDQUOT", "EROFS"]);

/** Makes new names of a folder durable, where the file system knows how to. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  if (handle === null) return;
  // Shares of other machines refuse it; there the server decides.
  await handle
    .sync()
    .catch((error: unknown) => {
      if (diskErrors.has(reasonOf(error))) throw error;
    })
    .finally(() => handle.close());
}
