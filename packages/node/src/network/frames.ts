import { NodeError } from "../errors.ts";
import { type FrameType, frameRules, frameTypes, type StreamClass } from "./limits.ts";

/** Bytes before the body: u32 length of what follows, u8 type. */
export const frameHeaderBytes = 5;

/** Room for the first bytes of a body; a longer body gets more only as its bytes arrive. */
const bodyRoomFirst = 65_536;

/** One frame as received; the body is a copy, owned by whoever gets it. */
export interface Frame {
  readonly type: FrameType;
  readonly body: Uint8Array;
}

/** Writes the header of a frame at `offset`. Source: docs/PROTOCOL.md section 8. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  type: FrameType,
  bodyBytes: number,
): void {
  const following = bodyBytes + 1;
  target[offset] = following >>> 24;
  target[offset + 1] = following >>> 16;
  target[offset + 2] = following >>> 8;
  target[offset + 3] = following;
  target[offset + 4] = type;
}

function isFrameType(type: number): type is FrameType {
  return Object.hasOwn(frameRules, type);
}

/** A body on its way in; its memory grows with what has arrived, never with what was announced. */
class Body {
  readonly type: FrameType;
  readonly #length: number;
  #bytes: Uint8Array;
  #filled = 0;

  constructor(type: FrameType, length: number) {
    this.type = type;
    this.#length = length;
    this.#bytes = new Uint8Array(Math.min(length, bodyRoomFirst));
  }

  get missing(): number {
    return this.#length - this.#filled;
  }

  append(part: Uint8Array): void {
    const end = this.#filled + part.length;
    if (end > this.#bytes.length) {
      const room = Math.min(this.#length, Math.max(end, this.#bytes.length * 2));
      const grown = new Uint8Array(room);
      grown.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#filled);
    this.#filled = end;
  }

  finish(): Frame {
    return { type: this.type, body: this.#bytes };
  }
}

/**
 * Cuts what arrives on one stream into frames. Sizes are checked before anything is reserved for a
 * body, and the first frame is the hello. Source: docs/PROTOCOL.md section 8.
 */
export class FrameReader {
  readonly #stream: StreamClass;
  readonly #header: Uint8Array = new Uint8Array(frameHeaderBytes);
  #headerFilled = 0;
  #body: Body | null = null;
  #greeted = false;
  /** Received and not yet cut; bounded by the receive window, because a paused stream brings no more. */
  #chunks: Uint8Array[] = [];
  #chunk = 0;
  #offset = 0;

  constructor(stream: StreamClass) {
    this.#stream = stream;
  }

  /** Takes bytes that arrived; they may be a view into memory that is kept for no longer than needed. */
  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.push(bytes);
  }

  /**
   * The next complete frame, or null until more arrives.
   * @throws NODE_PEER_FRAME_TOO_LARGE, NODE_PEER_FRAME_UNKNOWN, NODE_PEER_FRAME_MALFORMED
   */
  next(): Frame | null {
    for (;;) {
      if (this.#body !== null && this.#body.missing === 0) {
        const frame = this.#body.finish();
        this.#body = null;
        return frame;
      }
      const part = this.#take(this.#wanted());
      if (part === null) return null;
      if (this.#body !== null) {
        this.#body.append(part);
        continue;
      }
      this.#header.set(part, this.#headerFilled);
      this.#headerFilled += part.length;
      if (this.#headerFilled === frameHeaderBytes) {
        this.#headerFilled = 0;
        this.#body = this.#admit();
      }
    }
  }

  #wanted(): number {
    return this.#body === null ? frameHeaderBytes - this.#headerFilled : this.#body.missing;
  }

  /** Up to `count` bytes of the first chunk. */
  #take(count: number): Uint8Array | null {
    const chunk = this.#chunks[this.#chunk];
    if (chunk === undefined) {
      if (this.#chunks.length > 0) this.#chunks = [];
      this.#chunk = 0;
      return null;
    }
    const part = chunk.subarray(this.#offset, this.#offset + count);
    this.#offset += part.length;
    if (this.#offset === chunk.length) {
      this.#chunk += 1;
      this.#offset = 0;
    }
    return part;
  }

  #admit(): Body {
    const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, type = 0] = this.#header;
    const following = ((b0 << 24) | (b1 << 16) | (b2 << 8) | b3) >>> 0;
    if (following === 0) {
      throw new NodeError("NODE_PEER_FRAME_MALFORMED", "a frame without a type", { type: 0 });
    }
    const unknown = (): NodeError => {
      const message = `frame ${type} has no place on stream ${this.#stream}`;
      return new NodeError("NODE_PEER_FRAME_UNKNOWN", message, { type, stream: this.#stream });
    };
    if (!isFrameType(type)) throw unknown();
    const rule = frameRules[type];
    if (this.#greeted ? rule.stream !== this.#stream : type !== frameTypes.hello) throw unknown();
    if (following - 1 > rule.bodyBytesMax) {
      const message = `frame ${type} of ${following - 1} bytes`;
      const detail = { type, bytes: following - 1 };
      throw new NodeError("NODE_PEER_FRAME_TOO_LARGE", message, detail);
    }
    this.#greeted = true;
    return new Body(type, following - 1);
  }
}
