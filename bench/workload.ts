import { createHash, type KeyObject } from "node:crypto";
import {
  type ContentOf,
  encodeSchema,
  epochOf,
  type Row,
  type StreamSchema,
  signTransaction,
  streamSealBytes,
} from "@tegata/ledger/chain";
import {
  encode,
  type Hash,
  hashId,
  type MemberId,
  type NetworkId,
  type Signer,
  type StreamId,
  sha256,
} from "@tegata/ledger/primitives";
import {
  createFacetTree,
  drawBytes,
  facetRoot,
  generateEntryId,
  generateSecret,
  generateStreamId,
  sealBatch,
  sealMeta,
} from "@tegata/ledger/vault";

/** Size of a record: the canonical bytes of its row. */
export const recordBytes = 600;

/** How many records share a transaction. */
export type BatchSize = 1 | 100;

/** A press as a maker of motors would describe it; `trace` is what fills a record up. */
export const schema: StreamSchema = {
  name: "press-3",
  zone: "UTC",
  facets: [{ name: "process" }],
  fields: [
    { name: "machine", type: "text", facet: 0, unit: null },
    { name: "state", type: "text", facet: 0, unit: null },
    { name: "temperature", type: "decimal", facet: 0, unit: "Cel" },
    { name: "force", type: "integer", facet: 0, unit: "N" },
    { name: "alarm", type: "boolean", facet: 0, unit: null },
    { name: "trace", type: "text", facet: 0, unit: null },
  ],
  kind: "rows",
};

/** A number of which text follows that does not compress. */
let filler = 0;

function trace(length: number): string {
  let text = "";
  while (text.length < length) {
    filler += 1;
    text += createHash("sha512").update(`${filler}`).digest("base64");
  }
  return text.slice(0, length);
}

function rowWith(timeMs: number, tail: string): Row {
  return [timeMs, "press-3", "running", ["71.25"], 184_000, false, tail];
}

const emptyBytes = encode(rowWith(Date.now(), "")).length;
/** Head of a text of this length in the canonical encoding, less the head of the empty one. */
const longTextHeadBytes = 2;

/** Rows of {@link recordBytes} each, observed now. */
export function rowsOf(count: number, timeMs: number): readonly Row[] {
  const length = recordBytes - emptyBytes - longTextHeadBytes;
  return Array.from({ length: count }, () => rowWith(timeMs, trace(length)));
}

/** The same rows as the gateway's API takes them. */
export function jsonRowsOf(count: number, timeMs: number) {
  const names = schema.fields.map(({ name }) => name);
  return rowsOf(count, timeMs).map(([, ...cells]) => ({
    timeMs,
    cells: Object.fromEntries(
      cells.map((cell, index) => {
        const value = Array.isArray(cell) ? { decimal: cell[0] as string } : cell;
        return [names[index] as string, value as string | number | boolean | { decimal: string }];
      }),
    ),
  }));
}

/** Who signs, and where. */
export interface Author {
  readonly network: NetworkId;
  readonly memberId: MemberId;
  /** The member's number in the state. */
  readonly writer: number;
  readonly signer: Signer;
}

/** A stream with its keys. */
export interface OwnStream {
  readonly streamId: StreamId;
  readonly schemaHash: Hash;
  readonly streamRoot: Uint8Array;
}

/** A transaction with its ciphertexts, as a node takes it. */
export interface Signed {
  readonly id: string;
  readonly transaction: Uint8Array;
  readonly payloads: readonly Uint8Array[];
}

const era = 0;
const epochLength = "1h";

/** Creates a stream; its recovery seal is noise, since nobody will recover it. */
export function createStream(author: Author): {
  readonly stream: OwnStream;
  readonly creating: Signed;
} {
  const { network, memberId } = author;
  const streamId = generateStreamId(memberId);
  const place = { network, owner: memberId, streamId };
  const meta = sealMeta(place, generateSecret(), encodeSchema(schema));
  const content: ContentOf<"stream-create"> = {
    ...frame(author, streamId, 1),
    kind: "stream-create",
    payloads: [{ hash: hashId(sha256(meta.payload)), size: meta.payload.length }],
    body: {
      suite: 1,
      category: "equipment-status",
      epochLength,
      facets: ["row"],
      schemaHash: meta.schemaHash,
      metaCommitment: meta.commitment,
      recoverySeal: Uint8Array.from([...drawBytes(1_000), ...drawBytes(streamSealBytes - 1_000)]),
    },
  };
  const { id, bytes } = signTransaction(content, author.signer, network, era);
  const stream = { streamId, schemaHash: meta.schemaHash, streamRoot: generateSecret() };
  return { stream, creating: { id, transaction: bytes, payloads: [meta.payload] } };
}

function frame(author: Author, lane: StreamId, sequence: number) {
  const { memberId, writer } = author;
  return {
    memberId,
    keyVersion: 1,
    lane,
    sequence,
    writer,
    entryId: generateEntryId(),
    expiresMs: null,
  };
}

/** The key that the owner of a stream seals the rows of an epoch with. */
export function epochKeyOf(author: Author, stream: OwnStream, epoch: number): KeyObject {
  const { streamId, streamRoot } = stream;
  const place = { network: author.network, streamId, generation: 1, facet: 0 };
  const key = createFacetTree(facetRoot(streamRoot, place)).epochKey(epoch);
  if (key === null) throw new Error("an owner has the key of every epoch");
  return key;
}

/** What {@link sealBatch} takes for rows of one epoch. */
export function batchOf(
  author: Author,
  stream: OwnStream,
  { sequence, rows, epochKey }: { sequence: number; rows: readonly Row[]; epochKey: KeyObject },
) {
  return {
    network: author.network,
    owner: author.memberId,
    streamId: stream.streamId,
    generation: 1,
    epoch: epochOf(rows[0]?.[0] as number, epochLength),
    lane: stream.streamId,
    sequence,
    schemaHash: stream.schemaHash,
    epochLength,
    facets: [{ disclosure: "row", rows, epochKey }],
  } as const;
}

/**
 * Signed batches with the sequences from `first` on. Sealed once: validators cannot read what they store, so
 * the same ciphertext under another number costs them as much, and preparing it costs less.
 */
export function recordsOf(
  author: Author,
  stream: OwnStream,
  { first, count, size }: { first: number; count: number; size: BatchSize },
): readonly Signed[] {
  const timeMs = Date.now();
  const epoch = epochOf(timeMs, epochLength);
  const epochKey = epochKeyOf(author, stream, epoch);
  const rows = rowsOf(size, timeMs);
  const { rnd, facets, payloads } = sealBatch(
    batchOf(author, stream, { sequence: first, rows, epochKey }),
  );
  const named = payloads.map((bytes) => ({ hash: hashId(sha256(bytes)), size: bytes.length }));
  return Array.from({ length: count }, (_, index): Signed => {
    const content: ContentOf<"records"> = {
      ...frame(author, stream.streamId, first + index),
      kind: "records",
      payloads: named,
      body: {
        suite: 1,
        generation: 1,
        epoch,
        backfill: false,
        schemaHash: stream.schemaHash,
        rnd,
        facets,
      },
    };
    const { id, bytes } = signTransaction(content, author.signer, author.network, era);
    return { id, transaction: bytes, payloads };
  });
}
