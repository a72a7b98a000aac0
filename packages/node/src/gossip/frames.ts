import { type SidecarBytes, sidecarShape } from "@tegata/ledger/chain";
import {
  fromBytes,
  hexOf,
  list,
  nullable,
  type Shape,
  type TransactionId,
  toBytes,
} from "@tegata/ledger/primitives";

/** Most transaction ids that one frame names. Source: docs/PROTOCOL.md section 8. */
export const idsPerFrameMax = 4_096;

/** A push is cut here, so that it never waits long behind itself; one sidecar may be larger. */
export const pushBytesTarget = 512 * 1_024;

/** Smallest canonical form of a transaction, which bounds how many a frame can hold. */
const sidecarsPerFrameMax = 65_536;

const sidecarsShape = list(sidecarShape, sidecarsPerFrameMax);
const heldSidecarsShape = list(nullable(sidecarShape), idsPerFrameMax);

/** Ids on the wire, as many as one frame may name. */
export const idsShape: Shape<readonly TransactionId[]> = list(
  hexOf<TransactionId>(32),
  idsPerFrameMax,
);

/** Body of a frame `transactions`. */
export function encodeSidecars(sidecars: readonly SidecarBytes[]): Uint8Array {
  return toBytes(sidecarsShape, sidecars);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeSidecars(body: Uint8Array): readonly SidecarBytes[] {
  return fromBytes(sidecarsShape, body);
}

/** Answer to a request for transactions: null where one is not held. */
export function encodeHeldSidecars(sidecars: readonly (SidecarBytes | null)[]): Uint8Array {
  return toBytes(heldSidecarsShape, sidecars);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeHeldSidecars(body: Uint8Array): readonly (SidecarBytes | null)[] {
  return fromBytes(heldSidecarsShape, body);
}

/** Body of a frame `announce` or `want`. */
export function encodeIds(ids: readonly TransactionId[]): Uint8Array {
  return toBytes(idsShape, ids);
}

/** @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE */
export function decodeIds(body: Uint8Array): readonly TransactionId[] {
  return fromBytes(idsShape, body);
}

/** Bytes a sidecar takes, without what frames it. */
export function sidecarBytes(sidecar: SidecarBytes): number {
  return sidecar.payloads.reduce(
    (sum, payload) => sum + payload.length,
    sidecar.transaction.length,
  );
}
