import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import type { ICryptoInterface } from "@chainsafe/libp2p-noise";
import { defaultCrypto } from "@chainsafe/libp2p-noise/crypto";

type Bytes = Parameters<ICryptoInterface["chaCha20Poly1305Encrypt"]>[0];

const cipher = "chacha20-poly1305";
const tagBytes = 16;
/** Below this the library's own WebAssembly is faster. */
const smallBytes = 400;

/** The library hands over the same array of a connection's key with every message. */
const imported = new WeakMap<Uint8Array, KeyObject>();

function keyOf(bytes: Uint8Array): KeyObject {
  const known = imported.get(bytes);
  if (known !== undefined) return known;
  const key = createSecretKey(bytes);
  imported.set(bytes, key);
  return key;
}

function whole(bytes: Bytes): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : bytes.subarray();
}

/**
 * The library's cryptography with longer messages encrypted under imported keys: Node spends up to three times
 * as long on a message whose key it is given as bytes. What is on the wire stays the same.
 */
export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
    if (plaintext.byteLength < smallBytes) {
      return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key);
    }
    const context = createCipheriv(cipher, keyOf(key), nonce, { authTagLength: tagBytes });
    context.setAAD(ad, { plaintextLength: plaintext.byteLength });
    const sealed = new Uint8Array(plaintext.byteLength + tagBytes);
    sealed.set(context.update(whole(plaintext)));
    context.final();
    sealed.set(context.getAuthTag(), plaintext.byteLength);
    return sealed;
  },
  /** Throws for bytes that the peer did not encrypt under this key and nonce, which closes the connection. */
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, destination) {
    if (ciphertext.byteLength < smallBytes) {
      return defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, destination);
    }
    const sealed = whole(ciphertext);
    const length = sealed.length - tagBytes;
    const context = createDecipheriv(cipher, keyOf(key), nonce, { authTagLength: tagBytes });
    context.setAAD(ad, { plaintextLength: length });
    context.setAuthTag(sealed.subarray(length));
    const plaintext = context.update(sealed.subarray(0, length));
    context.final();
    return plaintext;
  },
};
