import { wordlist } from "@scure/bip39/wordlists/english.js";
import { fingerprint } from "@tegata/ledger/chain";
import type { Hash, NetworkId } from "@tegata/ledger/primitives";

/** Eight words that people compare before they approve an application. Source: docs/PROTOCOL.md 5.12. */
export function fingerprintWords(networkId: NetworkId, applicationHash: Hash): readonly string[] {
  return fingerprint(networkId, applicationHash).map((place) => wordlist[place] ?? "");
}
