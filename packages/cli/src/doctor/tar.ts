/** A file of an archive. */
export interface TarFile {
  /** Path inside, ASCII, at most 100 characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const blockBytes = 512;

/** An archive of plain files that only their owner may read. Source: POSIX.1-2017, pax, ustar format. */
export function tar(files: readonly TarFile[], timeMs: number): Uint8Array {
  const parts = files.flatMap(({ name, bytes }) => {
    const padding = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
    return [header(name, bytes.length, timeMs), bytes, new Uint8Array(padding)];
  });
  return Buffer.concat([...parts, new Uint8Array(2 * blockBytes)]);
}

function header(name: string, size: number, timeMs: number): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  block.write(name, 0, 100, "ascii");
  block.write(`${octal(0o600, 7)}\0`, 100, "ascii");
  block.write(`${octal(0, 7)}\0`, 108, "ascii");
  block.write(`${octal(0, 7)}\0`, 116, "ascii");
  block.write(`${octal(size, 11)}\0`, 124, "ascii");
  block.write(`${octal(Math.floor(timeMs / 1_000), 11)}\0`, 136, "ascii");
  block.write("        ", 148, "ascii");
  block.write("0", 156, "ascii");
  block.write("ustar\0", 257, "ascii");
  block.write("00", 263, "ascii");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, "ascii");
  return block;
}
