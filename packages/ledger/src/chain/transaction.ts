import { decode, encode, type Value } from "../primitives/codec.ts";
import { LedgerError } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import {
  type EntryId,
  type Hash,
  hashId,
  idBytes,
  type MemberId,
  type NetworkId,
  type PublicKey,
  type StreamId,
  type TransactionId,
  transactionId,
} from "../primitives/ids.ts";
import {
  bytes,
  fixedBytes,
  fromBytes,
  type Infer,
  list,
  nullable,
  record,
  type Shape,
  toBytes,
  uint,
} from "../primitives/shape.ts";
import { type Signer, signBytes, verifySignature } from "../primitives/signature.ts";
import { limits } from "./limits.ts";
import { type Bodies, bodyShapes, KIND, type Kind } from "./transaction-body.ts";
import {
  anyValue,
  entryIdShape,
  hashShape,
  memberIdShape,
  notA,
  ordinalShape,
  streamIdShape,
  versioned,
  where,
} from "./wire-shapes.ts";

/** A member's own sequence of transactions: a stream's id, or {@link CONTROL_LANE}. */
export type Lane = StreamId;

/** The lane of what concerns the member and no stream. */
export const CONTROL_LANE = "00".repeat(16) as Lane;

const SIGN_TAG = "transaction";

const payloadShape = record({
  /** SHA-256 of the ciphertext. */
  hash: hashShape,
  /** Bytes of ciphertext. */
  size: where(uint(limits.payloadBytesMax), "a size from 1", (size) => size >= 1),
});

/** Names a ciphertext that travels beside a transaction. */
export type PayloadReference = Infer<typeof payloadShape>;

const frameShape = versioned(1, {
  memberId: memberIdShape,
  keyVersion: ordinalShape,
  lane: streamIdShape,
  sequence: where(uint(), "a number from 1", (sequence) => sequence >= 1),
  writer: uint(2 ** 32 - 1),
  entryId: entryIdShape,
  kind: uint(255),
  body: anyValue,
  expiresMs: nullable(uint()),
  payloads: list(payloadShape, limits.payloadsMax),
});

const signedShape = record({
  content: bytes(limits.contentBytesMax),
  signature: fixedBytes(64),
});

/** What all kinds of transactions have in common. */
export interface TransactionFrame {
  readonly memberId: MemberId;
  /** Version of the transaction key that signs. */
  readonly keyVersion: number;
  readonly lane: Lane;
  /** Position in the lane, first 1. */
  readonly sequence: number;
  /** Number of the member's gateway, see `claim-writer`. */
  readonly writer: number;
  readonly entryId: EntryId;
  /** Last block time at which it may be included; null in the lane of a stream. */
  readonly expiresMs: number | null;
  readonly payloads: readonly PayloadReference[];
}

/** What a member says with a transaction of this kind, before it is signed. */
export type ContentOf<K extends Kind> = TransactionFrame & {
  readonly kind: K;
  readonly body: Bodies[K];
};

/** What a member says, before it is signed. */
export type TransactionContent = { [K in Kind]: ContentOf<K> }[Kind];

/** What signing adds. The bytes are those received; nothing is encoded again to be hashed. */
export interface SignedParts {
  readonly id: TransactionId;
  /** `[content bytes, signature]`. */
  readonly bytes: Uint8Array;
  readonly contentBytes: Uint8Array;
  /** Tagged hash of the content bytes, which is what the signature covers. */
  readonly hash: Hash;
  readonly signature: Uint8Array;
}

/** A decoded transaction of this kind; its signature is a separate question. */
export type TransactionOf<K extends Kind> = ContentOf<K> & SignedParts;

/** A decoded transaction; its signature is a separate question, see {@link verifyTransaction}. */
export type Transaction = { [K in Kind]: TransactionOf<K> }[Kind];

const kindByNumber: ReadonlyMap<number, Kind> = new Map(
  (Object.keys(KIND) as Kind[]).map((kind) => [KIND[kind], kind]),
);

function tooLarge(what: string, size: number, max: number): LedgerError<"LEDGER_TOO_LARGE"> {
  const message = `${what} has ${size} bytes, more than ${max}`;
  return new LedgerError("LEDGER_TOO_LARGE", message, { what, actual: size, max });
}

/**
 * Canonical bytes of a content, as they are hashed and signed.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL, LEDGER_TOO_LARGE
 */
export function encodeContent(content: TransactionContent): Uint8Array {
  const shape = bodyShapes[content.kind] as Shape<TransactionContent["body"]>;
  const body = shape.encode(content.body, "content.body");
  checkBody(content.kind, body);
  const encoded = toBytes(frameShape, { ...content, kind: KIND[content.kind], body });
  checkSize("transaction content", encoded, limits.contentBytesMax);
  return encoded;
}

function checkSize(what: string, encoded: Uint8Array, max: number): void {
  if (encoded.length > max) throw tooLarge(what, encoded.length, max);
}

function checkBody(kind: Kind, body: Value): void {
  if (kind === "grant") checkSize("grant body", encode(body), limits.grantBodyBytesMax);
}

function decodeContent(contentBytes: Uint8Array): TransactionContent {
  const frame = frameShape.decode(decode(contentBytes), "content");
  const kind = kindByNumber.get(frame.kind);
  if (kind === undefined) throw notA("a known kind", "content.kind");
  checkBody(kind, frame.body);
  const shape = bodyShapes[kind] as Shape<TransactionContent["body"]>;
  const body = shape.decode(frame.body, "content.body");
  return { ...frame, kind, body } as TransactionContent;
}

function assemble(
  content: TransactionContent,
  contentBytes: Uint8Array,
  signature: Uint8Array,
  received: Uint8Array,
): Transaction {
  return {
    ...content,
    id: transactionId(taggedHash("transaction-id", received)),
    bytes: received,
    contentBytes,
    hash: contentHash(contentBytes),
    signature,
  } as Transaction;
}

function contentHash(contentBytes: Uint8Array): Hash {
  return hashId(taggedHash("transaction", contentBytes));
}

/**
 * Signs a content with the member's transaction key.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL, LEDGER_TOO_LARGE
 */
export function signTransaction<K extends Kind>(
  content: ContentOf<K>,
  signer: Signer,
  network: NetworkId,
  era: number,
): TransactionOf<K> {
  const contentBytes = encodeContent(content as TransactionContent);
  const hash = idBytes(contentHash(contentBytes));
  const signature = signer.sign(signBytes(SIGN_TAG, network, era, hash));
  // Decoded again, so that what was signed is what the others will see.
  return decodeTransaction(
    toBytes(signedShape, { content: contentBytes, signature }),
  ) as TransactionOf<K>;
}

/**
 * Reads a transaction strictly; says nothing about its signature or the rules of the ledger.
 * Keeps the given bytes: the caller no longer changes them.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function decodeTransaction(received: Uint8Array): Transaction {
  checkSize("transaction", received, limits.transactionBytesMax);
  const { content, signature } = fromBytes(signedShape, received);
  return assemble(decodeContent(content), content, signature, received);
}

/** Whether the member's transaction key signed these bytes for this network and era. */
export function verifyTransaction(
  transaction: SignedParts,
  key: PublicKey,
  network: NetworkId,
  era: number,
): boolean {
  const message = signBytes(SIGN_TAG, network, era, idBytes(transaction.hash));
  return verifySignature(key, message, transaction.signature);
}

/** Grants that a transaction ends. */
export function endedGrantCount(transaction: TransactionContent): number {
  return transaction.kind === "stream-roll" ? transaction.body.endedGrants.length : 0;
}

/** Sequences that a transaction purges. A range that ends before it begins has none: it gives no room to others. */
export function purgedSequenceCount(transaction: TransactionContent): number {
  if (transaction.kind !== "purge") return 0;
  const { sequenceFirst, sequenceLast } = transaction.body;
  return Math.max(0, sequenceLast - sequenceFirst + 1);
}

/** Bytes of ciphertext that travel beside a transaction, all payloads together. */
export function payloadBytes(frame: TransactionFrame): number {
  let size = 0;
  for (const payload of frame.payloads) size += payload.size;
  return size;
}
