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
