import {
  assembleBlock,
  type Block,
  CONTROL_LANE,
  certificateHashOf,
  encodeHeader,
  evidenceRootOf,
  type Head,
  signTransaction,
  type Transaction,
  transactionsRootOf,
  validatorsKey,
} from "../../src/chain/index.ts";
import {
  createSigner,
  type EntryId,
  type Hash,
  hashId,
  type MemberId,
  type NetworkId,
  sha256,
  type TransactionId,
  taggedHash,
  toHex,
} from "../../src/primitives/index.ts";
import type { BlockCommit, GenesisCommit, StoredPayload } from "../../src/storage/index.ts";

const utf8 = new TextEncoder();

/** 32 bytes that a text always gives. */
export function bytesOf(text: string): Uint8Array {
  return sha256(utf8.encode(text));
}

export const networkId = toHex(bytesOf("network")) as NetworkId;
export const genesis: GenesisCommit = {
  timeMs: 1_000,
  changes: [
    [bytesOf("a member"), bytesOf("its record")],
    [bytesOf("never changes"), bytesOf("a value")],
  ],
};

const signer = createSigner(bytesOf("transaction key"));
const zeroHash = "00".repeat(32) as Hash;

/** A block with what belongs to it; nothing of it obeys the rules of transactions. */
export interface SampleBlock extends BlockCommit {
  readonly block: Block;
  readonly payloads: readonly StoredPayload[];
}

/** What a sample block may differ in from the plain one of its height. */
export interface SampleOptions {
  /** Makes another block of the same height. */
  readonly salt?: string;
  /** Sizes of the payloads of each transaction. */
  readonly transactions?: readonly (readonly number[])[];
  readonly changes?: BlockCommit["changes"];
  /** The block changes the set of validators to one of these bytes. */
  readonly nextValidators?: Uint8Array;
}

export const genesisHead: Head = {
  height: 0,
  blockId: networkId as string as Head["blockId"],
  timeMs: 1_000,
};

export function headOf({ id, header }: Block): Head {
  return { height: header.height, blockId: id, timeMs: header.timeMs };
}

function payloadOf(seed: string, size: number): Uint8Array {
  const pattern = bytesOf(seed);
  return new Uint8Array(size).map((_, index) => (pattern[index % 32] as number) ^ (index >>> 5));
}

function sampleTransaction(
  seed: string,
  sequence: number,
  sizes: readonly number[],
): { readonly transaction: Transaction; readonly payloads: readonly Uint8Array[] } {
  const payloads = sizes.map((size, part) => payloadOf(`${seed} ${part}`, size));
  const transaction = signTransaction(
    {
      memberId: toHex(bytesOf("member")) as MemberId,
      keyVersion: 1,
      lane: CONTROL_LANE,
      sequence,
      writer: 0,
      entryId: toHex(bytesOf(seed)).slice(0, 32) as EntryId,
      kind: "void",
      body: {},
      expiresMs: null,
      payloads: payloads.map((bytes) => ({ hash: hashId(sha256(bytes)), size: bytes.length })),
    },
    signer,
    networkId,
    0,
  );
  return { transaction: transaction as Transaction, payloads };
}

/** A block after `head` whose bytes depend on the height and the salt alone. */
export function sampleBlock(head: Head, options: SampleOptions = {}): SampleBlock {
  const height = head.height + 1;
  const seed = `${height} ${options.salt ?? ""}`;
  const samples = (options.transactions ?? [[100]]).map((sizes, index) =>
    sampleTransaction(`${seed} ${index}`, height * 100 + index, sizes),
  );
  const transactions = samples.map(({ transaction }) => transaction);
  const { nextValidators } = options;
  const previousCertificate = height === 1 ? new Uint8Array(0) : certificateOf(height - 1);
  const headerBytes = encodeHeader({
    height,
    timeMs: head.timeMs + 1_000,
    proposer: toHex(bytesOf("member")) as MemberId,
    previousBlockId: head.blockId,
    transactionsRoot: transactionsRootOf(transactions.map(({ id }) => id)),
    changesRoot: hashId(bytesOf(seed)),
    stateRoot: zeroHash,
    validatorsHash: zeroHash,
    nextValidatorsHash:
      nextValidators === undefined ? zeroHash : hashId(taggedHash("validators", nextValidators)),
    previousCertificateHash: certificateHashOf(previousCertificate),
    evidenceRoot: evidenceRootOf([]),
  });
  const payloads = samples.flatMap(({ transaction, payloads: all }) =>
    all.map((bytes, part) => ({ transactionId: transaction.id as TransactionId, part, bytes })),
  );
  const changes = options.changes ?? [
    [bytesOf(`key ${height % 50}`), bytesOf(`value ${height}`)] as const,
  ];
  return {
    block: assembleBlock({ headerBytes, transactions, previousCertificate, evidence: [] }),
    certificate: certificateOf(height),
    payloads,
    changes: nextValidators === undefined ? changes : [...changes, [validatorsKey, nextValidators]],
  };
}

/** Stands for a commit certificate; storage never looks inside. */
export function certificateOf(height: number): Uint8Array {
  return utf8.encode(`certificate ${height}`);
}
