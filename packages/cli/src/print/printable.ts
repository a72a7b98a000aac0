// What a terminal obeys or what turns the direction of text: controls, format characters, line ends.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Joiners that scripts and emoji need; alone they do no harm. */
const harmless = new Set(["\u200c", "\u200d"]);
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text from outside as one line that a terminal shows and never obeys: control and direction
 * characters appear as escapes.
 */
export function printable(text: string): string {
  return text.replaceAll(unsafe, (found) => {
    if (harmless.has(found)) return found;
    const code = found.codePointAt(0) ?? 0;
    return named[found] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
