import { readdir, stat, statfs } from "node:fs/promises";
import { join, sep } from "node:path";

/** What a folder takes of its disk. */
export interface StorageSizes {
  /** Bytes by what they hold. */
  readonly files: readonly { readonly kind: string; readonly bytes: number }[];
  readonly diskBytes: number;
}

/** Asking more often than this gives the last answer: a large chain has many files. */
const periodMs = 30_000;
const kinds = ["bodies", "state"];

/** What measures a node's folder: its two databases by name, everything else together. */
export function measureStorage(folder: string): () => Promise<StorageSizes> {
  let last: Promise<StorageSizes> | null = null;
  let measuredMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (last === null || nowMs - measuredMs > periodMs) {
      measuredMs = nowMs;
      last = sizesOf(folder);
    }
    return last;
  };
}

async function sizesOf(folder: string): Promise<StorageSizes> {
  const sizes = new Map<string, number>([...kinds, "other"].map((kind) => [kind, 0]));
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  for (const file of files) {
    const [first = ""] = file.split(sep, 1);
    const kind = kinds.includes(first) ? first : "other";
    // A file may go while it is looked at.
    const status = await stat(join(folder, file)).catch(() => null);
    if (status?.isFile() === true) sizes.set(kind, (sizes.get(kind) ?? 0) + status.size);
  }
  const disk = await statfs(folder).catch(() => null);
  return {
    files: [...sizes].map(([kind, bytes]) => ({ kind, bytes })),
    diskBytes: disk === null ? 0 : disk.blocks * disk.bsize,
  };
}
