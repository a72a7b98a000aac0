import { existsSync, readdirSync, statSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LedgerError } from "../primitives/index.ts";
import { crc32c } from "./crc32c.ts";

/** Where a block lies in a table; its trailer of five bytes comes behind it. */
interface Place {
  readonly offset: number;
  readonly size: number;
}

const footerBytes = 48;
const trailerBytes = 5;
const magic = 0xdb4775248b80fb57n;
const maskDelta = 0xa282ead8;
const tableName = /^\d+\.(?:ldb|sst)$/;

/** Reads varints one behind the other; a position beyond the end reads as damage. */
class Cursor {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.at];
      this.at += 1;
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return Number.NaN;
  }

  place(): Place {
    return { offset: this.varint(), size: this.varint() };
  }
}

/** The content of a block whose checksum is right; null for any other. */
function blockAt(table: Uint8Array, { offset, size }: Place): Uint8Array | null {
  const end = offset + size + trailerBytes;
  if (!Number.isSafeInteger(end) || offset < 0 || end > table.length) return null;
  const view = new DataView(table.buffer, table.byteOffset);
  const stored = view.getUint32(end - 4, true);
  const crc = crc32c(table.subarray(offset, end - 4));
  const masked = (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
  return masked === stored ? table.subarray(offset, offset + size) : null;
}

/** The places that an index block, or the block that names filters, points to; null where it cannot be read. */
function placesIn(block: Uint8Array): readonly Place[] | null {
  if (block.length < 4) return null;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true);
  const places: Place[] = [];
  const cursor = new Cursor(block, 0);
  while (cursor.at < end) {
    cursor.varint();
    const keyBytes = cursor.varint();
    cursor.varint();
    cursor.at += keyBytes;
    places.push(cursor.place());
  }
  return cursor.at === end ? places : null;
}

/** Where the blocks of a table begin that say where all others lie, and their places; null without a footer. */
function framePlaces(footer: Uint8Array): readonly [filters: Place, index: Place] | null {
  if (footer.length < footerBytes) return null;
  const view = new DataView(footer.buffer, footer.byteOffset, footer.length);
  if (view.getBigUint64(footer.length - 8, true) !== magic) return null;
  const cursor = new Cursor(footer, footer.length - footerBytes);
  return [cursor.place(), cursor.place()];
}

/** The two blocks that say where all others lie, from bytes that begin at `base` of a table and reach to its end. */
function frameIn(bytes: Uint8Array, base: number): readonly Uint8Array[] | null {
  const blocks = framePlaces(bytes)?.map(({ offset, size }) =>
    blockAt(bytes, { offset: offset - base, size }),
  );
  return blocks?.every((block) => block !== null) === true ? (blocks as Uint8Array[]) : null;
}

/** Bytes of a file from a place on; fewer only where it ends. @throws what the system refuses */
export async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/**
 * Whether a table says rightly where its blocks lie. LevelDB believes the lengths it finds there: a wrong one ends
 * the whole process. Reads the end of the file alone.
 */
async function isFrameWhole(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < footerBytes) return false;
    const footer = await readAt(file, size - footerBytes, footerBytes);
    const base = Math.min(...(framePlaces(footer)?.map(({ offset }) => offset) ?? [Number.NaN]));
    if (!(base >= 0 && base <= size - footerBytes)) return false;
    return frameIn(await readAt(file, base, size - base), base) !== null;
  } finally {
    await file.close();
  }
}

/**
 * Whether every byte of a LevelDB table is as it was written: each block carries a checksum, at which LevelDB looks
 * only when it is told to, which its binding does not allow. Of a table that was compressed, whether its frame is.
 * Source: LevelDB, doc/table_format.md and table/format.cc.
 */
export function isTableWhole(table: Uint8Array): boolean {
  const frame = frameIn(table, 0);
  if (frame === null) return false;
  return frame.every((block) => {
    // The byte behind a block says how it is packed, and is in its checksum.
    if (table[block.byteOffset - table.byteOffset + block.length] !== 0) return true;
    return placesIn(block)?.every((place) => blockAt(table, place) !== null) ?? false;
  });
}

/** A table as it was seen in its folder: another file may take its name. */
export interface TableFile {
  readonly name: string;
  readonly identity: string;
}

function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() !== true ? null : [found.ino, found.size, found.mtimeNs].join(" ");
}

/** The tables of a database, whether they belong to it or were left by a crash; none where there is no folder. */
export function tableFiles(folder: string): readonly TableFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => tableName.test(name))
    .flatMap((name) => {
      const identity = identityOf(join(folder, name));
      return identity === null ? [] : [{ name, identity }];
    });
}

/** `all`: every byte; `frame`: what says where the blocks lie, for tables whose content is told by its hashes. */
export type TableCheck = "all" | "frame";

/** Whether a table is as it was written, as far as the check goes. @throws what the system refuses */
export function isTableFileWhole(path: string, check: TableCheck): Promise<boolean> {
  return check === "all" ? readFile(path).then(isTableWhole) : isFrameWhole(path);
}

/**
 * Compares every byte of the tables of a database without compression with their checksums, one table after the other.
 * Those that have gone meanwhile are left out, and so are those whose name a new table has, which may be half written:
 * LevelDB takes away what a crash left and gives its number again. @throws LEDGER_STORE_DAMAGED
 */
export async function checkTables(folder: string, tables: readonly TableFile[]): Promise<void> {
  for (const { name, identity } of tables) {
    const path = join(folder, name);
    if (identityOf(path) !== identity) continue;
    const isWhole = await isTableFileWhole(path, "all").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return true;
      throw error;
    });
    if (isWhole || identityOf(path) !== identity) continue;
    const what = `${name} of the database in ${folder}`;
    throw new LedgerError("LEDGER_STORE_DAMAGED", `${what} is not as it was written`, {
      what,
      height: null,
    });
  }
}
