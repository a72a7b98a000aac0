import { createCipheriv, type KeyObject } from "node:crypto";

/** Field of 2^128 as GCM writes it: the first bit of a block is the coefficient of 1. */
const R = 0xe1n << 120n;

function toInt(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString("hex")}`);
}

function toBlock(int: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(int.toString(16).padStart(32, "0"), "hex"));
}

function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ R : shifted >> 1n;
  }
  return product;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n << 127n;
  for (let bit = exponent, square = base; bit > 0n; bit >>= 1n, square = multiply(square, square)) {
    if (bit & 1n) result = multiply(result, square);
  }
  return result;
}

/** AES of one block, as the counter mode of a nonce of 12 bytes uses it. */
function encryptBlock(key: KeyObject, block: Uint8Array): bigint {
  const context = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return toInt(context.update(block));
}

function blocksOf(bytes: Uint8Array): bigint[] {
  const blocks: bigint[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const block = new Uint8Array(16);
    block.set(bytes.subarray(at, at + 16));
    blocks.push(toInt(block));
  }
  return blocks;
}

/** A key with its nonce. */
export interface KeyAndNonce {
  readonly key: KeyObject;
  readonly nonce: Uint8Array;
}

/**
 * Changes the first block of a ciphertext so that one tag fits it under both keys: proof that a tag says
 * nothing about which key is the right one. Source: Dodis, Grubbs, Ristenpart, Woodage, "Fast message
 * franking" (2018), section 5.
 */
export function salamander(
  first: KeyAndNonce,
  second: KeyAndNonce,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const lengths = (BigInt(aad.length * 8) << 64n) | BigInt(ciphertext.length * 8);
  const body = blocksOf(ciphertext).with(0, 0n);
  const exponent = BigInt(body.length + 1);
  const parts = [first, second].map(({ key, nonce }) => {
    const hash = encryptBlock(key, new Uint8Array(16));
    const mask = encryptBlock(key, Uint8Array.from([...nonce, 0, 0, 0, 1]));
    const sum = [...blocksOf(aad), ...body, lengths].reduce(
      (folded, block) => multiply(folded ^ block, hash),
      0n,
    );
    return { rest: sum ^ mask, factor: power(hash, exponent) };
  });
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const inverse = power(a.factor ^ b.factor, (1n << 128n) - 2n);
  const block = multiply(a.rest ^ b.rest, inverse);
  const sealed = new Uint8Array(ciphertext.length + 16);
  sealed.set(ciphertext);
  sealed.set(toBlock(block), 0);
  sealed.set(toBlock(a.rest ^ multiply(block, a.factor)), ciphertext.length);
  return sealed;
}
