import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm, rmdir, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CliError } from "../errors.ts";
import type { Chunks } from "./row.ts";

/** The name under which standard input goes. */
export const stdinPath = "-";
/** Bytes of standard input that are kept aside until they are checked. */
export const spoolBytesMax = 1_073_741_824;
const chunkBytes = 65_536;

/** A file whose bytes can be read more than once; what is added to it after opening is not read. */
export interface InputSource {
  /** Path as given, or `-`. */
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** All bytes from the start; may be called again. @throws CLI_INPUT_CHANGED, CLI_INPUT_UNREADABLE */
  read(): AsyncGenerator<Uint8Array>;
  /** The first bytes, at most `bytesMax`. */
  head(bytesMax: number): Promise<Uint8Array>;
  /** @throws CLI_INPUT_CHANGED when the file is not what it was when it was opened */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What {@link openSource} needs from the world. */
export interface SourceOptions {
  readonly stdin: Chunks;
  /** Folder for what is kept aside; the machine's folder for temporary files by default. */
  readonly folder?: string;
  readonly spoolBytesMax?: number;
}

/**
 * Opens a file, or keeps standard input (`-`) and other streams aside in a private file first, so that
 * everything can be checked before anything is sent.
 * @throws CLI_INPUT_MISSING, CLI_INPUT_UNREADABLE, CLI_INPUT_TOO_LARGE
 */
export async function openSource(path: string, options: SourceOptions): Promise<InputSource> {
  if (path === stdinPath) return spool(path, options.stdin, options);
  const handle = await openFile(path);
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return await sourceOf(path, handle, async () => handle.close());
    if (stat.isDirectory()) {
      throw new CliError("CLI_INPUT_UNREADABLE", { path, reason: "EISDIR" });
    }
    const piped = handle.createReadStream({ autoClose: false }) as Chunks;
    const source = await spool(path, piped, options);
    await handle.close();
    return source;
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new CliError("CLI_INPUT_MISSING", { path }, error);
    throw unreadable(path, error);
  }
}

/** Writes a stream to a file that only this process can reach, and reads it from there. */
async function spool(path: string, chunks: Chunks, options: SourceOptions): Promise<InputSource> {
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), "tegata-"));
  const file = join(folder, randomUUID());
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(file, flags, 0o600);
  // Where the system lets an open file lose its name, nothing is left behind even after a crash.
  const nameless = await unlink(file).then(
    () => true,
    () => false,
  );
  if (nameless) await rmdir(folder);
  const close = async (): Promise<void> => {
    await handle.close();
    if (!nameless) await rm(folder, { recursive: true, force: true });
  };
  try {
    await fill(handle, chunks, path, options.spoolBytesMax ?? spoolBytesMax);
    return await sourceOf(path, handle, close);
  } catch (error) {
    await close();
    throw error instanceof CliError ? error : unreadable(path, error);
  }
}

async function fill(
  handle: FileHandle,
  chunks: Chunks,
  path: string,
  bytesMax: number,
): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > bytesMax) throw new CliError("CLI_INPUT_TOO_LARGE", { path, bytesMax });
    await handle.writeFile(chunk);
  }
}

async function sourceOf(
  path: string,
  handle: FileHandle,
  close: () => Promise<void>,
): Promise<InputSource> {
  const { size, mtimeMs } = await handle.stat();
  const readAt = async (position: number, bytesMax: number): Promise<Uint8Array> => {
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(bytesMax),
        0,
        bytesMax,
        position,
      );
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw unreadable(path, error);
    }
  };
  return {
    path,
    name: path === stdinPath ? "stdin" : basename(path),
    sizeBytes: size,
    async *read() {
      for (let position = 0; position < size; ) {
        const chunk = await readAt(position, Math.min(chunkBytes, size - position));
        if (chunk.byteLength === 0) throw new CliError("CLI_INPUT_CHANGED", { path });
        position += chunk.byteLength;
        yield chunk;
      }
    },
    head: (bytesMax) => readAt(0, Math.min(bytesMax, size)),
    async checkUnchanged() {
      const now = await handle.stat();
      // A log that grows keeps its first bytes; anything else that moves the clock is a change.
      const grown = now.size > size;
      if (now.size < size || (!grown && now.mtimeMs !== mtimeMs)) {
        throw new CliError("CLI_INPUT_CHANGED", { path });
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function unreadable(path: string, error: unknown): CliError<"CLI_INPUT_UNREADABLE"> {
  const reason = codeOf(error) ?? (error instanceof Error ? error.message : String(error));
  return new CliError("CLI_INPUT_UNREADABLE", { path, reason }, error);
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}
