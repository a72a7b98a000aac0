import { type FileHandle, open, readFile } from "node:fs/promises";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";
import { writeWhole } from "./place.ts";

/** What is remembered of a file by the hash of its content. */
export interface RememberedFile {
  /** SHA-256 of the content in hex. */
  readonly content: string;
  readonly name: string;
  /** `begun`: some of its rows may have been sent; `sent`: all were; `done`: and the file is moved. */
  readonly state: "begun" | "sent" | "done";
  readonly atMs: number;
  readonly rows: number;
  /** Time of rows that name none: as it was when the file was begun. */
  readonly timeMs: number;
  /** Of one that is sent: what is to be said of rows that were left out, once it is moved. */
  readonly note?: readonly string[];
}

/** Files that were published, kept as lines of JSON; each line is synced before it counts. */
export class FileMemory {
  readonly #handle: FileHandle;
  readonly #files: Map<string, RememberedFile>;

  private constructor(handle: FileHandle, files: Map<string, RememberedFile>) {
    this.#handle = handle;
    this.#files = files;
  }

  /** Reads what earlier runs kept; a last line that a crash cut short is left out. */
  static async open(path: string): Promise<FileMemory> {
    const files = new Map<string, RememberedFile>();
    const lines = (await readText(path)).split("\n");
    for (const line of lines) {
      const file = parse(line);
      if (file !== null) remember(files, file);
    }
    // Written anew each time: the new lines start on a line of their own, and old ones go.
    await writeWhole(path, [...files.values()].map((file) => `${JSON.stringify(file)}\n`).join(""));
    return new FileMemory(await open(path, "a", 0o600), files);
  }

  get(content: string): RememberedFile | null {
    return this.#files.get(content) ?? null;
  }

  /** A file of this name of which rows may be out, if it had another content than the one that lies there now. */
  begunAs(name: string, content: string): RememberedFile | null {
    for (const file of this.#files.values()) {
      const isSo = file.state !== "done" && file.name === name && file.content !== content;
      if (isSo) return file;
    }
    return null;
  }

  /** Files of which all rows are out, and nobody knows whether they were moved. */
  sent(): readonly RememberedFile[] {
    return [...this.#files.values()].filter(({ state }) => state === "sent");
  }

  /** The name of a file that was begun stands for another file from now on. */
  async freeName(file: RememberedFile): Promise<void> {
    await this.set({ ...file, name: "" });
  }

  /** Durable when it resolves. */
  async set(file: RememberedFile): Promise<void> {
    // A write that a full disk cut short must not swallow this one: it begins on a line of its own.
    await this.#handle.appendFile(`\n${JSON.stringify(file)}\n`);
    await this.#handle.datasync();
    remember(this.#files, file);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function remember(files: Map<string, RememberedFile>, file: RememberedFile): void {
  files.delete(file.content);
  files.set(file.content, file);
  const [oldest] = files.keys();
  if (files.size > collectLimits.filesRememberedMax && oldest !== undefined) files.delete(oldest);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return "";
    throw error;
  }
}

function parse(line: string): RememberedFile | null {
  try {
    const value = JSON.parse(line) as Partial<RememberedFile> | null;
    const { content, name, state, atMs, rows, timeMs } = value ?? {};
    if (typeof content !== "string" || typeof name !== "string") return null;
    if (state !== "begun" && state !== "sent" && state !== "done") return null;
    if (![atMs, rows, timeMs].every((number) => typeof number === "number")) return null;
    const { note } = value ?? {};
    const isNote = Array.isArray(note) && note.every((line) => typeof line === "string");
    const file = { content, name, state, atMs, rows, timeMs } as RememberedFile;
    return isNote ? { ...file, note } : file;
  } catch {
    return null;
  }
}
