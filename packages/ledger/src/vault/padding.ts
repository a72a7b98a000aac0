import { assert } from "../primitives/index.ts";

/** Smallest and largest padded size: 256 bytes and 1 MiB. Source: docs/PROTOCOL.md section 7.4. */
export const paddedBytesMin = 256;
export const paddedBytesMax = 1_048_576;
/** What ends the content; only zeros follow it. */
const END = 0x80;

/** Whether a length is one of the thirteen sizes 256 * 2^k up to 1 MiB. */
export function isPaddedLength(length: number): boolean {
  if (!Number.isInteger(length) || length < paddedBytesMin || length > paddedBytesMax) return false;
  return (length & (length - 1)) === 0;
}

/** The size that content of `length` bytes is padded to, or null where it exceeds 1 MiB. */
export function paddedLength(length: number): number | null {
  for (let size = paddedBytesMin; size <= paddedBytesMax; size *= 2) {
    if (length < size) return size;
  }
  return null;
}

/** Content, then 0x80, then zeros up to the next size; the content must fit. */
export function pad(content: Uint8Array): Uint8Array {
  const length = paddedLength(content.length);
  assert(length !== null, "padded content fits the largest size");
  const padded = new Uint8Array(length);
  padded.set(content);
  padded[content.length] = END;
  return padded;
}

/**
 * The content of padded bytes, or null unless they are exactly what {@link pad} writes: the smallest size that
 * fits, and only zeros behind the end. Only for authenticated bytes, since it takes a varying time.
 * The result is a view of the input.
 */
export function unpad(padded: Uint8Array): Uint8Array | null {
  if (!isPaddedLength(padded.length)) return null;
  let end = padded.length - 1;
  while (end > 0 && padded[end] === 0) end -= 1;
  if (padded[end] !== END || paddedLength(end) !== padded.length) return null;
  return padded.subarray(0, end);
}
