import { fromBase64, toBase64 } from "../primitives/base64.ts";
import { LedgerError } from "../primitives/errors.ts";

/** What a line of text holds: a member card or a genesis. */
export type TextKind = "tgc1" | "tgg1";

function malformed(what: string): LedgerError<"LEDGER_BAD_TEXT"> {
  const message = `the text is not ${what}`;
  return new LedgerError("LEDGER_BAD_TEXT", message, { expected: what });
}

/** Base64 in the alphabet for lines that people paste. Source: RFC 4648 section 5. */
function toUrlText(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Reads what {@link toUrlText} writes, or null. */
function fromUrlText(text: string): Uint8Array | null {
  if (/[^\w-]/.test(text)) return null;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(standard.padEnd(4 * Math.ceil(text.length / 4), "="));
}

/** One line of text that names what it holds, for a file or a mail. */
export function toText(kind: TextKind, bytes: Uint8Array): string {
  return kind + toUrlText(bytes);
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
  const bytes = fromUrlText(line.slice(kind.length));
  if (bytes === null) throw malformed(what);
  return bytes;
}
