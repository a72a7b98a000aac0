import { isUtf8 } from "node:buffer";
import type { Delimiter } from "./csv.ts";
import { findHeaderLine } from "./header-line.ts";
import type { Encoding } from "./lines.ts";
import { type Foreign, foreignBytes, foreignText } from "./sniff.ts";

/** Forms of rows that can be read. */
export type RowFormat = "csv" | "ndjson" | "shdr";

/** What a file looks like. */
export interface Detection {
  readonly format: RowFormat | Foreign;
  /** What decided: the first lines, or the ending of the name. */
  readonly by: "content" | "name";
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  /** Line of a CSV file's header, from 1. */
  readonly headerLine: number;
}

/** What is known of a file before it is looked at. */
export interface Expectation {
  /** Fields of the stream the rows are for. */
  readonly fields: readonly string[] | null;
  /** Line of the header; null leaves it to detection. */
  readonly header: number | null;
}

const nothingKnown: Expectation = { fields: null, header: null };

/** Bytes from the start of a file that detection looks at. */
export const sampleBytesMax = 65_536;

const endings: readonly (readonly [ending: RegExp, format: RowFormat])[] = [
  [/\.(?:csv|tsv|tab)$/i, "csv"],
  [/\.(?:ndjson|jsonl|jsonlines)$/i, "ndjson"],
  [/\.shdr(?:\.txt)?$/i, "shdr"],
];
const observation = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^|]*\|[^|]+\|/;

/**
 * Guesses form, encoding and separator of a file from its first bytes and its name. Content decides
 * where it is plain (`{`, an SHDR observation, an array); then the name; then it is taken for CSV.
 */
export function detect(
  name: string,
  sample: Uint8Array,
  expected: Expectation = nothingKnown,
): Detection {
  const bytes = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength);
  const encoding = encodingOf(bytes);
  const text = decodeSample(bytes, encoding ?? "utf-8");
  const first = firstLine(text);
  const rest = { encoding: encoding ?? "utf-8", ...tableOf(text, expected) } as const;
  const foreign = foreignBytes(name, bytes) ?? foreignOf(bytes, encoding, text);
  if (foreign !== null) return { ...rest, format: foreign, by: "content" };
  if (first.startsWith("{")) return { ...rest, format: "ndjson", by: "content" };
  if (observation.test(first)) return { ...rest, format: "shdr", by: "content" };
  for (const [ending, format] of endings) {
    if (ending.test(name)) return { ...rest, format, by: "name" };
  }
  return { ...rest, format: "csv", by: "content" };
}

function foreignOf(bytes: Buffer, encoding: Encoding | null, text: string): Foreign | null {
  if (encoding === null || bytes.includes(0)) return "binary";
  return foreignText(text, bytes.length < sampleBytesMax);
}

/** Null: neither UTF-8 nor CP932, so no text. */
function encodingOf(bytes: Buffer): Encoding | null {
  // A full sample may end inside a character of up to four bytes; a shorter one is the whole file.
  const cuts = bytes.length < sampleBytesMax ? [0] : [0, 1, 2, 3];
  const ends = cuts.map((cut) => bytes.subarray(0, bytes.length - cut));
  if (ends.some((part) => isUtf8(part))) return "utf-8";
  return ends.slice(0, 2).some(isCp932) ? "cp932" : null;
}

function isCp932(bytes: Buffer): boolean {
  try {
    new TextDecoder("shift_jis", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function decodeSample(bytes: Buffer, encoding: Encoding): string {
  const label = encoding === "cp932" ? "shift_jis" : "utf-8";
  return new TextDecoder(label).decode(bytes);
}

function firstLine(text: string): string {
  return text.trimStart().split(/\r?\n/, 1)[0] ?? "";
}

/** Separator and header of a table. A title in the first line may have no separator, or another one. */
function tableOf(
  text: string,
  { fields, header }: Expectation,
): Pick<Detection, "delimiter" | "headerLine"> {
  if (header !== null) {
    const line = text.split(/\r?\n/, header)[header - 1] ?? "";
    return { delimiter: delimiterOf(line), headerLine: header };
  }
  const delimiter = delimiterOf(firstLine(text));
  const headerLine = findHeaderLine(text, delimiter, fields);
  if (headerLine > 1) return { delimiter, headerLine };
  for (const other of [",", "\t", ";"] as const) {
    const found = other === delimiter ? 1 : findHeaderLine(text, other, fields);
    if (found > 1) return { delimiter: other, headerLine: found };
  }
  return { delimiter, headerLine };
}

/** A comma anywhere in the first line decides for it; else what stands there most often. */
function delimiterOf(line: string): Delimiter {
  const bare = line.replaceAll(/"(?:[^"]|"")*"/g, "");
  if (bare.includes(",")) return ",";
  const tabs = bare.split("\t").length;
  const semicolons = bare.split(";").length;
  if (tabs === 1 && semicolons === 1) return ",";
  return tabs >= semicolons ? "\t" : ";";
}
