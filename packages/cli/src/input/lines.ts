import { isUtf8 } from "node:buffer";
import { CliError } from "../errors.ts";
import { type ProblemDetails, type ProblemKind, problem } from "./problem.ts";
import type { Chunks } from "./row.ts";

/** Encodings a file may have. `cp932` is what Japanese editions of Windows call ANSI. */
export type Encoding = "utf-8" | "cp932";

/** Bytes of a line without its end. A longer line is damage or an attack, never a reading. */
export const lineBytesMax = 1_048_576;

/** A line of text without its end; `line` counts from 1. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A problem after which the rest of the file means nothing. */
export function broken<Kind extends ProblemKind>(
  line: number,
  field: string | null,
  kind: Kind,
  detail: ProblemDetails[Kind],
  got: string,
): CliError<"CLI_INPUT_BROKEN"> {
  return new CliError("CLI_INPUT_BROKEN", { problem: problem(line, field, kind, detail, got) });
}

/**
 * Lines of a text file without LF or CRLF, checked and decoded. A byte order mark is taken off.
 * @throws CLI_INPUT_BROKEN for a line that is too long, not in the encoding, or holds a NUL byte
 */
export async function* readLines(chunks: Chunks, encoding: Encoding): AsyncGenerator<TextLine> {
  for await (const { line, lines } of checkedLines(chunks, encoding)) {
    for (const [offset, bytes] of lines.entries()) {
      const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
      yield { line: line + offset, text: bytes.toString("utf8", 0, end) };
    }
  }
}

/**
 * The same bytes in UTF-8 from the line `from` on, checked line by line, every line with its end (the
 * last one too).
 * @throws CLI_INPUT_BROKEN as {@link readLines}
 */
export async function* readCheckedBytes(
  chunks: Chunks,
  encoding: Encoding,
  from = 1,
): AsyncGenerator<Buffer> {
  const end = Buffer.from([lineFeed]);
  for await (const { line, lines } of checkedLines(chunks, encoding)) {
    const kept = line < from ? lines.slice(from - line) : lines;
    if (kept.length > 0) yield Buffer.concat(kept.flatMap((bytes) => [bytes, end]));
  }
}

interface LineGroup {
  /** Number of the first line of the group. */
  readonly line: number;
  readonly lines: readonly Buffer[];
}

async function* checkedLines(chunks: Chunks, encoding: Encoding): AsyncGenerator<LineGroup> {
  let line = 1;
  for await (const raw of splitLines(chunks)) {
    const first = line;
    const lines = raw.map((bytes, offset) => checkLine(bytes, first + offset, encoding));
    line += lines.length;
    yield { line: first, lines };
  }
}

function checkLine(raw: Buffer, line: number, encoding: Encoding): Buffer {
  const marked = line === 1 && raw.subarray(0, 3).equals(byteOrderMark);
  const bytes = marked ? raw.subarray(3) : raw;
  if (bytes.includes(0)) throw broken(line, null, "nul-byte", null, lossy(bytes));
  if (encoding === "cp932" && !marked) return decodeCp932(bytes, line);
  if (!isUtf8(bytes)) throw broken(line, null, "encoding", { encoding: "UTF-8" }, lossy(bytes));
  return bytes;
}

// Kana and kanji of three bytes: CP932 makes such bytes by chance next to never.
const japanese = /[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]/u;

function decodeCp932(bytes: Buffer, line: number): Buffer {
  if (isUtf8(bytes) && japanese.test(bytes.toString("utf8"))) {
    throw broken(line, null, "encoding-mixed", { encoding: "CP932" }, lossy(bytes));
  }
  try {
    // The label of the encoding standard; its decoder is the Windows superset.
    return Buffer.from(new TextDecoder("shift_jis", { fatal: true }).decode(bytes), "utf8");
  } catch {
    throw broken(line, null, "encoding", { encoding: "CP932" }, lossy(bytes));
  }
}

function lossy(bytes: Buffer): string {
  return bytes.toString("utf8", 0, 200);
}

/** Groups of lines as the chunks complete them. LF is no trail byte in UTF-8 and CP932. */
async function* splitLines(chunks: Chunks): AsyncGenerator<readonly Buffer[]> {
  let line = 1;
  let open: Buffer[] = [];
  let openBytes = 0;
  const close = (piece: Buffer): Buffer => {
    const bytes = open.length === 0 ? piece : Buffer.concat([...open, piece]);
    open = [];
    openBytes = 0;
    line += 1;
    return bytes;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      refuseLong(openBytes + end - start, line, open[0] ?? bytes.subarray(start, end));
      lines.push(close(bytes.subarray(start, end)));
      start = end + 1;
    }
    if (start < bytes.length) {
      open.push(bytes.subarray(start));
      openBytes += bytes.length - start;
      refuseLong(openBytes, line, open[0] ?? bytes);
    }
    if (lines.length > 0) yield lines;
  }
  if (openBytes > 0) yield [close(Buffer.alloc(0))];
}

function refuseLong(bytes: number, line: number, beginning: Buffer): void {
  if (bytes <= lineBytesMax) return;
  throw broken(line, null, "line-size", { bytesMax: lineBytesMax }, lossy(beginning));
}
