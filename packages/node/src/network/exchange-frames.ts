import {
  bytes,
  decode,
  encode,
  flag,
  fromBytes,
  type Infer,
  record,
  type Shape,
  text,
  toBytes,
  uint,
  type Value,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { type FrameType, frameTypes, networkLimits } from "./limits.ts";

const requestId = uint();

const chunkShape = record({
  requestId,
  last: flag,
  bytes: bytes(networkLimits.responseChunkBytes),
});
const creditShape = record({ requestId, taken: uint() });
const refuseShape = record({ requestId, code: text(64) });

/** A piece of a response. */
export type Chunk = Infer<typeof chunkShape>;
/** How many bytes of a response the asker has taken in all. */
export type Credit = Infer<typeof creditShape>;
/** From the answerer: no (further) answer. From the asker: the answer is no longer wanted. */
export type Refuse = Infer<typeof refuseShape>;

function malformed(type: FrameType, cause: unknown): NodeError {
  const message = `a frame ${type} that cannot be read`;
  return new NodeError("NODE_PEER_FRAME_MALFORMED", message, { type }, cause);
}

function reader<T>(type: FrameType, shape: Shape<T>): (body: Uint8Array) => T {
  return (body) => {
    try {
      return fromBytes(shape, body);
    } catch (cause) {
      throw malformed(type, cause);
    }
  };
}

/** @throws NODE_PEER_FRAME_MALFORMED */
export const decodeChunk: (body: Uint8Array) => Chunk = reader(frameTypes.chunk, chunkShape);
/** @throws NODE_PEER_FRAME_MALFORMED */
export const decodeCredit: (body: Uint8Array) => Credit = reader(frameTypes.credit, creditShape);
/** @throws NODE_PEER_FRAME_MALFORMED */
export const decodeRefuse: (body: Uint8Array) => Refuse = reader(frameTypes.refuse, refuseShape);

/** Body of a chunk frame. */
export function encodeChunk(chunk: Chunk): Uint8Array {
  return toBytes(chunkShape, chunk);
}

/** Body of a credit frame. */
export function encodeCredit(credit: Credit): Uint8Array {
  return toBytes(creditShape, credit);
}

/** Body of a refuse frame; a code that is too long is replaced, because a refusal must not fail. */
export function encodeRefuse(refuse: Refuse): Uint8Array {
  const fits = refuse.code.length <= 64 && Buffer.byteLength(refuse.code) <= 64;
  return toBytes(refuseShape, fits ? refuse : { ...refuse, code: "refused" });
}

/**
 * Puts the request id before what is asked: `[kind, …]` becomes `[request id, kind, …]`.
 * @throws LEDGER_NOT_CANONICAL
 */
export function encodeRequest(id: number, what: Uint8Array): Uint8Array {
  const asked = decode(what);
  return encode([id, ...(Array.isArray(asked) ? (asked as readonly Value[]) : [asked])]);
}

/**
 * Parts the request id from what is asked.
 * @throws NODE_PEER_FRAME_MALFORMED
 */
export function decodeRequest(body: Uint8Array): {
  readonly id: number;
  readonly what: Uint8Array;
} {
  try {
    const value = decode(body);
    if (!Array.isArray(value) || value.length < 2) throw new Error("not [request id, kind, …]");
    const [id, ...what] = value as readonly Value[];
    return { id: requestId.decode(id ?? null, "request id"), what: encode(what) };
  } catch (cause) {
    throw malformed(frameTypes.request, cause);
  }
}
