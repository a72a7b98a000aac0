import { limits, type SetChange } from "@tegata/ledger/chain";
import {
  type BlockId,
  bytes,
  fixedBytes,
  flag,
  fromBytes,
  hexOf,
  type Infer,
  list,
  nullable,
  record,
  type Shape,
  toBytes,
  tuple,
  uint,
} from "@tegata/ledger/primitives";
import { bucketBytesMax } from "@tegata/ledger/storage";

/** Changes of the set in one answer. */
export const setChangesPerAnswerMax = 4_096;

/** Bytes of a set of three hundred. */
const validatorsBytesMax = limits.membersMax * 70 + 3;

const certifiedHeader = {
  header: bytes(limits.headerBytesMax),
  certificate: bytes(limits.certificateBytesMax),
};
const offerFields = {
  ...certifiedHeader,
  proofHeader: bytes(limits.headerBytesMax),
  proofCertificate: bytes(limits.certificateBytesMax),
  keyCount: uint(),
  bucketRoots: fixedBytes(limits.buckets * 32),
};
const offerShape = record(offerFields);
const setChangeShape: Shape<SetChange> = record({
  ...certifiedHeader,
  nextValidators: bytes(validatorsBytesMax),
});
const offerAnswer = nullable(offerShape);
const bucketsAnswer = list(bytes(bucketBytesMax), limits.buckets);
const setChangesAnswer = tuple(list(setChangeShape, setChangesPerAnswerMax), flag);
const standingAnswer = record({
  height: uint(),
  blockId: hexOf<BlockId>(32),
  asked: nullable(hexOf<BlockId>(32)),
});

/**
 * A snapshot as somebody offers it: header and certificate of its checkpoint, those of a height whose
 * header names the root of its state, and what that root follows from. Nothing of it is verified.
 * Source: docs/PROTOCOL.md section 8.
 */
export type SnapshotOffer = Infer<typeof offerShape>;

/** Where a member stands, and which block it has at the height it was asked for. */
export type Standpoint = Infer<typeof standingAnswer>;

/** A certified header. */
export interface CertifiedHeader {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

/** An offer with the way from the genesis to it, as it lies in `node/arriving`. */
export interface ArrivingOffer extends SnapshotOffer {
  readonly setChanges: readonly SetChange[];
  /** The block that the chain has to pass through, where it lies no higher. */
  readonly trusted: CertifiedHeader | null;
}

const arrivingShape: Shape<ArrivingOffer> = (() => {
  const shape = record({
    ...offerFields,
    setChanges: list(setChangeShape, 16_384),
    trustedHeader: nullable(certifiedHeader.header),
    trustedCertificate: nullable(certifiedHeader.certificate),
  });
  return {
    encode: ({ trusted, ...offer }) =>
      shape.encode({
        ...offer,
        trustedHeader: trusted?.header ?? null,
        trustedCertificate: trusted?.certificate ?? null,
      }),
    decode: (value, path) => {
      const { trustedHeader, trustedCertificate, ...offer } = shape.decode(value, path);
      const isThere = trustedHeader !== null && trustedCertificate !== null;
      const trusted = isThere ? { header: trustedHeader, certificate: trustedCertificate } : null;
      return { ...offer, trusted };
    },
  };
})();

const arrivingLimits = { depthMax: 16, itemsMax: limits.blockItemsMax };

/** Largest offer, and largest answer with buckets or with changes of the set. */
export const offerAnswerBytesMax = 512 * 1_024;
/** One bucket as large as they can be, or a chunk of them. */
export const bucketsAnswerBytesMax: number = bucketBytesMax + 1_048_576;
/** One change with its set and certificate beyond the bound, at most. */
export const setChangesAnswerBytesMax = 2 * 1_048_576;

export function encodeOfferAnswer(offer: SnapshotOffer | null): Uint8Array {
  return toBytes(offerAnswer, offer);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeOfferAnswer(body: Uint8Array): SnapshotOffer | null {
  return fromBytes(offerAnswer, body);
}

export function encodeBucketsAnswer(buckets: readonly Uint8Array[]): Uint8Array {
  return toBytes(bucketsAnswer, buckets);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeBucketsAnswer(body: Uint8Array): readonly Uint8Array[] {
  return fromBytes(bucketsAnswer, body);
}

export function encodeSetChangesAnswer(changes: readonly SetChange[], more: boolean): Uint8Array {
  return toBytes(setChangesAnswer, [changes, more]);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeSetChangesAnswer(body: Uint8Array): {
  readonly changes: readonly SetChange[];
  readonly more: boolean;
} {
  const [changes, more] = fromBytes(setChangesAnswer, body);
  return { changes, more };
}

export function encodeStandingAnswer(standpoint: Standpoint): Uint8Array {
  return toBytes(standingAnswer, standpoint);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeStandingAnswer(body: Uint8Array): Standpoint {
  return fromBytes(standingAnswer, body);
}

export function encodeArrivingOffer(offer: ArrivingOffer): Uint8Array {
  return toBytes(arrivingShape, offer, arrivingLimits);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeArrivingOffer(bytes: Uint8Array): ArrivingOffer {
  return fromBytes(arrivingShape, bytes, arrivingLimits);
}
