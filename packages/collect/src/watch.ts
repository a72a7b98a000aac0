import { createHash } from "node:crypto";
import { join } from "node:path";
import type { SubmitRowsBody } from "@tegata/gateway/client";
import { type Delivery, type DeliveryEvent, rest } from "./delivery.ts";
import { reasonOf } from "./errors.ts";
import type { FileMemory, RememberedFile } from "./file-memory.ts";
import type { Folder, SettledFile } from "./folder.ts";
import { collectLimits } from "./limits.ts";
import {
  isOther,
  isTaken,
  isThere,
  leaveList,
  leaveNote,
  type Shelving,
  shelve,
} from "./shelves.ts";

/** Why a file was not published, or not whole, for people. */
export interface FileRefusal {
  readonly code: string;
  /** What a person reads beside the file. */
  readonly text: readonly string[];
  /** The same for programs. */
  readonly report: unknown;
}

/** A file that was read to its end. */
export type FileReading =
  | {
      readonly type: "fits";
      /** SHA-256 of the content in hex. */
      readonly content: string;
      readonly rows: number;
      /** Rows that were left out on a person's word, and what to say of them. */
      readonly leftOut: LeftOut | null;
      /** The rows; those that name no time get `timeMs`. Throws where the file is no longer what was read. */
      bodies(timeMs: number): AsyncIterable<SubmitRowsBody>;
      close(): Promise<void>;
    }
  | ({ readonly type: "misfit" } & FileRefusal)
  | { readonly type: "unfinished" }
  | { readonly type: "unreadable"; readonly reason: string };

/** Rows of a file that are not published. */
export interface LeftOut {
  readonly rows: number;
  /** For people, as far as they fit on a page. */
  readonly text: readonly string[];
  /** All of them as CSV, where somebody wants that. */
  readonly list: AsyncIterable<string> | null;
}

/** How files become rows; the watch itself knows of none. */
export interface FileReader {
  /** Reads and checks a whole file. */
  read(file: SettledFile): Promise<FileReading>;
  /** The error of a file that changed while its rows went out. */
  changed(file: SettledFile): Error;
  /** Why a file cannot be read for now, where an error says that; null: it says something else. */
  awayReason(error: unknown): string | null;
  /** Whether an error speaks of the file; any other one ends the watch. */
  isFault(error: unknown): boolean;
  /** The words for what ended a file after `rowsSent` of its rows were taken; null: nobody knows how many. */
  explain(error: unknown, file: SettledFile, rowsSent: number | null): FileRefusal;
}

/** What happens to a watched folder and its files. */
export type WatchEvent =
  | DeliveryEvent
  | ({
      readonly event: "published";
      readonly replayedRows: number;
      readonly leftOutRows: number;
    } & Told)
  | ({ readonly event: "refused" } & FileRefusal & Told)
  | ({ readonly event: "same"; readonly as: string; readonly atMs: number } & Told)
  | { readonly event: "unfinished"; readonly file: string }
  | { readonly event: "stuck"; readonly file: string; readonly reason: string }
  | { readonly event: "folder-gone"; readonly folder: string; readonly reason: string }
  | { readonly event: "folder-back"; readonly folder: string };

interface Told {
  readonly file: string;
  /** Rows that are safe on this company's disk. */
  readonly rows: number;
  /** Where the file lies now, below the folder; null when it was taken away meanwhile. */
  readonly movedTo: string | null;
}

/** What a watch works with. */
export interface WatchOptions {
  readonly folder: Folder;
  /** Id of the stream: the same file for another stream is another matter. */
  readonly streamId: string;
  readonly memory: FileMemory;
  readonly reader: FileReader;
  readonly delivery: Delivery;
  readonly tell: (event: WatchEvent) => Promise<void>;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

/** What a watch came to. */
export interface WatchTotals {
  readonly files: number;
  readonly rows: number;
  readonly refusedFiles: number;
  /** Files that lie there and can be neither read nor moved. */
  readonly stuckFiles: number;
}

type Fitting = Extract<FileReading, { type: "fits" }>;

/**
 * Publishes the finished files of a folder, the oldest first, and moves each to `done` once all its rows are
 * safe, or to `refused` with a text. A crash at any step repeats the step and doubles nothing: the keys of
 * submissions follow from the content, and what was published is remembered by its content.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #stuck = new Map<string, { readonly file: SettledFile; readonly untilMs: number }>();
  #unnamed: ReadonlySet<string> = new Set();
  /** Contents that were told as published, of files that could not be moved yet. */
  readonly #published = new Set<string>();
  #files = 0;
  #rows = 0;
  #refusedFiles = 0;
  #isGone = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /**
   * Goes on until it is told to stop; with `once` until nothing is left in the folder.
   * @throws what the gateway refuses for another reason than the rows
   */
  async run({ once }: { readonly once: boolean }): Promise<WatchTotals> {
    const { folder, signal } = this.#options;
    while (!signal.aborted) {
      const view = await folder.look();
      await this.#tellFolder(view.type === "gone" ? view.reason : null);
      if (view.type === "here") {
        await this.#finishMoved();
        this.#dropStuck(view.ready);
        await this.#tellUnnamed(view.unnamed);
        const ready = view.ready.filter((file) => !this.#isStuck(file));
        for (const file of ready) if (!signal.aborted) await this.#take(file);
        if (once && ready.length === 0 && view.waiting === 0) break;
        if (ready.length > 0) continue;
      }
      await rest(folder.pollMs, signal);
    }
    const stuckFiles = this.#stuck.size + this.#unnamed.size;
    return { files: this.#files, rows: this.#rows, refusedFiles: this.#refusedFiles, stuckFiles };
  }

  async #take(file: SettledFile): Promise<void> {
    const { reader, folder, tell } = this.#options;
    try {
      const reading = await reader.read(file);
      if (reading.type === "misfit") await this.#refuse(file, reading, 0);
      else if (reading.type === "unreadable") await this.#setAside(file, reading.reason);
      else if (reading.type === "fits") await this.#publish(file, reading);
      else {
        folder.forget(file.name);
        await tell({ event: "unfinished", file: file.name });
      }
    } catch (error) {
      // Of the system: the folder vanished, or somebody holds the file. Anything else is no matter of the file.
      const reason = isOfSystem(error) ? reasonOf(error) : reader.awayReason(error);
      if (reason === null) throw error;
      await this.#setAside(file, reason);
    }
  }

  async #publish(file: SettledFile, reading: Fitting): Promise<void> {
    const { memory, folder, reader, tell, nowMs } = this.#options;
    try {
      const before = memory.get(reading.content);
      const isTold = before?.state === "done" || this.#published.has(reading.content);
      if (before !== null && isTold) {
        const { name: as, atMs, rows } = before;
        const movedTo = await this.#shelve(file, { shelf: "done", text: null, whatever: false });
        if (before.state === "sent") await this.#close(before);
        await tell({ event: "same", file: file.name, as, atMs, rows, movedTo });
        return;
      }
      // The first look at what the check read: from here on rows go out.
      if (!(await isThere(file))) {
        folder.forget(file.name);
        await tell({ event: "unfinished", file: file.name });
        return;
      }
      const { content, rows } = reading;
      const begun = memory.begunAs(file.name, content);
      if (before === null && begun !== null) {
        // It changed after a run that was cut off: its first rows would go out under other keys.
        await this.#refuse(file, reader.explain(reader.changed(file), file, null), 0);
        await (begun.state === "sent" ? this.#close(begun) : memory.freeName(begun));
        return;
      }
      const timeMs = before?.timeMs ?? Math.min(Math.floor(file.mtimeMs), nowMs());
      const about = { content, name: file.name, rows, timeMs };
      // Before any row goes out: after a crash nobody would know that it is missing.
      const list = reading.leftOut?.list ?? null;
      if (list !== null && before?.state !== "sent") {
        await leaveList(folder.path, `${file.name}.${content.slice(0, 8)}`, list);
      }
      if (before === null) await memory.set({ ...about, state: "begun", atMs: nowMs() });
      const wasSent = before?.state === "sent";
      const sent = wasSent ? { replayedRows: rows } : await this.#send(file, reading, timeMs);
      if (sent === null) return;
      const note = reading.leftOut === null ? {} : { note: reading.leftOut.text };
      if (!wasSent) await memory.set({ ...about, ...note, state: "sent", atMs: nowMs() });
      await this.#finish(file, reading, sent.replayedRows);
      this.#published.delete(content);
      await memory.set({ ...about, state: "done", atMs: nowMs() });
    } finally {
      await reading.close();
    }
  }

  /** Null: it did not come to its end, and what had to be done about it is done. */
  async #send(
    file: SettledFile,
    reading: Fitting,
    timeMs: number,
  ): Promise<{ readonly replayedRows: number } | null> {
    const { delivery, streamId, reader } = this.#options;
    let [index, rows, replayedRows] = [0, 0, 0];
    const refuse = async (error: unknown): Promise<null> => {
      await this.#refuse(file, reader.explain(error, file, rows), rows);
      return null;
    };
    try {
      for await (const body of reading.bodies(timeMs)) {
        const key = keyOf(streamId, reading.content, index);
        const delivered = await delivery.deliver(body, key);
        if (delivered.type === "stopped") return null;
        if (delivered.type === "refused") return await refuse(delivered.error);
        index += 1;
        rows += body.rows.length;
        if (delivered.replayed) replayedRows += body.rows.length;
      }
      // Somebody added rows after the check: nobody read them.
      if (await isOther(file)) throw reader.changed(file);
    } catch (error) {
      if (!reader.isFault(error)) throw error;
      return refuse(error);
    }
    return { replayedRows };
  }

  /** A run that was killed may have moved a file and not said yet what it left out. */
  async #finishMoved(): Promise<void> {
    const { memory, folder } = this.#options;
    for (const file of memory.sent()) {
      if (!(await isTaken(join(folder.path, file.name)))) await this.#close(file);
    }
  }

  async #close({ note, ...file }: RememberedFile): Promise<void> {
    const { memory, folder } = this.#options;
    if (note !== undefined) await leaveNote(folder.path, file.name, note);
    await memory.set({ ...file, state: "done" });
  }

  async #finish(file: SettledFile, reading: Fitting, replayedRows: number): Promise<void> {
    const { tell, reader, folder } = this.#options;
    const { rows, leftOut } = reading;
    const leftOutRows = leftOut?.rows ?? 0;
    const published = {
      event: "published",
      file: file.name,
      rows,
      replayedRows,
      leftOutRows,
    } as const;
    this.#files += 1;
    this.#rows += rows;
    this.#published.add(reading.content);
    let movedTo: string | null = null;
    try {
      movedTo = await this.#shelve(file, { shelf: "done", text: null, whatever: false });
    } finally {
      // The rows are safe even where the file cannot be moved; it is moved once it can be.
      await tell({ ...published, movedTo });
    }
    if (leftOut !== null) {
      const name = (movedTo ?? file.name).replace(/^done\//, "");
      await leaveNote(folder.path, name, leftOut.text);
    }
    // Somebody added rows after the last look: as a new file the first ones would be doubled.
    if (movedTo !== null || !(await isOther(file))) return;
    await this.#refuse(file, reader.explain(reader.changed(file), file, rows), rows);
  }

  async #refuse(file: SettledFile, refusal: FileRefusal, rows: number): Promise<void> {
    const { code, text, report } = refusal;
    // Once rows are out, what was added since must not come as a new file: the first rows would be doubled.
    const whatever = rows > 0;
    const movedTo = await this.#shelve(file, { shelf: "refused", text, whatever });
    if (movedTo === null && !whatever) return;
    this.#refusedFiles += 1;
    await this.#options.tell({
      event: "refused",
      file: file.name,
      code,
      text,
      report,
      rows,
      movedTo,
    });
  }

  async #shelve(file: SettledFile, shelving: Shelving): Promise<string | null> {
    const movedTo = await shelve(this.#options.folder.path, file, shelving);
    this.#stuck.delete(file.name);
    return movedTo;
  }

  /** Lets a file lie for a while that cannot be read or moved; the others go on. */
  async #setAside(file: SettledFile, reason: string): Promise<void> {
    const isNew = !this.#stuck.has(file.name);
    const untilMs = performance.now() + collectLimits.fileRetryMs;
    this.#stuck.set(file.name, { file, untilMs });
    if (isNew) await this.#options.tell({ event: "stuck", file: file.name, reason });
  }

  /** Once for all that are there; again when one more comes. */
  async #tellUnnamed(names: readonly string[]): Promise<void> {
    const added = names.filter((name) => !this.#unnamed.has(name));
    this.#unnamed = new Set(names);
    for (const file of added) {
      await this.#options.tell({ event: "stuck", file, reason: "EILSEQ" });
    }
  }

  /** Forgets those that are there no more. */
  #dropStuck(ready: readonly SettledFile[]): void {
    const names = new Set(ready.map(({ name }) => name));
    for (const name of this.#stuck.keys()) if (!names.has(name)) this.#stuck.delete(name);
  }

  #isStuck(file: SettledFile): boolean {
    const stuck = this.#stuck.get(file.name);
    return stuck !== undefined && performance.now() < stuck.untilMs;
  }

  async #tellFolder(reason: string | null): Promise<void> {
    const isGone = reason !== null;
    if (isGone === this.#isGone) return;
    this.#isGone = isGone;
    const { path: folder } = this.#options.folder;
    await this.#options.tell(
      isGone ? { event: "folder-gone", folder, reason } : { event: "folder-back", folder },
    );
  }
}

/** The same content in the same stream gives the same keys, whatever the file is called. */
function keyOf(streamId: string, content: string, index: number): string {
  return createHash("sha256")
    .update(JSON.stringify(["file", streamId, content, index]))
    .digest("hex");
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "errno" in error && "syscall" in error;
}
