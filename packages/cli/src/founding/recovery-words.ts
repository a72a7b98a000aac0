import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";

/** The 24 words of a root secret. Source: docs/PROTOCOL.md section 3; BIP 39. */
export function recoveryWords(rootSecret: Uint8Array): readonly string[] {
  return entropyToMnemonic(rootSecret, wordlist).split(" ");
}

/** The root secret of 24 words, or null where the words or their checksum are wrong. */
export function rootSecretOf(words: readonly string[]): Uint8Array | null {
  try {
    const secret = mnemonicToEntropy(words.join(" "), wordlist);
    return secret.length === 32 ? secret : null;
  } catch {
    return null;
  }
}

/** How many different words of the list are among these. */
export function listedCount(words: readonly string[]): number {
  const listed = new Set(wordlist);
  return new Set(words.filter((word) => listed.has(word))).size;
}

/** The words of a text, in capitals or not, on one line or on many; with their numbers in any order. */
export function wordsIn(text: string): readonly string[] {
  const lower = text.toLowerCase();
  const numbered = [...lower.matchAll(/(\d+)[.)]?\s+([a-z]+)/g)];
  if (numbered.length === 0) return lower.trim().split(/\s+/);
  const places = numbered.map(([, number, word = ""]) => [Number(number), word] as const);
  return places.sort(([one], [other]) => one - other).map(([, word]) => word);
}
