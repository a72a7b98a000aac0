import type { Stream } from "@libp2p/interface";
import { assert } from "@tegata/ledger/primitives";
import type { StreamCounters } from "./counters.ts";
import { frameHeaderBytes, writeFrameHeader } from "./frames.ts";
import { type FrameType, frameRules } from "./limits.ts";

interface Waiting {
  readonly type: FrameType;
  readonly body: Uint8Array;
}

/** What a queue does when the peer takes less than is sent: votes and gossip age, answers must not be lost. */
export type Overflow = "drop oldest" | "fail";

/** What a queue is made of. */
export interface SendQueueOptions {
  readonly bytesMax: number;
  readonly chunkBytes: number;
  readonly overflow: Overflow;
  readonly counters: StreamCounters;
  /** The stream could not take more, or the queue is full and must not drop. */
  readonly onFailure: (error: Error | null) => void;
}

/**
 * Frames that wait for one stream, bounded in bytes. Small frames leave together, because each chunk
 * costs an encryption and two system calls; large ones leave in pieces, so that the rest waits here,
 * where it is counted, and not in the library's unbounded buffer.
 */
export class SendQueue {
  readonly #options: SendQueueOptions;
  #stream: Stream | null = null;
  /** Frames already taken leave a null, so that dropped ones do not stay in memory. */
  #frames: (Waiting | null)[] = [];
  #first = 0;
  #bytes = 0;
  /** The frame that is on its way in pieces; it can no longer be dropped. */
  #current: Waiting | null = null;
  #currentSent = 0;
  #scheduled = false;
  #blocked = false;
  #closed = false;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  /** Bytes that wait, headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins to send on a stream; what is queued before stays queued. */
  attach(stream: Stream): void {
    this.#stream = stream;
    // Not `stream.onDrain()`: its promise is never renewed, and the second wait would not wait.
    stream.addEventListener("drain", () => {
      this.#blocked = false;
      this.#flush();
    });
    this.#schedule();
  }

  /** Queues one frame; the body must not change afterwards. */
  push(type: FrameType, body: Uint8Array): void {
    assert(body.length <= frameRules[type].bodyBytesMax, "a frame keeps the limit of its type");
    if (this.#closed) return;
    this.#frames.push({ type, body });
    this.#bytes += frameHeaderBytes + body.length;
    while (this.#bytes > this.#options.bytesMax && this.#first < this.#frames.length - 1) {
      if (this.#options.overflow === "fail") {
        this.#options.onFailure(null);
        return;
      }
      const dropped = this.#shift();
      if (dropped === null) break;
      this.#bytes -= frameHeaderBytes + dropped.body.length;
      this.#options.counters.droppedFrames += 1;
    }
    this.#schedule();
  }

  /** Forgets everything that waits. */
  close(): void {
    this.#closed = true;
    this.#stream = null;
    this.#frames = [];
    this.#first = 0;
    this.#current = null;
    this.#bytes = 0;
  }

  #shift(): Waiting | null {
    const frame = this.#frames[this.#first] ?? null;
    if (frame === null) return null;
    this.#frames[this.#first] = null;
    this.#first += 1;
    if (this.#first > 1_024 && this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    return frame;
  }

  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#stream === null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    try {
      while (!this.#blocked && this.#stream !== null && this.#bytes > 0) {
        const chunk = this.#nextChunk();
        this.#options.counters.sentBytes += chunk.length;
        this.#blocked = !this.#stream.send(chunk);
      }
    } catch (error) {
      this.#options.onFailure(error as Error);
    }
  }

  #nextChunk(): Uint8Array {
    const { chunkBytes } = this.#options;
    const current = this.#current;
    if (current !== null && current.body.length - this.#currentSent > chunkBytes) {
      // The middle of a large frame leaves as it lies there, without a copy for each peer.
      const start = this.#currentSent;
      this.#currentSent += chunkBytes;
      this.#bytes -= chunkBytes;
      return current.body.subarray(start, this.#currentSent);
    }
    const chunk = new Uint8Array(Math.min(this.#bytes, chunkBytes));
    let filled = 0;
    while (filled < chunk.length) {
      if (this.#current === null) {
        // A header is never split, so that a piece of a frame is always a piece of its body.
        if (chunk.length - filled < frameHeaderBytes) break;
        this.#current = this.#shift();
        if (this.#current === null) break;
        this.#currentSent = 0;
        writeFrameHeader(chunk, filled, this.#current.type, this.#current.body.length);
        filled += frameHeaderBytes;
      }
      const { body } = this.#current;
      const piece = body.subarray(this.#currentSent, this.#currentSent + chunk.length - filled);
      chunk.set(piece, filled);
      filled += piece.length;
      this.#currentSent += piece.length;
      if (this.#currentSent === body.length) {
        this.#current = null;
        this.#options.counters.sentFrames += 1;
      }
    }
    this.#bytes -= filled;
    return filled === chunk.length ? chunk : chunk.subarray(0, filled);
  }
}
