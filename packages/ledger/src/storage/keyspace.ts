import { assert, type BlockId, concat, idBytes, type TransactionId } from "../primitives/index.ts";
import type { KeyRange } from "./key-value-store.ts";

/**
 * First byte of every key of both databases. No letter is used twice, so that a key found in a dump
 * says where it belongs. Source: docs/PROTOCOL.md section 9.
 */
const prefix = {
  blockBytes: "B",
  certificate: "C",
  payload: "P",
  format: "m",
  head: "h",
  stateValue: "s",
  transaction: "t",
  bucketRoot: "k",
  bucketLeaf: "b",
  bucketChanged: "d",
  stateRoot: "r",
  blockId: "i",
  heightOfBlock: "n",
  setChange: "v",
  firstBlock: "f",
  purged: "x",
} as const;

const u16Max = 0xffff;
/** A `purged` key: its prefix and two heights; an `orphan` key is longer. */
const purgedKeyBytes = 17;

function byte(name: keyof typeof prefix): Uint8Array {
  return Uint8Array.of(prefix[name].charCodeAt(0));
}

function u16(number: number): Uint8Array {
  assert(Number.isInteger(number) && number >= 0 && number <= u16Max, "a u16 key part fits");
  return Uint8Array.of(number >>> 8, number & 0xff);
}

/** A whole number as eight bytes, big-endian, so that keys sort as the numbers do. */
function u64(number: number): Uint8Array {
  assert(Number.isSafeInteger(number) && number >= 0, "a u64 key part is a whole number");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

function readU64(key: Uint8Array, offset: number): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(offset));
}

/** The smallest byte string above all that begin with `start`; never asked for all bytes 0xff. */
function after(start: Uint8Array): Uint8Array {
  const end = start.slice();
  for (let index = end.length - 1; index >= 0; index -= 1) {
    const value = end[index] as number;
    if (value < 0xff) {
      end[index] = value + 1;
      return end.slice(0, index + 1);
    }
  }
  throw new RangeError("no key lies above");
}

function startingWith(start: Uint8Array): KeyRange {
  return { first: start, end: after(start) };
}

/** Keys of the database *bodies*: what is large and never changes. */
export const bodyKeys = {
  block: (height: number, blockId: BlockId): Uint8Array =>
    concat(byte("blockBytes"), u64(height), idBytes(blockId)),
  certificate: (height: number): Uint8Array => concat(byte("certificate"), u64(height)),
  payload: (height: number, transactionId: TransactionId, part: number): Uint8Array =>
    concat(byte("payload"), u64(height), idBytes(transactionId), u16(part)),
  /** Every block stored for this height or a later one. */
  blocksFrom: (height: number): KeyRange => ({
    first: concat(byte("blockBytes"), u64(height)),
    end: after(byte("blockBytes")),
  }),
  /** Every payload stored for this height or a later one. */
  payloadsFrom: (height: number): KeyRange => ({
    first: concat(byte("payload"), u64(height)),
    end: after(byte("payload")),
  }),
  /** Every payload of these heights, both included. */
  payloadsBetween: (heightFirst: number, heightLast: number): KeyRange => ({
    first: concat(byte("payload"), u64(heightFirst)),
    end: concat(byte("payload"), u64(heightLast + 1)),
  }),
  /** Height and block id of a block's key. */
  readBlock: (key: Uint8Array): { readonly height: number; readonly blockId: Uint8Array } => ({
    height: readU64(key, 1),
    blockId: key.subarray(9),
  }),
  isPayload: (key: Uint8Array): boolean => key[0] === prefix.payload.charCodeAt(0),
  /** Height, transaction id and part index of a payload's key. */
  readPayload: (
    key: Uint8Array,
  ): { readonly height: number; readonly transactionId: Uint8Array; readonly part: number } => ({
    height: readU64(key, 1),
    transactionId: key.subarray(9, 41),
    part: (key[41] as number) * 256 + (key[42] as number),
  }),
} as const;

/** Keys of the database *state*: what one batch moves together with the head. */
export const stateKeys = {
  format: byte("format"),
  head: byte("head"),
  firstBlock: byte("firstBlock"),
  value: (stateKey: Uint8Array): Uint8Array => concat(byte("stateValue"), stateKey),
  allValues: startingWith(byte("stateValue")),
  /** Every state value whose state key begins with `start`. */
  valuesStartingWith: (start: Uint8Array): KeyRange =>
    startingWith(concat(byte("stateValue"), start)),
  /** The state key of a value's or leaf's key is what follows the prefix. */
  stateKeyOfValue: (key: Uint8Array): Uint8Array => key.subarray(1),
  transaction: (transactionId: TransactionId): Uint8Array =>
    concat(byte("transaction"), idBytes(transactionId)),
  bucketRoot: (bucket: number): Uint8Array => concat(byte("bucketRoot"), u16(bucket)),
  bucketRoots: startingWith(byte("bucketRoot")),
  bucketLeaf: (bucket: number, stateKey: Uint8Array): Uint8Array =>
    concat(byte("bucketLeaf"), u16(bucket), stateKey),
  bucketLeaves: (bucket: number): KeyRange => startingWith(concat(byte("bucketLeaf"), u16(bucket))),
  allBucketLeaves: startingWith(byte("bucketLeaf")),
  stateKeyOfLeaf: (key: Uint8Array): Uint8Array => key.subarray(3),
  bucketChanged: (bucket: number): Uint8Array => concat(byte("bucketChanged"), u16(bucket)),
  bucketsChanged: startingWith(byte("bucketChanged")),
  /** Bucket of a `bucketRoot`, `bucketLeaf` or `bucketChanged` key. */
  readBucket: (key: Uint8Array): number => (key[1] as number) * 256 + (key[2] as number),
  stateRoot: (checkpoint: number): Uint8Array => concat(byte("stateRoot"), u64(checkpoint)),
  blockId: (height: number): Uint8Array => concat(byte("blockId"), u64(height)),
  blockIds: (heightFirst: number): KeyRange => ({
    first: concat(byte("blockId"), u64(heightFirst)),
    end: after(byte("blockId")),
  }),
  heightOfBlock: (blockId: BlockId): Uint8Array => concat(byte("heightOfBlock"), idBytes(blockId)),
  setChange: (height: number): Uint8Array => concat(byte("setChange"), u64(height)),
  setChanges: (heightFirst: number, heightEnd: number): KeyRange => ({
    first: concat(byte("setChange"), u64(heightFirst)),
    end: concat(byte("setChange"), u64(heightEnd)),
  }),
  /** The block at `at` left payloads behind that are stored for `height` and may still be on the disk. */
  purged: (at: number, height: number): Uint8Array => concat(byte("purged"), u64(at), u64(height)),
  /** With the block at `at` the payload of this key in *bodies* is known as not of its height's block; likewise. */
  orphan: (at: number, payload: Uint8Array): Uint8Array =>
    concat(byte("purged"), u64(at), payload.subarray(1)),
  allPurged: startingWith(byte("purged")),
  /** What a `purged` or `orphan` key says; `orphan` is the key in *bodies*, null where it names none. */
  readPurged: (
    key: Uint8Array,
  ): {
    readonly at: number;
    readonly height: number;
    readonly orphan: Uint8Array | null;
  } => ({
    at: readU64(key, 1),
    height: readU64(key, 9),
    orphan: key.length > purgedKeyBytes ? concat(byte("payload"), key.subarray(9)) : null,
  }),
  /** Height of a `blockId` or `setChange` key. */
  readHeight: (key: Uint8Array): number => readU64(key, 1),
} as const;
