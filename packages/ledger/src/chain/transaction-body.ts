import {
  bytes,
  fixedBytes,
  flag,
  type Infer,
  literal,
  record,
  type Shape,
  uint,
} from "../primitives/shape.ts";
import { limits } from "./limits.ts";
import { membershipShapes } from "./membership-body.ts";
import {
  grantIdShape,
  hashShape,
  listOf,
  memberIdShape,
  ordinalShape,
  where,
  word,
} from "./wire-shapes.ts";

/** Numbers of the kinds of transactions. Source: docs/PROTOCOL.md, Kinds. */
export const KIND = Object.freeze({
  "claim-writer": 1,
  void: 2,
  invite: 10,
  apply: 11,
  propose: 12,
  vote: 13,
  ready: 14,
  leave: 15,
  "rotate-key": 16,
  addresses: 17,
  "stand-down": 18,
  "stream-create": 20,
  "stream-roll": 21,
  purge: 22,
  records: 30,
  grant: 40,
} as const);

/** What a transaction does. */
export type Kind = keyof typeof KIND;

/** The only suite: X-Wing, HKDF-SHA256, AES-256-GCM with key commitment. */
export const SUITE = 1;

/** Size of a sealed stream root and meta key: encapsulation 1,120, plaintext 64, tag 16. */
export const streamSealBytes = 1_120 + 64 + 16;
/** The least that an HPKE seal of anything takes. */
const sealBytesMin = 1_120 + 1 + 16;

/** An epoch of observation time. */
export const epochShape: Shape<number> = uint(limits.epochMax);

/** How much of a row a proof has to show: all fields of the facet, or single ones. */
export const disclosureShape = word({ row: 0, field: 1 });
/** What a proof of a facet shows at least. */
export type Disclosure = Infer<typeof disclosureShape>;

/** What a stream's data is about, as its owner declares it. */
export const categoryShape = word({
  "equipment-status": 1,
  quality: 2,
  design: 3,
  "supply-chain": 4,
  other: 5,
});
/** What data is about. */
export type Category = Infer<typeof categoryShape>;

/** Length of an epoch of observation time. */
export const epochLengthShape = word({ "1h": 0, "1d": 1, "30d": 2 });
/** How long an epoch is. */
export type EpochLength = Infer<typeof epochLengthShape>;

const claimWriterShape = record({ writer: ordinalShape });
const voidShape = record({});

const streamCreateShape = record({
  suite: literal(SUITE),
  category: categoryShape,
  epochLength: epochLengthShape,
  /** Disclosure of each facet, in order. */
  facets: listOf(disclosureShape, 1, limits.facetsMax),
  schemaHash: hashShape,
  /** Key commitment of the sealed meta, the transaction's only payload. */
  metaCommitment: fixedBytes(32),
  /** Stream root and meta key, sealed to the owner's recovery key. */
  recoverySeal: fixedBytes(streamSealBytes),
});

const streamRollShape = record({
  generation: ordinalShape,
  recoverySeal: fixedBytes(streamSealBytes),
  /** Grants that end with this generation. */
  endedGrants: listOf(grantIdShape, 0, limits.endedGrantsMax),
});

const purgeShape = record({
  /** Sequences of the lane, both ends included. */
  sequenceFirst: uint(),
  sequenceLast: uint(),
});

const recordsShape = record({
  suite: literal(SUITE),
  generation: ordinalShape,
  epoch: epochShape,
  /** Says that the batch fills a gap older than a week. */
  backfill: flag,
  schemaHash: hashShape,
  rnd: fixedBytes(32),
  /** Merkle root and key commitment of each facet's part; payloads stand in the same order. */
  facets: listOf(record({ root: fixedBytes(32), commitment: fixedBytes(32) }), 1, limits.facetsMax),
});

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number));
}

const coverShape = record({
  grantee: memberIdShape,
  /** Version of the grantee's encryption key that can open the seal. */
  keyVersion: ordinalShape,
  generation: ordinalShape,
  facets: where(
    listOf(uint(limits.facetsMax - 1), 1, limits.facetsMax),
    "ascending facet indexes",
    isAscending,
  ),
  epochFirst: epochShape,
  epochLast: epochShape,
  /** The cover's keys, sealed to the grantee. */
  sealed: where(
    bytes(limits.grantBodyBytesMax),
    `at least ${sealBytesMin} bytes`,
    (sealed) => sealed.length >= sealBytesMin,
  ),
});

/** One sealed cover of a grant: who may read which facets over which epochs. */
export type GrantCover = Infer<typeof coverShape>;

/** Bodies by kind. Source: docs/PROTOCOL.md, Kinds, Streams, Records, Grants. */
export const bodyShapes = Object.freeze({
  "claim-writer": claimWriterShape,
  void: voidShape,
  ...membershipShapes,
  "stream-create": streamCreateShape,
  "stream-roll": streamRollShape,
  purge: purgeShape,
  records: recordsShape,
  grant: listOf(coverShape, 1, limits.coversMax),
});

/** What a transaction of each kind says. */
export type Bodies = { readonly [K in Kind]: Infer<(typeof bodyShapes)[K]> };

const epochLengthsMs = Object.freeze({ "1h": 3_600_000, "1d": 86_400_000, "30d": 2_592_000_000 });

/** Length of an epoch in milliseconds. */
export function epochLengthMs(length: EpochLength): number {
  return epochLengthsMs[length];
}

/**
 * Epoch that holds a time, counted from the Unix epoch; before 1970 and beyond 2^20 epochs there is none
 * and the number lies outside 0 to `limits.epochMax`.
 */
export function epochOf(timeMs: number, length: EpochLength): number {
  return Math.floor(timeMs / epochLengthsMs[length]);
}
