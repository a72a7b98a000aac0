// What a disk, or a person, does to the files of a LevelDB database.
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";

/** One way to damage a database. */
export interface StoreDamage {
  readonly name: string;
  /** Files that it can happen to, each alone. */
  readonly files: RegExp;
  readonly happen: (path: string) => void;
  /** Rot within a table may hit what says nothing, such as padding; anything else takes something away. */
  readonly isRot: boolean;
}

function change(path: string, alter: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  alter(bytes);
  writeFileSync(path, bytes);
}

/** Flips bits of some bytes, from a share of the file on. */
export const flipBytes = (share: number, length: number) => (path: string) =>
  change(path, (bytes) => {
    const first = Math.min(Math.floor(bytes.length * share), bytes.length - length);
    for (let at = first; at < first + length; at += 1) bytes[at] = (bytes[at] as number) ^ 0xa5;
  });

const zero = (path: string): void =>
  change(path, (bytes) => {
    const first = Math.floor(bytes.length / 2);
    bytes.fill(0, first, Math.min(first + 4_096, bytes.length));
  });

const tear = (share: number) => (path: string) =>
  truncateSync(path, Math.floor(readFileSync(path).length * share));

const lose = (path: string): void => rmSync(path);

/** Names of the logs of a database. */
export const logFiles = /\.log$/;
/** Names of the tables of a database. */
export const tableFiles = /\.ldb$/;
const manifest = /^MANIFEST-/;
const current = /^CURRENT$/;

/** So many places of a file, as shares of its length. */
export function rotShares(places: number): readonly number[] {
  return Array.from({ length: places }, (_, step) => step / places);
}

/** Every damage, with rot at so many places of each table. */
export function storeDamages(rotPlaces: number): readonly StoreDamage[] {
  const plain: readonly (readonly [name: string, files: RegExp, happen: StoreDamage["happen"]])[] =
    [
      ["3 bytes flipped in the log", logFiles, flipBytes(0.5, 3)],
      ["4 KiB of zeros in the log", logFiles, zero],
      ["log torn", logFiles, tear(0.6)],
      ["log lost", logFiles, lose],
      ["table torn", tableFiles, tear(0.6)],
      ["table lost", tableFiles, lose],
      ["CURRENT lost", current, lose],
      ["CURRENT garbage", current, (path) => writeFileSync(path, "garbage\n")],
      ["MANIFEST lost", manifest, lose],
      ["MANIFEST garbage", manifest, (path) => writeFileSync(path, Buffer.alloc(300, 0x5a))],
      ["MANIFEST rotten", manifest, flipBytes(0.5, 8)],
      ["MANIFEST torn", manifest, tear(0.6)],
    ];
  const rotten = rotShares(rotPlaces).map((share) => {
    const name = `8 bytes of rot in a table at ${share}`;
    return { name, files: tableFiles, happen: flipBytes(share, 8), isRot: true };
  });
  return [
    ...plain.map(([name, files, happen]) => ({ name, files, happen, isRot: false })),
    ...rotten,
  ];
}

/** A table with a length of terabytes where it says how long its index is. */
export function lengthened(table: Buffer): Buffer {
  let at = table.length - 48;
  for (let varints = 0; varints < 3; at += 1) if ((table[at] as number) < 128) varints += 1;
  const bytes = Buffer.from(table);
  bytes.set([128, 128, 128, 128, 128, 32], at);
  return bytes;
}

/** A table whose index says of one block that it is many gigabytes long: LevelDB dies of it as soon as it reads there. */
export function overgrown(table: Buffer): Buffer {
  const bytes = Buffer.from(table);
  let at = table.length - 48;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  varint();
  varint();
  const index = varint();
  const end = index + varint();
  for (at = index; at < end; ) {
    varint();
    const keyBytes = varint();
    const placeBytes = varint();
    at += keyBytes;
    if (placeBytes >= 6) {
      bytes.set([0, 255, 255, 255, 255, 127], at);
      return bytes;
    }
    at += placeBytes;
  }
  throw new Error("no block lies far enough behind the first, and is long enough");
}
