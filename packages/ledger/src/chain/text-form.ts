import { LedgerError } from "../primitives/errors.ts";

/** What a line of text holds: a member card or a genesis. */
export type TextKind = "tgc1" | "tgg1";

/** Standard alphabet for JSON, the URL alphabet for lines that people paste. */
type Alphabet = "base64" | "base64url";

function malformed(what: string): LedgerError<"LEDGER_BAD_TEXT"> {
  const message = `the text is not ${what}`;
  return new LedgerError("LEDGER_BAD_TEXT", message, { expected: what });
}

/** Bytes as base64 with padding, as in JSON. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Decoders skip what they do not know; the only accepted text is the one the encoder writes. */
function strict(text: string, alphabet: Alphabet): Uint8Array | null {
  const bytes = Buffer.from(text, alphabet);
  return bytes.toString(alphabet) === text ? Uint8Array.from(bytes) : null;
}

/** Reads base64 with padding, or null for anything {@link toBase64} would not have written. */
export function fromBase64(text: string): Uint8Array | null {
  return strict(text, "base64");
}

/** One line of text that names what it holds, for a file or a mail. */
export function toText(kind: TextKind, bytes: Uint8Array): string {
  return kind + Buffer.from(bytes).toString("base64url");
}

/**
 * Reads a line of text; blanks and line ends around it do not matter.
 * @throws LEDGER_BAD_TEXT
 */
export function fromText(kind: TextKind, text: string, bytesMax: number): Uint8Array {
  const what = kind === "tgc1" ? "a member card" : "a genesis";
  const line = text.trim();
  if (!line.startsWith(kind) || line.length > kind.length + Math.ceil((bytesMax * 4) / 3)) {
    throw malformed(what);
  }
  const bytes = strict(line.slice(kind.length), "base64url");
  if (bytes === null) throw malformed(what);
  return bytes;
}
