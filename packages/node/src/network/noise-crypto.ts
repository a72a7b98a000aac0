import { createSecretKey, type KeyObject } from "node:crypto";
import type { ICryptoInterface } from "@chainsafe/libp2p-noise";
import { defaultCrypto, nodeCrypto } from "@chainsafe/libp2p-noise/crypto";

/** Below this the library's own WebAssembly is faster. */
const smallBytes = 400;

/** The library hands over the same array of a connection's key with every message. */
const imported = new WeakMap<Uint8Array, KeyObject>();

/** The key as Node takes it; the library passes it on to Node and calls it bytes. */
function keyOf(bytes: Uint8Array): Uint8Array {
  const key = imported.get(bytes) ?? createSecretKey(bytes);
  imported.set(bytes, key);
  return key as unknown as Uint8Array;
}

/**
 * The library's cryptography with longer messages encrypted under imported keys: Node spends up to three times
 * as long on a message whose key it is given as bytes. What is on the wire stays the same.
 */
export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
    return plaintext.byteLength < smallBytes
      ? defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
      : nodeCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, keyOf(key));
  },
  /** Throws for bytes that the peer did not encrypt under this key and nonce, which closes the connection. */
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, destination) {
    return ciphertext.byteLength < smallBytes
      ? defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, destination)
      : nodeCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, keyOf(key));
  },
};
