import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../chain/limits.ts";
import { EMPTY_BUCKET_ROOT } from "../chain/state-root.ts";
import { assert, concat, equalBytes, LedgerError } from "../primitives/index.ts";
import { bucketBytesMax, openBucket } from "./bucket-bytes.ts";
import type { PaceWork } from "./snapshot-folder.ts";
import { syncFolder } from "./store-folder.ts";

/** Bucket number and length before the bytes. */
const frameBytes = 6;

/** A bucket with its number. */
export interface NumberedBucket {
  readonly bucket: number;
  readonly bytes: Uint8Array;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

function failed(folder: string, operation: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const message = `the disk refused to ${operation} what arrives in ${folder}`;
  return new LedgerError("LEDGER_STORE_FAILED", message, { folder, operation }, error);
}

/**
 * Buckets of a snapshot that is being fetched. What is in the file is compared with the roots whenever it
 * is read, so a crash at any byte costs no more than what was being written, and buckets that another
 * snapshot has in common with this one stay.
 * Source: docs/PROTOCOL.md section 9.
 */
export class ArrivingBuckets {
  readonly #folder: string;
  #file: FileHandle;
  readonly #roots: Uint8Array;
  readonly #places = new Map<number, Place>();
  #end = 0;
  #empty = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, file: FileHandle, roots: Uint8Array) {
    this.#folder = folder;
    this.#file = file;
    this.#roots = roots;
    for (let bucket = 0; bucket < limits.buckets; bucket += 1) {
      if (this.#isEmpty(bucket)) this.#empty += 1;
    }
  }

  /**
   * Opens the file of a folder, made if it is missing, and looks which of its buckets have these roots. Where
   * more of it is left of snapshots that were given up, it is rewritten without that.
   * @throws LEDGER_STORE_FAILED
   */
  static async open(
    folder: string,
    bucketRoots: Uint8Array,
    pace: PaceWork,
  ): Promise<ArrivingBuckets> {
    assert(bucketRoots.length === limits.buckets * 32, "a state has 4,096 bucket roots");
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(join(folder, "buckets"), "a+", 0o600);
      const arriving = new ArrivingBuckets(folder, file, bucketRoots);
      try {
        await arriving.#scan(pace);
        await arriving.#cutGivenUp(pace);
      } catch (error) {
        await arriving.close();
        throw error;
      }
      return arriving;
    } catch (error) {
      throw failed(folder, "read", error);
    }
  }

  /** Buckets that are here; those without any key always are. */
  get count(): number {
    return this.#places.size + this.#empty;
  }

  get isComplete(): boolean {
    return this.count === limits.buckets;
  }

  has(bucket: number): boolean {
    return this.#places.has(bucket) || this.#isEmpty(bucket);
  }

  /**
   * Keeps a bucket if its bytes give its root, and says whether they do.
   * @throws LEDGER_STORE_FAILED
   */
  async add({ bucket, bytes }: NumberedBucket): Promise<boolean> {
    if (!this.#fits(bucket, bytes)) return false;
    if (this.has(bucket)) return true;
    const record = recordOf(bucket, bytes);
    const offset = this.#end + frameBytes;
    // The place is taken before the write: others may add meanwhile, and writes come one after the other.
    this.#end = offset + bytes.length;
    this.#places.set(bucket, { offset, length: bytes.length });
    this.#writing = this.#writing.then(() => this.#file.appendFile(record));
    try {
      await this.#writing;
    } catch (error) {
      throw failed(this.#folder, "write", error);
    }
    return true;
  }

  /**
   * Every bucket with a key in it, in order, compared with its root once more.
   * @throws LEDGER_STORE_FAILED, LEDGER_STORE_DAMAGED
   */
  async *buckets(): AsyncGenerator<NumberedBucket> {
    for (const bucket of [...this.#places.keys()].sort((one, other) => one - other)) {
      const place = this.#places.get(bucket) as Place;
      const bytes = await this.#read(place);
      if (bytes === null || !this.#fits(bucket, bytes)) {
        this.#places.delete(bucket);
        const what = `bucket ${bucket} of a snapshot that arrives`;
        const message = `${what} is lost or altered on the disk`;
        throw new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null });
      }
      yield { bucket, bytes };
    }
  }

  /**
   * Resolves once everything that was added is on the disk.
   * @throws LEDGER_STORE_FAILED
   */
  async sync(): Promise<void> {
    try {
      await this.#writing;
      await this.#file.sync();
    } catch (error) {
      throw failed(this.#folder, "write", error);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #rootOf(bucket: number): Uint8Array {
    return this.#roots.subarray(bucket * 32, bucket * 32 + 32);
  }

  #isEmpty(bucket: number): boolean {
    return equalBytes(this.#rootOf(bucket), EMPTY_BUCKET_ROOT);
  }

  #fits(bucket: number, bytes: Uint8Array): boolean {
    if (bucket >= limits.buckets) return false;
    const opened = openBucket(bytes, bucket);
    return opened !== null && equalBytes(opened.root, this.#rootOf(bucket));
  }

  async #read({ offset, length }: Place): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(length);
    try {
      const { bytesRead } = await this.#file.read(bytes, 0, length, offset);
      return bytesRead === length ? bytes : null;
    } catch (error) {
      throw failed(this.#folder, "read", error);
    }
  }

  /** Goes through the file and cuts off what a crash left at its end. */
  async #scan(pace: PaceWork): Promise<void> {
    for (;;) {
      const frame = await this.#read({ offset: this.#end, length: frameBytes });
      if (frame === null) break;
      const view = new DataView(frame.buffer);
      const place = { offset: this.#end + frameBytes, length: view.getUint32(2) };
      if (place.length > bucketBytesMax) break;
      const bytes = await this.#read(place);
      if (bytes === null) break;
      const bucket = view.getUint16(0);
      if (this.#fits(bucket, bytes) && !this.has(bucket)) this.#places.set(bucket, place);
      this.#end = place.offset + place.length;
      await pace();
    }
    await this.#file.truncate(this.#end);
  }

  /** Writes the file anew where its dead bytes are more than its live ones; until the renaming the old one counts. */
  async #cutGivenUp(pace: PaceWork): Promise<void> {
    const [path, draft] = [join(this.#folder, "buckets"), join(this.#folder, "buckets.new")];
    await rm(draft, { force: true });
    let liveBytes = 0;
    for (const { length } of this.#places.values()) liveBytes += frameBytes + length;
    if (this.#end - liveBytes <= liveBytes) return;
    const file = await open(draft, "a+", 0o600);
    try {
      const places = new Map<number, Place>();
      let end = 0;
      for (const [bucket, place] of this.#places) {
        const bytes = await this.#read(place);
        if (bytes === null) continue;
        await file.appendFile(recordOf(bucket, bytes));
        places.set(bucket, { offset: end + frameBytes, length: bytes.length });
        end += frameBytes + bytes.length;
        await pace();
      }
      await file.sync();
      await rename(draft, path);
      syncFolder(this.#folder);
      const old = this.#file;
      this.#file = file;
      this.#places.clear();
      for (const [bucket, place] of places) this.#places.set(bucket, place);
      this.#end = end;
      await old.close();
    } catch (error) {
      if (this.#file !== file) await file.close();
      await rm(draft, { force: true });
      throw failed(this.#folder, "write", error);
    }
  }
}

function recordOf(bucket: number, bytes: Uint8Array): Uint8Array {
  const frame = new DataView(new ArrayBuffer(frameBytes));
  frame.setUint16(0, bucket);
  frame.setUint32(2, bytes.length);
  return concat(new Uint8Array(frame.buffer), bytes);
}

/** The offer of a snapshot that is being fetched, as it was kept, or null. */
export async function readArrivingOffer(folder: string): Promise<Uint8Array | null> {
  return readFile(join(folder, "offer")).then(
    (bytes) => Uint8Array.from(bytes),
    () => null,
  );
}

/**
 * Keeps the offer of the snapshot that is being fetched.
 * @throws LEDGER_STORE_FAILED
 */
export async function keepArrivingOffer(folder: string, offer: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(join(folder, "offer.new"), "w", 0o600);
    try {
      await file.writeFile(offer);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(join(folder, "offer.new"), join(folder, "offer"));
  } catch (error) {
    throw failed(folder, "write", error);
  }
}

/** Removes everything that arrived. */
export async function removeArriving(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
