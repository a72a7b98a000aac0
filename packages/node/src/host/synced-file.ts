import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { NodeError } from "../errors.ts";

/** What a disk refused. */
type Operation = NodeError<"NODE_SYNC_FAILED">["detail"]["operation"];

function failed(path: string, operation: Operation, cause: unknown): NodeError {
  const message = `the disk refused to ${operation} ${path}`;
  return new NodeError("NODE_SYNC_FAILED", message, { path, operation }, cause);
}

/** After these nobody knows what the disk kept. */
const diskErrors: ReadonlySet<string> = new Set(["EIO", "ENOSPC", "EDQUOT", "EROFS"]);

/** Where a file is made that takes the place of another. */
function draftPath(path: string): string {
  return `${path}.next`;
}

/** Makes a new or renamed file's name durable; some systems cannot and need not. */
export async function syncFolderOf(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(dirname(path), "r");
  } catch {
    return;
  }
  try {
    await folder.sync();
  } catch (error) {
    // Windows and some shares refuse to sync a folder; a disk that is full or fails is something else.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (diskErrors.has(code)) throw failed(path, "write", error);
  } finally {
    await folder.close();
  }
}

/**
 * A file whose writes are on the disk when they resolve, one after the other in the order of the calls.
 * After the first failure every later call fails: what the disk kept is unknown then, and a second sync
 * that succeeds says nothing about the pages of the first.
 */
export class SyncedFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #last: Promise<void> = Promise.resolve();
  #failure: NodeError | null = null;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens an existing file; null when there is none. What was to take its place and was not finished goes. Its name
   * is synced: a process that was killed may have renamed it and no more.
   * @throws NODE_SYNC_FAILED
   */
  static async open(path: string): Promise<SyncedFile | null> {
    try {
      await rm(draftPath(path), { force: true });
      const file = new SyncedFile(path, await open(path, "r+"));
      await syncFolderOf(path);
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw failed(path, "open", error);
    }
  }

  /**
   * Makes a file for its owner only, with these bytes, synced together with its name. Fails when there is
   * one already.
   * @throws NODE_SYNC_FAILED
   */
  static async create(path: string, bytes: Uint8Array): Promise<SyncedFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, "wx+", 0o600);
    } catch (error) {
      throw failed(path, "create", error);
    }
    const file = new SyncedFile(path, handle);
    try {
      await file.write(0, bytes);
      await handle.sync();
    } catch (error) {
      await handle.close();
      throw failed(path, "create", error);
    }
    await syncFolderOf(path);
    return file;
  }

  /** @throws NODE_SYNC_FAILED */
  async read(): Promise<Uint8Array> {
    await this.#last;
    try {
      const { size } = await this.#handle.stat();
      const bytes = new Uint8Array(size);
      for (let offset = 0; offset < size; ) {
        const { bytesRead } = await this.#handle.read(bytes, offset, size - offset, offset);
        if (bytesRead === 0) return bytes.subarray(0, offset);
        offset += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw failed(this.path, "read", error);
    }
  }

  /**
   * Writes at a position and syncs; the caller no longer changes the bytes.
   * @throws NODE_SYNC_FAILED
   */
  write(position: number, bytes: Uint8Array): Promise<void> {
    return this.#after("write", async () => {
      for (let offset = 0; offset < bytes.length; ) {
        const left = bytes.length - offset;
        const { bytesWritten } = await this.#handle.write(bytes, offset, left, position + offset);
        offset += bytesWritten;
      }
      await this.#handle.datasync();
    });
  }

  /**
   * Cuts the file to a size, synced.
   * @throws NODE_SYNC_FAILED
   */
  truncate(size: number): Promise<void> {
    return this.#after("write", async () => {
      await this.#handle.truncate(size);
      await this.#handle.datasync();
    });
  }

  /**
   * A file with these bytes in the place of this one, which takes nothing more. Whenever power is lost, the
   * one or the other is there, whole: a renaming happens or does not.
   * @throws NODE_SYNC_FAILED
   */
  async replaceBy(bytes: Uint8Array): Promise<SyncedFile> {
    const draft = draftPath(this.path);
    try {
      await rm(draft, { force: true });
      const file = await SyncedFile.create(draft, bytes);
      await this.close();
      await rename(draft, this.path);
      await syncFolderOf(this.path);
      return new SyncedFile(this.path, file.#handle);
    } catch (error) {
      throw error instanceof NodeError ? error : failed(this.path, "write", error);
    }
  }

  /** Waits for what was written and closes; the file stays as it is. */
  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#handle.close();
  }

  #after(operation: Operation, action: () => Promise<void>): Promise<void> {
    const run = this.#last.then(async () => {
      if (this.#failure !== null) throw this.#failure;
      try {
        await action();
      } catch (error) {
        this.#failure = failed(this.path, operation, error);
        throw this.#failure;
      }
    });
    // Whoever asked hears of the failure; the queue itself goes on and refuses.
    this.#last = run.catch(() => undefined);
    return run;
  }
}
