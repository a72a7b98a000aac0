import {
  ConsensusError,
  decodeWal,
  encodeWalRecord,
  holdsWalFrame,
  type StartHeight,
  type WalRecord,
  walHeightAt,
} from "@tegata/consensus";
import { assert, concat, equalBytes } from "@tegata/ledger/primitives";
import { SyncedFile } from "./synced-file.ts";

/** What a log held for the height that begins. */
export type WalFinding =
  /** Nothing of this height: it begins anew. */
  | { readonly kind: "empty" }
  /** Feed these back. What a crash left behind them, nobody has acted upon; it is erased. */
  | { readonly kind: "replay"; readonly records: readonly WalRecord[] }
  /** Damaged before its end: follow in silence until a later height is decided. */
  | { readonly kind: "damaged"; readonly error: ConsensusError };

/** A log and what it held. */
export interface OpenedWal {
  readonly wal: WalFile;
  readonly finding: WalFinding;
}

/** Zeros that a new log begins with, so that syncing a record changes no metadata of the file. */
const preallocatedBytes = 4 * 1_048_576;
/** Records in memory are written at the latest when they take this much. */
const pendingBytesMax = 1_048_576;
const headBytes = 24;

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

function lostStart(): WalFinding {
  const message = "the log is damaged at its first record, before its end";
  return {
    kind: "damaged",
    error: new ConsensusError("CONSENSUS_WAL_CORRUPT", message, { index: 0 }),
  };
}

interface Start {
  readonly height: number;
  readonly heightMax: number;
  readonly isDamaged: boolean;
}

/** Whether a log is of a height that begins so. */
function isBegunBy([first]: readonly WalRecord[], start: StartHeight): boolean {
  const bytesOf = (record: WalRecord): Uint8Array => encodeWalRecord(record, start.height, 0);
  if (first?.type === "chapter") {
    return equalBytes(bytesOf({ ...first.start, type: "startHeight" }), bytesOf(start));
  }
  return first !== undefined && equalBytes(bytesOf(first), bytesOf(start));
}

/** What the bytes of a log say about a height. */
function find(bytes: Uint8Array, height: number): WalFinding {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // What an earlier height left, whole or damaged, is done with: its block is committed.
  if (bytes.length < headBytes) return { kind: "empty" };
  if (walHeightAt(view, 0) !== height) {
    return holdsWalFrame(bytes, height, 0) ? lostStart() : { kind: "empty" };
  }
  try {
    const { records } = decodeWal(bytes);
    if (records.length > 0) return { kind: "replay", records };
    return holdsWalFrame(bytes, height, 0) ? lostStart() : { kind: "empty" };
  } catch (error) {
    if (error instanceof ConsensusError && error.code === "CONSENSUS_WAL_CORRUPT") {
      return { kind: "damaged", error };
    }
    throw error;
  }
}

/**
 * The log of the height in force, in a preallocated file that every height writes from its beginning. A
 * chapter begins a new file, which takes the place of the old one when it is whole.
 * Records gather in memory until a sync writes them together.
 */
export class WalFile {
  #file: SyncedFile;
  #height: number;
  /** Highest height of any frame that may stand in the file. */
  #heightMax: number;
  /** No frame stands behind this place in the file. */
  #sizeMax: number;
  #index = 0;
  #position = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** What is pending begins with a chapter: it goes into a new file that takes the place of this one. */
  #isNewChapter = false;
  #lastSync: Promise<void> = Promise.resolve();
  /** A damaged log is left as it is and takes nothing until a later height begins. */
  #isClosedToRecords: boolean;

  private constructor(file: SyncedFile, size: number, { height, heightMax, isDamaged }: Start) {
    this.#file = file;
    this.#sizeMax = size;
    this.#height = height;
    this.#heightMax = heightMax;
    this.#isClosedToRecords = isDamaged;
  }

  /**
   * Opens the log for the height after the ledger's head and makes it if there is none. What it holds of
   * another height is ignored.
   * @throws NODE_SYNC_FAILED
   */
  static async open(path: string, height: number): Promise<OpenedWal> {
    const found = await SyncedFile.open(path);
    const file = found ?? (await SyncedFile.create(path, new Uint8Array(preallocatedBytes)));
    try {
      const bytes = await file.read();
      const finding = find(bytes, height);
      // Without knowledge of what else stands in the file it is erased before it is written.
      const heightMax = finding.kind === "empty" && isBlank(bytes) ? 0 : height;
      const isDamaged = finding.kind === "damaged";
      const wal = new WalFile(file, bytes.length, { height, heightMax, isDamaged });
      if (finding.kind === "empty") await wal.reset(height);
      if (finding.kind === "replay") await wal.#continueAfter(finding.records, bytes);
      return { wal, finding };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Opens the log for a height that begins so. What was logged with other validators, another own key or in
   * another era leads nowhere, and its words are not this key's.
   * @throws NODE_SYNC_FAILED
   */
  static async openFor(path: string, start: StartHeight): Promise<OpenedWal> {
    const opened = await WalFile.open(path, start.height);
    const { wal, finding } = opened;
    if (finding.kind !== "replay" || isBegunBy(finding.records, start)) return opened;
    await wal.reset(start.height);
    return { wal, finding: { kind: "empty" } };
  }

  /** Adds a record; it is on the disk when the next sync resolves. */
  append(record: WalRecord): void {
    if (this.#isClosedToRecords) return;
    if (record.type === "chapter") this.#beginChapter();
    const frame = encodeWalRecord(record, this.#height, this.#index);
    this.#index += 1;
    this.#pending.push(frame);
    this.#pendingBytes += frame.length;
    // A failure is kept by the file and comes back with the sync that somebody waits for.
    if (this.#pendingBytes >= pendingBytesMax) this.sync().catch(() => undefined);
  }

  /**
   * Resolves when everything appended so far is on the disk.
   * @throws NODE_SYNC_FAILED from then on at every call: stop signing and exit
   */
  sync(): Promise<void> {
    if (this.#pending.length === 0) return this.#lastSync;
    const bytes = concat(...this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const position = this.#position;
    this.#position += bytes.length;
    this.#sizeMax = Math.max(this.#sizeMax, this.#position);
    const isNewChapter = this.#isNewChapter;
    this.#isNewChapter = false;
    this.#lastSync = this.#lastSync.then(() =>
      isNewChapter ? this.#replaceBy(bytes) : this.#file.write(position, bytes),
    );
    return this.#lastSync;
  }

  /** Whatever was logged before is needed until the chapter is on the disk, and no longer. */
  #beginChapter(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isNewChapter = true;
    this.#index = 0;
    this.#position = 0;
    this.#sizeMax = preallocatedBytes;
  }

  async #replaceBy(bytes: Uint8Array): Promise<void> {
    const room = new Uint8Array(Math.max(bytes.length, preallocatedBytes));
    room.set(bytes);
    this.#file = await this.#file.replaceBy(room);
  }

  /**
   * Begins the log of another height; call it after the batch that moved the head is synced. Costs no
   * write on the usual way up: frames of lower heights are no frames of this one.
   * @throws NODE_SYNC_FAILED
   */
  async reset(height: number): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isNewChapter = false;
    await this.#lastSync;
    if (this.#sizeMax > preallocatedBytes) await this.#file.truncate(preallocatedBytes);
    this.#sizeMax = preallocatedBytes;
    if (height <= this.#heightMax) await this.#erase(0, preallocatedBytes);
    this.#height = height;
    this.#heightMax = height;
    this.#index = 0;
    this.#position = 0;
    this.#isClosedToRecords = false;
  }

  /** Writes what was appended and closes. */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.#file.close();
    }
  }

  /**
   * What stands behind the last whole record must never be taken for a later one. What stands before it is written
   * once more: a process that was killed, or to which the disk said no, may have left what only the cache knows.
   */
  async #continueAfter(records: readonly WalRecord[], bytes: Uint8Array): Promise<void> {
    let end = 0;
    for (const [index, record] of records.entries()) {
      end += encodeWalRecord(record, this.#height, index).length;
    }
    assert(end <= bytes.length, "a log is as long as its records");
    if (!isBlank(bytes.subarray(end))) await this.#erase(end, bytes.length);
    await this.#file.write(0, bytes.subarray(0, end));
    this.#index = records.length;
    this.#position = end;
  }

  async #erase(from: number, to: number): Promise<void> {
    await this.#file.write(from, new Uint8Array(to - from));
  }
}
