import { listedCount, rootSecretOf, wordsIn } from "../founding/recovery-words.ts";

/** What a file holds that is never rows, and never shown. */
export type SecretKind =
  | "passphrase"
  | "recovery-words"
  | "key"
  | "card"
  | "genesis"
  | "invitation";

/** Secrets are short; what is longer is something else. */
const secretBytesMax = 16_384;
const passphraseBytesMax = 256;
const passphraseName =
  /pass[_-]?(?:phrase|word|wd|code)|pasphrase|passwort|secret|token|パスワード|パスフレーズ/i;
const keyName = /(?:^|[./])(?:id_(?:rsa|ed25519|ecdsa))$|\.(?:keystore|pem|key|p12|pfx|jks)$/i;
const keyText = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^AGE-SECRET-KEY-1|"tegata-keystore\//m;

/**
 * Says what a file is that belongs to the keys of a company and not to its data, by its beginning and its
 * name; null for all others. `isWhole`: the bytes are all there is.
 */
export function secretIn(name: string, head: Uint8Array, isWhole: boolean): SecretKind | null {
  if (keyName.test(name)) return "key";
  const text = new TextDecoder("utf-8").decode(head.subarray(0, secretBytesMax)).trim();
  if (keyText.test(text)) return "key";
  if (text.startsWith("tgc1")) return "card";
  if (text.startsWith("tgg1")) return "genesis";
  if (text.startsWith("tgi1")) return "invitation";
  if (!isWhole || head.byteLength > secretBytesMax) return null;
  if (isRecoveryWords(text)) return "recovery-words";
  const isLine = text !== "" && !/[\r\n]/.test(text) && head.byteLength <= passphraseBytesMax;
  return isLine && passphraseName.test(name) ? "passphrase" : null;
}

/** 24 words of the list; one that is mistyped must not bring the others onto the screen. */
function isRecoveryWords(text: string): boolean {
  const words = wordsIn(text);
  if (words.length < 20 || words.length > 40) return false;
  return rootSecretOf(words) !== null || listedCount(words) >= 18;
}
