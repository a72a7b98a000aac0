import { limits } from "@tegata/ledger/chain";
import {
  type BlockId,
  bytes,
  decode,
  encode,
  fromBytes,
  hexOf,
  LedgerError,
  list,
  literal,
  nullable,
  type TransactionId,
  toBytes,
  tuple,
  uint,
} from "@tegata/ledger/primitives";
import { idsShape } from "../gossip/frames.ts";

/** Most payloads that one request names. */
export const partsPerRequestMax = 4_096;

/** Most blocks that one request names. */
export const blocksPerRequestMax = 256;
/** An answer of several blocks takes no more of them once they are so many bytes. */
export const runBytesMax = 1_048_576;

/** A payload by its name: transaction and part index. */
export type PartName = readonly [transactionId: TransactionId, part: number];

/** What a member can be asked for. Source: docs/PROTOCOL.md section 8. */
export type SyncRequest =
  | { readonly kind: "block"; readonly blockId: BlockId }
  | { readonly kind: "certified"; readonly height: number }
  | { readonly kind: "certifiedRun"; readonly height: number; readonly count: number }
  | { readonly kind: "payloads"; readonly parts: readonly PartName[] }
  | { readonly kind: "sidecars"; readonly ids: readonly TransactionId[] }
  | { readonly kind: "offer" }
  | {
      readonly kind: "buckets";
      readonly height: number;
      readonly first: number;
      readonly count: number;
    }
  | { readonly kind: "setChanges"; readonly height: number }
  | { readonly kind: "standing"; readonly height: number };

const blockRequest = tuple(literal(1), hexOf<BlockId>(32));
const certifiedRequest = tuple(literal(2), uint());
const payloadsRequest = tuple(
  literal(3),
  list(tuple(hexOf<TransactionId>(32), uint(limits.payloadsMax - 1)), partsPerRequestMax),
);
const sidecarsRequest = tuple(literal(4), idsShape);
const offerRequest = tuple(literal(5));
const bucketsRequest = tuple(literal(6), uint(), uint(limits.buckets - 1), uint(limits.buckets));
const setChangesRequest = tuple(literal(7), uint());
const standingRequest = tuple(literal(8), uint());
const certifiedRunRequest = tuple(literal(9), uint(), uint(blocksPerRequestMax));

/** Canonical bytes of `[kind, …]`. */
export function encodeRequest(request: SyncRequest): Uint8Array {
  switch (request.kind) {
    case "block":
      return toBytes(blockRequest, [1, request.blockId]);
    case "certified":
      return toBytes(certifiedRequest, [2, request.height]);
    case "payloads":
      return toBytes(payloadsRequest, [3, request.parts]);
    case "sidecars":
      return toBytes(sidecarsRequest, [4, request.ids]);
    case "offer":
      return toBytes(offerRequest, [5]);
    case "buckets":
      return toBytes(bucketsRequest, [6, request.height, request.first, request.count]);
    case "setChanges":
      return toBytes(setChangesRequest, [7, request.height]);
    case "standing":
      return toBytes(standingRequest, [8, request.height]);
    case "certifiedRun":
      return toBytes(certifiedRunRequest, [9, request.height, request.count]);
  }
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeRequest(body: Uint8Array): SyncRequest {
  const value = decode(body);
  const number = Array.isArray(value) ? value[0] : null;
  switch (number) {
    case 1:
      return { kind: "block", blockId: blockRequest.decode(value, "request")[1] };
    case 2:
      return { kind: "certified", height: certifiedRequest.decode(value, "request")[1] };
    case 3:
      return { kind: "payloads", parts: payloadsRequest.decode(value, "request")[1] };
    case 4:
      return { kind: "sidecars", ids: sidecarsRequest.decode(value, "request")[1] };
    case 5:
      offerRequest.decode(value, "request");
      return { kind: "offer" };
    case 6: {
      const [, height, first, count] = bucketsRequest.decode(value, "request");
      return { kind: "buckets", height, first, count };
    }
    case 7:
      return { kind: "setChanges", height: setChangesRequest.decode(value, "request")[1] };
    case 8:
      return { kind: "standing", height: standingRequest.decode(value, "request")[1] };
    case 9: {
      const [, height, count] = certifiedRunRequest.decode(value, "request");
      return { kind: "certifiedRun", height, count };
    }
    default: {
      const detail = { path: "request[0]", expected: "a kind of request" };
      throw new LedgerError("LEDGER_BAD_SHAPE", "no kind of request", detail);
    }
  }
}

const blockAnswer = tuple(bytes(limits.blockBytesMax));
const certifiedAnswer = tuple(bytes(limits.blockBytesMax), bytes(limits.certificateBytesMax));
const certifiedRunAnswer = list(certifiedAnswer, blocksPerRequestMax);
const payloadsAnswer = list(nullable(bytes(limits.payloadBytesMax)), partsPerRequestMax);

/** What frames an answer that carries `bytes` of content in `items` pieces, at most. */
export function answerBytesMax(contentBytes: number, items: number): number {
  return contentBytes + items * 16 + 1_024;
}

export function encodeBlockAnswer(block: Uint8Array): Uint8Array {
  return toBytes(blockAnswer, [block]);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeBlockAnswer(body: Uint8Array): Uint8Array {
  return fromBytes(blockAnswer, body)[0];
}

/** A block and its certificate as they travel. */
export interface CertifiedBytes {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export function encodeCertifiedAnswer(block: Uint8Array, certificate: Uint8Array): Uint8Array {
  return encode([block, certificate]);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeCertifiedAnswer(body: Uint8Array): CertifiedBytes {
  const [block, certificate] = fromBytes(certifiedAnswer, body);
  return { block, certificate };
}

/** Blocks in a row, each with its certificate. */
export function encodeCertifiedRunAnswer(run: readonly CertifiedBytes[]): Uint8Array {
  return encode(run.map(({ block, certificate }) => [block, certificate]));
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeCertifiedRunAnswer(body: Uint8Array): readonly CertifiedBytes[] {
  return fromBytes(certifiedRunAnswer, body).map(([block, certificate]) => ({
    block,
    certificate,
  }));
}

/** Payloads in the order asked for; null where one is not held. */
export function encodePayloadsAnswer(payloads: readonly (Uint8Array | null)[]): Uint8Array {
  return toBytes(payloadsAnswer, payloads);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodePayloadsAnswer(body: Uint8Array): readonly (Uint8Array | null)[] {
  return fromBytes(payloadsAnswer, body);
}
