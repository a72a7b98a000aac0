/** Letters and digits of any script, and what no shell takes for something else. */
const plain = /^[\p{L}\p{N}\p{M}_@%+:,./-]+$/u;

/**
 * A name as one word of a command line, whatever is in it: spaces, also the wide ones of Japanese, `#` and
 * quotes. Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
export function shellWord(text: string): string {
  if (plain.test(text) && !text.startsWith("-")) return text;
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`;
}
