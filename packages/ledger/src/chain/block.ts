import { LedgerError } from "../primitives/errors.ts";
import { sha256, taggedHash } from "../primitives/hash.ts";
import {
  type BlockId,
  blockId,
  type Hash,
  hashId,
  idBytes,
  type TransactionId,
} from "../primitives/ids.ts";
import { bytes, fromBytes, type Infer, list, record, toBytes, uint } from "../primitives/shape.ts";
import { countedRoot } from "./counted-root.ts";
import { limits } from "./limits.ts";
import { type Validator, validatorsShape } from "./roster/shapes.ts";
import {
  decodeTransaction,
  endedGrantCount,
  payloadBytes,
  purgedSequenceCount,
  type Transaction,
} from "./transaction.ts";
import {
  blockIdShape,
  hashShape,
  memberIdShape,
  transactionIdShape,
  versioned,
  where,
} from "./wire-shapes.ts";

const headerShape = versioned(1, {
  height: where(uint(), "a height from 1", (height) => height >= 1),
  timeMs: uint(),
  /** Who built the block; a later round may propose it again under another name. */
  proposer: memberIdShape,
  previousBlockId: blockIdShape,
  transactionsRoot: hashShape,
  /** Commitment to this block's writes of the state. */
  changesRoot: hashShape,
  /** Commitment to the whole state at an earlier checkpoint, see `checkpointFor`. */
  stateRoot: hashShape,
  validatorsHash: hashShape,
  nextValidatorsHash: hashShape,
  previousCertificateHash: hashShape,
  evidenceRoot: hashShape,
});

/** What a block's id covers, and through its roots all the rest. */
export type BlockHeader = Infer<typeof headerShape>;

const certificateShape = bytes(limits.certificateBytesMax);
const evidenceShape = list(bytes(limits.evidenceBytesMax), limits.evidenceMax);

const blockShape = record({
  header: bytes(limits.headerBytesMax),
  transactions: list(bytes(limits.transactionBytesMax), limits.blockTransactionsMax),
  previousCertificate: certificateShape,
  evidence: evidenceShape,
});

const compactShape = record({
  header: bytes(limits.headerBytesMax),
  transactionIds: list(transactionIdShape, limits.blockTransactionsMax),
  previousCertificate: certificateShape,
  evidence: evidenceShape,
});

const blockLimits = Object.freeze({ depthMax: 16, itemsMax: limits.blockItemsMax });

/** What a block and its compact form have in common. */
interface BlockFrame {
  readonly id: BlockId;
  readonly header: BlockHeader;
  readonly headerBytes: Uint8Array;
  /** Commit certificate of the block before; empty at height 1. */
  readonly previousCertificate: Uint8Array;
  readonly evidence: readonly Uint8Array[];
}

/** A decoded block within the limits; whether body and header belong together is another question. */
export interface Block extends BlockFrame {
  /** `[header bytes, [transaction bytes…], previous certificate bytes, [evidence…]]`. */
  readonly bytes: Uint8Array;
  readonly transactions: readonly Transaction[];
}

/** A block that names its transactions instead of carrying them. */
export interface CompactBlock extends BlockFrame {
  readonly transactionIds: readonly TransactionId[];
}

/** What a block is made of. */
export interface BlockParts {
  readonly headerBytes: Uint8Array;
  readonly transactions: readonly Transaction[];
  readonly previousCertificate: Uint8Array;
  readonly evidence: readonly Uint8Array[];
}

/** Id of the block with this header. Source: docs/PROTOCOL.md, section 2. */
export function blockIdOf(headerBytes: Uint8Array): BlockId {
  return blockId(taggedHash("block", headerBytes));
}

/** @throws LEDGER_BAD_SHAPE */
export function encodeHeader(header: BlockHeader): Uint8Array {
  return toBytes(headerShape, header);
}

/** @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeHeader(headerBytes: Uint8Array): BlockHeader {
  checkMax("block header", headerBytes.length, limits.headerBytesMax);
  return fromBytes(headerShape, headerBytes);
}

function checkMax(what: string, actual: number, max: number): void {
  if (actual <= max) return;
  const message = `${what}: ${actual} is more than ${max}`;
  throw new LedgerError("LEDGER_TOO_LARGE", message, { what, actual, max });
}

function checkBudgets(transactions: readonly Transaction[]): void {
  let transactionSize = 0;
  let payloadSize = 0;
  let endedGrants = 0;
  let purgedSequences = 0;
  for (const transaction of transactions) {
    transactionSize += transaction.bytes.length;
    payloadSize += payloadBytes(transaction);
    endedGrants += endedGrantCount(transaction);
    purgedSequences += purgedSequenceCount(transaction);
  }
  checkMax("transaction bytes", transactionSize, limits.blockTransactionBytesMax);
  checkMax("payload bytes of a block", payloadSize, limits.blockPayloadBytesMax);
  checkMax("ended grants of a block", endedGrants, limits.blockEndedGrantsMax);
  checkMax("purged sequences of a block", purgedSequences, limits.purgedSequencesMax);
}

/**
 * Joins header and body, such as a compact block and the transactions it names.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function assembleBlock(parts: BlockParts): Block {
  const { headerBytes, transactions, previousCertificate, evidence } = parts;
  const header = decodeHeader(headerBytes);
  checkBudgets(transactions);
  const body = {
    header: headerBytes,
    transactions: transactions.map((transaction) => transaction.bytes),
    previousCertificate,
    evidence,
  };
  const encoded = toBytes(blockShape, body, blockLimits);
  return { ...parts, id: blockIdOf(headerBytes), header, bytes: encoded };
}

/**
 * Reads a block strictly, its transactions included. Keeps the given bytes.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function decodeBlock(received: Uint8Array): Block {
  checkMax("block bytes", received.length, limits.blockBytesMax);
  const body = fromBytes(blockShape, received, blockLimits);
  const header = decodeHeader(body.header);
  const transactions = body.transactions.map(decodeTransaction);
  checkBudgets(transactions);
  return {
    id: blockIdOf(body.header),
    header,
    headerBytes: body.header,
    bytes: received,
    transactions,
    previousCertificate: body.previousCertificate,
    evidence: body.evidence,
  };
}

/** The form in which a block travels to those who hold its transactions. */
export function encodeCompactBlock(block: Block): Uint8Array {
  return toBytes(
    compactShape,
    {
      header: block.headerBytes,
      transactionIds: block.transactions.map(({ id }) => id),
      previousCertificate: block.previousCertificate,
      evidence: block.evidence,
    },
    blockLimits,
  );
}

/** @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeCompactBlock(received: Uint8Array): CompactBlock {
  checkMax("compact block bytes", received.length, limits.compactBlockBytesMax);
  const { header: headerBytes, ...body } = fromBytes(compactShape, received, blockLimits);
  return { id: blockIdOf(headerBytes), header: decodeHeader(headerBytes), headerBytes, ...body };
}

/** Commitment to the transactions of a block, in order. */
export function transactionsRootOf(ids: readonly TransactionId[]): Hash {
  return countedRoot("transactions", ids.map(idBytes));
}

/** Commitment to the evidence of a block, in order. */
export function evidenceRootOf(evidence: readonly Uint8Array[]): Hash {
  return countedRoot("evidence", evidence);
}

/** What a header says of the certificate its block carries. */
export function certificateHashOf(certificate: Uint8Array): Hash {
  return hashId(sha256(certificate));
}

/** Canonical bytes of a validator set, as they are hashed and stand in a proof. */
export function encodeValidators(validators: readonly Validator[]): Uint8Array {
  return toBytes(validatorsShape, validators);
}

/** A set stays for many blocks, so its hash is computed once for as long as it lives. */
const knownHashes = new WeakMap<readonly Validator[], Hash>();

/** What a header says of a validator set, which is in order of consensus keys. */
export function validatorsHashOf(validators: readonly Validator[]): Hash {
  const known = knownHashes.get(validators);
  if (known !== undefined) return known;
  const hash = hashId(taggedHash("validators", encodeValidators(validators)));
  knownHashes.set(validators, hash);
  return hash;
}
