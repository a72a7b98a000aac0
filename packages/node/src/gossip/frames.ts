import { type SidecarBytes, sidecarShape } from "@tegata/ledger/chain";
import {
  assert,
  encode,
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

const idBytesLength = 32;
/** A canonical byte string of 32 bytes begins with these two. Source: RFC 8949 section 3. */
const idHead = [0x58, idBytesLength] as const;
const idItemBytes = idHead.length + idBytesLength;

/** First bytes of a canonical list of this many items. */
function listHead(count: number): Uint8Array {
  return encode(new Array(count).fill(null)).slice(0, count < 24 ? 1 : count < 256 ? 2 : 3);
}

/** Body of a frame `announce` or `want`: written by hand, because there are several for each transaction. */
export function encodeIds(ids: readonly TransactionId[]): Uint8Array {
  assert(ids.length <= idsPerFrameMax, "a frame names at most 4,096 transactions");
  const head = listHead(ids.length);
  const body = Buffer.allocUnsafeSlow(head.length + ids.length * idItemBytes);
  body.set(head);
  let offset = head.length;
  for (const id of ids) {
    body.set(idHead, offset);
    body.write(id, offset + idHead.length, "hex");
    offset += idItemBytes;
  }
  return new Uint8Array(body.buffer, body.byteOffset, body.length);
}

/**
 * Reads what {@link encodeIds} writes and nothing else.
 * @throws LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function decodeIds(body: Uint8Array): readonly TransactionId[] {
  const count = Math.floor(body.length / idItemBytes);
  const head = listHead(Math.min(count, idsPerFrameMax));
  const isRegular =
    count <= idsPerFrameMax &&
    body.length === head.length + count * idItemBytes &&
    head.every((byte, index) => body[index] === byte);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const ids: TransactionId[] = [];
  for (let offset = head.length; isRegular && offset < body.length; offset += idItemBytes) {
    if (body[offset] !== idHead[0] || body[offset + 1] !== idHead[1]) break;
    ids.push(bytes.toString("hex", offset + idHead.length, offset + idItemBytes) as TransactionId);
  }
  // Anything else is read with all checks, which say what is wrong with it.
  return isRegular && ids.length === count ? ids : fromBytes(idsShape, body);
}

/** Bytes a sidecar takes, without what frames it. */
export function sidecarBytes(sidecar: SidecarBytes): number {
  return sidecar.payloads.reduce(
    (sum, payload) => sum + payload.length,
    sidecar.transaction.length,
  );
}
