import { randomBytes } from "node:crypto";
import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { rest } from "./delivery.ts";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";
import { syncFolder } from "./place.ts";

/** Something that a source said, and when it was heard (UTC milliseconds). */
export interface Heard {
  readonly heardMs: number;
  readonly text: string;
}

/** What was heard, with the place in the spool behind it. */
export interface SpoolEntry extends Heard {
  readonly end: number;
}

/** A spool that cannot write waits and tries again. */
export type SpoolEvent =
  | { readonly event: "disk-refuses"; readonly reason: string }
  | { readonly event: "disk-again" }
  | { readonly event: "cut"; readonly bytes: number };

/** What a spool works with. */
export interface SpoolOptions {
  readonly folder: string;
  /** Offset from which entries are still needed. */
  readonly from: number;
  readonly tell: (event: SpoolEvent) => Promise<void>;
  readonly signal: AbortSignal;
}

interface Segment {
  readonly start: number;
  readonly path: string;
}

const ending = ".spool";
const readBytesMin = 1_048_576;
const lineFeed = 0x0a;

/**
 * What was heard and is not handed over yet: lines with a checksum in files of bounded size, counted by one
 * offset over all of them. Several entries are synced at once; one that a crash cut short was never counted.
 */
export class Spool {
  readonly #options: SpoolOptions;
  #segments: Segment[];
  #handle: FileHandle | null = null;
  #durable: number;
  #buffer: Buffer[] = [];
  #bufferBytes = 0;
  #syncing: Promise<void> | null = null;
  readonly #waiting = new Set<() => void>();

  private constructor(options: SpoolOptions, segments: Segment[], end: number) {
    this.#options = options;
    this.#segments = segments;
    this.#durable = end;
    options.signal.addEventListener("abort", () => this.#wakeAll(), { once: true });
  }

  /** Opens what an earlier run left, and cuts off what it did not finish. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const segments = await segmentsIn(options.folder);
    const last = segments.at(-1);
    if (last === undefined) return new Spool(options, [], options.from);
    const { size } = await stat(last.path);
    const spool = new Spool(options, segments, last.start + size);
    let end = Math.max(last.start, options.from);
    for (let isMore = true; isMore; ) {
      const next = (await spool.read(end)).at(-1)?.end;
      isMore = next !== undefined;
      end = next ?? end;
    }
    const cut = spool.#durable - end;
    spool.#durable = end;
    if (cut > 0) {
      await truncate(last.path, end - last.start);
      await options.tell({ event: "cut", bytes: cut });
    }
    return spool;
  }

  /** Offset behind everything that is synced. */
  get durable(): number {
    return this.#durable;
  }

  /** Bytes on the disk. */
  get sizeBytes(): number {
    return this.#durable - (this.#segments[0]?.start ?? this.#durable);
  }

  /** Takes an entry; it counts once {@link commit} resolves. */
  append(heard: Heard): void {
    const rest = `${heard.heardMs} ${JSON.stringify(heard.text)}`;
    const line = Buffer.from(`${crc32(rest).toString(16).padStart(8, "0")} ${rest}\n`);
    this.#buffer.push(line);
    this.#bufferBytes += line.length;
  }

  /** Whether a source has to wait before it is read on. */
  get isFull(): boolean {
    const { unsyncedBytesMax, spoolBytesMax } = collectLimits;
    return this.#bufferBytes > unsyncedBytesMax || this.sizeBytes > spoolBytesMax;
  }

  /** Resolves once everything that was appended until now is on the disk; several calls share one sync. */
  async commit(): Promise<void> {
    const target = this.#durable + this.#bufferBytes;
    while (this.#durable < target) {
      this.#syncing ??= this.#sync().finally(() => {
        this.#syncing = null;
      });
      await this.#syncing;
    }
  }

  /** Waits until something behind the offset is synced, or the time is over, or it is told to stop. */
  async whenBehind(offset: number, ms: number): Promise<void> {
    if (this.#durable > offset || this.#options.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  /** Entries from an offset on that are synced: some, or none where there are none. */
  async read(from: number): Promise<readonly SpoolEntry[]> {
    const segment = this.#segments.findLast(({ start }) => start <= from);
    if (segment === undefined || from >= this.#durable) return [];
    const end = this.#endOf(segment);
    // All of it is read: what follows lies in the next one.
    if (from >= end) return [];
    const handle = await open(segment.path, "r");
    try {
      for (let bytes = readBytesMin; ; bytes *= 2) {
        const size = Math.min(bytes, end - from);
        const buffer = Buffer.alloc(size);
        const { bytesRead } = await handle.read(buffer, 0, size, from - segment.start);
        const entries = parse(buffer.subarray(0, bytesRead), from);
        if (entries.length > 0 || bytesRead < size || size === end - from) return entries;
      }
    } finally {
      await handle.close();
    }
  }

  /** Deletes the files of which nothing from the offset on is needed. */
  async drop(before: number): Promise<void> {
    const last = this.#segments.at(-1);
    const isAll = before === this.#durable && this.#syncing === null && this.#bufferBytes === 0;
    if (last !== undefined && isAll && before - last.start >= collectLimits.spentBytesMax) {
      return this.#dropAll();
    }
    while (this.#segments.length > 0) {
      const [first, second] = this.#segments;
      if (first === undefined || (second?.start ?? Number.POSITIVE_INFINITY) > before) return;
      await rm(first.path, { force: true });
      this.#segments = this.#segments.slice(1);
    }
  }

  /** `before`: nothing up to it is needed; where that is everything, nothing stays behind. */
  async close(before: number): Promise<void> {
    await this.commit().catch(() => undefined);
    if (before === this.#durable && this.#bufferBytes === 0) await this.#dropAll();
    await this.#handle?.close();
    this.#handle = null;
  }

  /** What comes next begins a file of its own. */
  async #dropAll(): Promise<void> {
    const [handle, segments] = [this.#handle, this.#segments];
    this.#handle = null;
    this.#segments = [];
    await handle?.close();
    for (const { path } of segments) await rm(path, { force: true });
  }

  #endOf(segment: Segment): number {
    const next = this.#segments[this.#segments.indexOf(segment) + 1];
    return next?.start ?? this.#durable;
  }

  /** Never gives up what was heard: a disk that is full is waited for, and the source with it. */
  async #sync(): Promise<void> {
    const { tell, signal } = this.#options;
    let isTold = false;
    await rest(collectLimits.syncLingerMs, signal);
    for (;;) {
      try {
        await this.#writeOnce();
        if (isTold) await tell({ event: "disk-again" });
        return;
      } catch (error) {
        if (!isTold) await tell({ event: "disk-refuses", reason: reasonOf(error) });
        isTold = true;
        if (signal.aborted) throw error;
        await rest(collectLimits.diskRetryMs, signal);
      }
    }
  }

  async #writeOnce(): Promise<void> {
    const handle = await this.#open();
    const bytes = Buffer.concat(this.#buffer);
    const last = this.#segments.at(-1)?.start ?? 0;
    // A write that failed half way may have left something behind the last synced byte.
    for (let at = 0; at < bytes.length; ) {
      const position = this.#durable - last + at;
      at += (await handle.write(bytes, at, bytes.length - at, position)).bytesWritten;
    }
    await handle.datasync();
    this.#durable += bytes.length;
    this.#buffer = remainderOf(this.#buffer, bytes.length);
    this.#bufferBytes -= bytes.length;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }

  async #open(): Promise<FileHandle> {
    const last = this.#segments.at(-1);
    const size = last === undefined ? 0 : this.#durable - last.start;
    if (last !== undefined && size < collectLimits.segmentBytesMax) {
      this.#handle ??= await open(last.path, "r+");
      return this.#handle;
    }
    await this.#handle?.close();
    this.#handle = null;
    const start = this.#durable;
    const path = join(this.#options.folder, `${String(start).padStart(16, "0")}${ending}`);
    this.#handle = await open(path, "w", 0o600);
    await syncFolder(this.#options.folder);
    this.#segments = [...this.#segments, { start, path }];
    return this.#handle;
  }
}

/** A name that no other spool has. */
export function newSpoolId(): string {
  return randomBytes(8).toString("hex");
}

async function truncate(path: string, size: number): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.truncate(size);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function segmentsIn(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  return names.map((name) => ({ start: Number.parseInt(name, 10), path: join(folder, name) }));
}

/** What came while the first bytes were written. */
function remainderOf(buffer: readonly Buffer[], written: number): Buffer[] {
  let [index, bytes] = [0, 0];
  while (bytes < written) {
    bytes += buffer[index]?.length ?? written;
    index += 1;
  }
  return buffer.slice(index);
}

/** Whole entries with a right checksum, up to the first that is none. */
function parse(bytes: Buffer, from: number): SpoolEntry[] {
  const entries: SpoolEntry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
    const heard = parseLine(bytes.toString("utf8", start, end));
    if (heard === null) break;
    start = end + 1;
    entries.push({ ...heard, end: from + start });
  }
  return entries;
}

function parseLine(line: string): Heard | null {
  const rest = line.slice(9);
  if (crc32(rest) !== Number.parseInt(line.slice(0, 8), 16)) return null;
  const at = rest.indexOf(" ");
  const heardMs = at < 1 ? Number.NaN : Number(rest.slice(0, at));
  try {
    const text: unknown = JSON.parse(rest.slice(at + 1));
    return typeof text === "string" && Number.isFinite(heardMs) ? { heardMs, text } : null;
  } catch {
    return null;
  }
}
