import type { Stream } from "@libp2p/interface";
import { concat } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";

const lengthBytes = 4;

function broken(message: string, cause?: unknown): NodeError {
  return new NodeError("NODE_JOIN_BROKEN", message, null, cause);
}

/**
 * Frames over one stream, one after the other: u32 length, then that many bytes. A frame that nobody has
 * read yet pauses the stream, so that no more than a window ever waits.
 * Source: docs/PROTOCOL.md section 8.
 */
export class Channel {
  readonly #stream: Stream;
  readonly #frameBytesMax: number;
  /** What arrived and is not read: from the first of these two places to the second. */
  #buffer: Uint8Array = new Uint8Array(1_024);
  #start = 0;
  #filled = 0;
  #failure: Error | null = null;
  /** Whoever waits for bytes, for room, or for the end. */
  #wake: () => void = () => undefined;

  constructor(stream: Stream, frameBytesMax: number) {
    this.#stream = stream;
    this.#frameBytesMax = frameBytesMax;
    stream.addEventListener("message", ({ data }) => {
      if (this.#failure !== null) return;
      if (data instanceof Uint8Array) this.#keep(data);
      else for (const part of data) this.#keep(part);
      if (this.#filled - this.#start >= lengthBytes + this.#frameBytesMax) stream.pause();
      this.#wake();
    });
    stream.addEventListener("drain", () => this.#wake());
    stream.addEventListener("remoteCloseWrite", () => this.#end(broken("the other side ended it")));
    stream.addEventListener("close", ({ error }) => {
      this.#end(broken("the connection was lost", error));
    });
  }

  /**
   * The next frame.
   * @throws NODE_JOIN_BROKEN when it does not come in time, is too long, or the connection ends
   */
  async read(patienceMs: number): Promise<Uint8Array> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const isLate = performance.now() > endMs;
      const frame = isLate ? null : this.#cut();
      if (frame !== null) return frame;
      if (this.#failure !== null) throw this.#failure;
      await this.#change(endMs, "nothing came in time");
    }
  }

  /**
   * Sends a frame and waits until the other side takes it, if it is slow.
   * @throws NODE_JOIN_BROKEN
   */
  async write(body: Uint8Array, patienceMs: number): Promise<void> {
    const endMs = performance.now() + patienceMs;
    if (this.#failure !== null) throw this.#failure;
    const length = new Uint8Array(lengthBytes);
    new DataView(length.buffer).setUint32(0, body.length);
    if (this.#send(concat(length, body))) return;
    while (this.#failure === null && this.#stream.writableNeedsDrain) {
      await this.#change(endMs, "the other side takes nothing");
    }
    if (this.#failure !== null) throw this.#failure;
  }

  #send(bytes: Uint8Array): boolean {
    try {
      return this.#stream.send(bytes);
    } catch (cause) {
      throw broken("the connection was lost", cause);
    }
  }

  #keep(part: Uint8Array): void {
    if (this.#filled + part.length > this.#buffer.length) {
      const waiting = this.#buffer.subarray(this.#start, this.#filled);
      const needed = waiting.length + part.length;
      if (2 * needed > this.#buffer.length) this.#buffer = new Uint8Array(2 * needed);
      this.#buffer.set(waiting);
      this.#filled = waiting.length;
      this.#start = 0;
    }
    this.#buffer.set(part, this.#filled);
    this.#filled += part.length;
  }

  #cut(): Uint8Array | null {
    const waiting = this.#filled - this.#start;
    if (waiting < lengthBytes) return null;
    const length = new DataView(this.#buffer.buffer).getUint32(this.#start);
    if (length > this.#frameBytesMax) {
      this.#end(broken(`a frame of ${length} bytes`));
      return null;
    }
    if (waiting < lengthBytes + length) return null;
    const begin = this.#start + lengthBytes;
    this.#start = begin + length;
    const frame = this.#buffer.slice(begin, this.#start);
    if (this.#stream.readStatus === "paused") this.#stream.resume();
    return frame;
  }

  #end(failure: Error): void {
    this.#failure ??= failure;
    this.#wake();
  }

  /** Waits for anything to happen. */
  async #change(endMs: number, late: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(broken(late)), Math.max(0, endMs - performance.now()));
    this.#wake = resolve;
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#wake = () => undefined;
    }
  }
}
