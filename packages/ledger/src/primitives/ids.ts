import { compare, hexText } from "#machine";
import { LedgerError } from "./errors.ts";

/** Bytes as lower-case hex, two characters a byte. */
export type Hex = string;

declare const brand: unique symbol;

/** Hex text that stands for one kind of thing only, so that ids cannot be mixed up. */
export type Brand<Name extends string> = Hex & { readonly [brand]: Name };

/** Tagged hash of a block header: 32 bytes. */
export type BlockId = Brand<"BlockId">;
/** Tagged hash of the complete bytes of a transaction, signature included: 32 bytes. */
export type TransactionId = Brand<"TransactionId">;
/** Identity of a member company: 32 bytes. */
export type MemberId = Brand<"MemberId">;
/** Identity of a network, the hash of its genesis: 32 bytes. */
export type NetworkId = Brand<"NetworkId">;
/** Identity of a stream: 16 bytes. */
export type StreamId = Brand<"StreamId">;
/** Identity a writer gives to an entry, kept when it is sent again: 16 bytes. */
export type EntryId = Brand<"EntryId">;
/** Any other SHA-256 hash: 32 bytes. */
export type Hash = Brand<"Hash">;
/** Ed25519 public key as RFC 8032 encodes it: 32 bytes. */
export type PublicKey = Brand<"PublicKey">;
/** Any id or key that is hex in memory and bytes on disk and wire. */
export type Id =
  | BlockId
  | TransactionId
  | MemberId
  | NetworkId
  | StreamId
  | EntryId
  | Hash
  | PublicKey;

/** Writes bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): Hex {
  return hexText(bytes);
}

/** Value of the hex digit with this character code, or 255. */
const nibbles: Uint8Array = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value += 1) nibbles[value.toString(16).charCodeAt(0)] = value;

function nibble(text: string, offset: number): number {
  const value = nibbles[text.charCodeAt(offset)] ?? 255;
  if (value === 255) {
    throw new LedgerError("LEDGER_BAD_HEX", "not a lower-case hex digit", { offset });
  }
  return value;
}

/**
 * Reads lower-case hex; upper case is refused, because an id has one text.
 * @throws LEDGER_BAD_HEX
 */
export function fromHex(text: Hex): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new LedgerError("LEDGER_BAD_HEX", "hex ends within a byte", { offset: text.length });
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = nibble(text, index * 2) * 16 + nibble(text, index * 2 + 1);
  }
  return bytes;
}

/**
 * Checks that bytes have exactly the length their kind has.
 * @throws LEDGER_BAD_LENGTH
 */
export function checkLength(bytes: Uint8Array, expected: number, what: string): void {
  if (bytes.length === expected) return;
  const message = `${what} has ${bytes.length} bytes instead of ${expected}`;
  throw new LedgerError("LEDGER_BAD_LENGTH", message, { what, expected, actual: bytes.length });
}

function branded<T extends Id>(bytes: Uint8Array, length: number, what: string): T {
  checkLength(bytes, length, what);
  return toHex(bytes) as T;
}

/**
 * Names 32 bytes as a block id.
 * @throws LEDGER_BAD_LENGTH
 */
export function blockId(bytes: Uint8Array): BlockId {
  return branded<BlockId>(bytes, 32, "block id");
}

/**
 * Names 32 bytes as a transaction id.
 * @throws LEDGER_BAD_LENGTH
 */
export function transactionId(bytes: Uint8Array): TransactionId {
  return branded<TransactionId>(bytes, 32, "transaction id");
}

/**
 * Names 32 bytes as a member id.
 * @throws LEDGER_BAD_LENGTH
 */
export function memberId(bytes: Uint8Array): MemberId {
  return branded<MemberId>(bytes, 32, "member id");
}

/**
 * Names 32 bytes as a network id.
 * @throws LEDGER_BAD_LENGTH
 */
export function networkId(bytes: Uint8Array): NetworkId {
  return branded<NetworkId>(bytes, 32, "network id");
}

/**
 * Names 16 bytes as a stream id.
 * @throws LEDGER_BAD_LENGTH
 */
export function streamId(bytes: Uint8Array): StreamId {
  return branded<StreamId>(bytes, 16, "stream id");
}

/**
 * Names 16 bytes as an entry id.
 * @throws LEDGER_BAD_LENGTH
 */
export function entryId(bytes: Uint8Array): EntryId {
  return branded<EntryId>(bytes, 16, "entry id");
}

/**
 * Names an existing hash; computes nothing.
 * @throws LEDGER_BAD_LENGTH unless 32 bytes
 */
export function hashId(bytes: Uint8Array): Hash {
  return branded<Hash>(bytes, 32, "hash");
}

/**
 * Names the bytes of an Ed25519 public key; whether it may be used is decided by `checkSigningKey`.
 * @throws LEDGER_BAD_LENGTH unless 32 bytes
 */
export function publicKey(bytes: Uint8Array): PublicKey {
  return branded<PublicKey>(bytes, 32, "public key");
}

/** Bytes of an id, as on disk and wire; the caller owns them. */
export function idBytes(id: Id): Uint8Array {
  return fromHex(id);
}

/** Joins byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two public byte strings are equal; takes a varying time, so never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compare(a, b) === 0;
}

/** Order of byte strings as in a sorted key space: -1, 0 or 1; a prefix comes before its extensions. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  return compare(a, b) as -1 | 0 | 1;
}
