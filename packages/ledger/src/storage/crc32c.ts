/** The polynomial of CRC-32C with its bits reversed. Source: RFC 3720 section 12.1. */
const polynomial = 0x82f63b78;

/** What is left of one byte, and of one byte with one to seven others behind it. */
const rests: readonly Uint32Array[] = makeRests();

function makeRests(): readonly Uint32Array[] {
  const one = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    }
    one[byte] = rest;
  }
  const made = [one];
  for (let behind = 1; behind < 8; behind += 1) {
    const before = made[behind - 1] as Uint32Array;
    made.push(before.map((rest) => (rest >>> 8) ^ (one[rest & 255] as number)));
  }
  return made;
}

/** CRC-32C of bytes. Source: RFC 3720 section 12.1, example in appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  const [r0, r1, r2, r3, r4, r5, r6, r7] = rests as [
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ];
  const { length } = bytes;
  let rest = 0xffffffff;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    rest ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    rest =
      (r7[rest & 255] as number) ^
      (r6[(rest >>> 8) & 255] as number) ^
      (r5[(rest >>> 16) & 255] as number) ^
      (r4[rest >>> 24] as number) ^
      (r3[bytes[at + 4] as number] as number) ^
      (r2[bytes[at + 5] as number] as number) ^
      (r1[bytes[at + 6] as number] as number) ^
      (r0[bytes[at + 7] as number] as number);
  }
  for (; at < length; at += 1) {
    rest = (rest >>> 8) ^ (r0[(rest ^ (bytes[at] as number)) & 255] as number);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
