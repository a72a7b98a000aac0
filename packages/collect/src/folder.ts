import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";

/** A file that nobody has written to for a while. */
export interface SettledFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** What one look at a folder found. */
export type FolderView =
  | { readonly type: "gone"; readonly reason: string }
  | {
      readonly type: "here";
      /** Finished files, the oldest first; none that is younger than one still being written. */
      readonly ready: readonly SettledFile[];
      /** Files that wait to be finished, or for one before them. */
      readonly waiting: number;
      /** Names that this system cannot read as text, as far as they can be shown. */
      readonly unnamed: readonly string[];
    };

const pollMsMin = 20;

interface Seen {
  readonly file: SettledFile;
  /** Since when size and time of change are as they are, by a clock that never goes back. */
  readonly sinceMs: number;
}

// Names under which copying programs, editors and systems keep what is not finished or not data.
const passedOver =
  /^(?:\.|~\$)|~$|\.(?:tmp|temp|part|partial|crdownload|download|filepart|swp|lock|lck)$|^(?:thumbs\.db|desktop\.ini)$/i;

/**
 * A shared folder, looked at again and again: notices of the system do not cross a share. A file counts as
 * finished once its size and its time of change stayed the same for a while.
 */
export class Folder {
  readonly path: string;
  /** Pause from look to look. */
  readonly pollMs: number;
  readonly #settleMs: number;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(path: string, settleMs: number) {
    this.path = path;
    this.#settleMs = settleMs;
    this.pollMs = Math.min(Math.max(settleMs, pollMsMin), collectLimits.folderPollMs);
  }

  /** Never throws: a folder that cannot be looked at is gone for now. */
  async look(): Promise<FolderView> {
    const nowMs = performance.now();
    const seen = new Map<string, Seen>();
    const unnamed: string[] = [];
    try {
      for (const name of await this.#names()) {
        const file = await this.#fileOf(name);
        if (file === null && name.includes("\ufffd")) unnamed.push(name);
        if (file === null) continue;
        const before = this.#seen.get(name);
        const sinceMs = isSame(before?.file, file) ? (before?.sinceMs ?? nowMs) : nowMs;
        seen.set(name, { file, sinceMs });
      }
    } catch (error) {
      return { type: "gone", reason: reasonOf(error) };
    }
    this.#seen = seen;
    const ordered = [...seen.values()].sort((a, b) => order(a.file, b.file));
    const open = ordered.findIndex(({ sinceMs }) => nowMs - sinceMs < this.#settleMs);
    const ready = (open === -1 ? ordered : ordered.slice(0, open)).map(({ file }) => file);
    return { type: "here", ready, waiting: ordered.length - ready.length, unnamed };
  }

  /** Lets a file settle anew: it turned out not to be finished. */
  forget(name: string): void {
    this.#seen = new Map([...this.#seen].filter(([other]) => other !== name));
  }

  async #names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of await opendir(this.path)) {
      if (passedOver.test(name)) continue;
      names.push(name);
      if (names.length === collectLimits.folderNamesMax) break;
    }
    return names;
  }

  /** Null for what is no ordinary file, or gone meanwhile. */
  async #fileOf(name: string): Promise<SettledFile | null> {
    const path = join(this.path, name);
    try {
      const stat = await lstat(path);
      // An empty one is the beginning of a copy, or a sign between programs.
      if (!stat.isFile() || stat.size === 0) return null;
      return { name, path, sizeBytes: stat.size, mtimeMs: stat.mtimeMs };
    } catch (error) {
      if (reasonOf(error) === "ENOENT") return null;
      throw error;
    }
  }
}

/** Whether a file is, by size and time of change, the one that was seen before. */
export function isSame(before: SettledFile | undefined, now: SettledFile): boolean {
  return before?.sizeBytes === now.sizeBytes && before.mtimeMs === now.mtimeMs;
}

/** By time of change; files of the same time by name, with numbers in names as numbers. */
function order(a: SettledFile, b: SettledFile): number {
  return a.mtimeMs - b.mtimeMs || byName.compare(a.name, b.name);
}

const byName = new Intl.Collator("en", { numeric: true });
