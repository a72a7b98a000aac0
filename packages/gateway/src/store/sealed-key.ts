import { assert, concat } from "@tegata/ledger/primitives";
import type { KeyRange } from "@tegata/ledger/storage";

/** A number as four big-endian bytes, so that keys sort as numbers do. */
export function u32(number: number): Uint8Array {
  assert(Number.isInteger(number) && number >= 0 && number < 2 ** 32, "a number fits four bytes");
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** A number as eight big-endian bytes, so that keys sort as numbers do. */
export function u64(number: number): Uint8Array {
  assert(Number.isSafeInteger(number) && number >= 0, "a number fits eight bytes");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** Reads what {@link u32} wrote. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

/** Reads what {@link u64} wrote. */
export function readU64(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(offset));
}

/** A key: the byte of a table, then hidden names and numbers that keep their order. */
export function sealedKey(table: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(Uint8Array.of(table), ...parts);
}

/** All keys that begin with a prefix. */
export function keyRange(prefix: Uint8Array): KeyRange {
  const end = Uint8Array.from(prefix);
  let last = end.length - 1;
  while (last >= 0 && end[last] === 255) last -= 1;
  assert(last >= 0, "a prefix has a byte below 255");
  end[last] = (end[last] as number) + 1;
  return { first: prefix, end: end.subarray(0, last + 1) };
}
