import type { Stream } from "@libp2p/interface";
import { NodeError } from "../errors.ts";
import type { StreamCounters } from "./counters.ts";
import { type Frame, FrameReader, frameHeaderBytes } from "./frames.ts";
import type { StreamClass } from "./limits.ts";

/** What a receiver is made of. */
export interface ReceiverOptions {
  readonly stream: Stream;
  readonly streamClass: StreamClass;
  readonly counters: StreamCounters;
  /** Takes one frame; never throws for outside reasons other than a NodeError, never rejects. */
  readonly onFrame: (frame: Frame) => void | Promise<void>;
  /** The peer broke a rule, or the stream failed; nothing more is read. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Reads one incoming stream frame by frame. While a promise of `onFrame` is pending the stream is
 * paused: its window is used up, and the sender comes to a halt with at most one window on the way.
 */
export function receive(options: ReceiverOptions): void {
  const { stream, counters } = options;
  const reader = new FrameReader(options.streamClass);
  let busy = false;
  let ended = false;

  function fail(error: unknown): void {
    if (ended) return;
    ended = true;
    options.onFailure(error instanceof Error ? error : new Error(String(error)));
  }

  function readOn(): void {
    try {
      while (!busy && !ended) {
        const frame = reader.next();
        if (frame === null) return;
        counters.receivedFrames += 1;
        counters.receivedBytes += frameHeaderBytes + frame.body.length;
        const done = options.onFrame(frame);
        if (done !== undefined) wait(done);
      }
    } catch (error) {
      fail(error);
    }
  }

  function wait(done: Promise<void>): void {
    busy = true;
    stream.pause();
    done
      .then(() => {
        busy = false;
        readOn();
        // Frames left over may have begun the next wait.
        if (!busy && !ended && stream.readStatus === "paused") stream.resume();
      }, fail)
      .catch(fail);
  }

  stream.addEventListener("message", (event) => {
    try {
      if (ended) return;
      if (event.data instanceof Uint8Array) reader.push(event.data);
      else for (const part of event.data) reader.push(part);
      readOn();
    } catch (error) {
      fail(error);
    }
  });
  stream.addEventListener("remoteCloseWrite", () => fail(new Error("the peer ended a stream")));
  stream.addEventListener("close", (event) => {
    fail(event.error ?? new Error("a stream was closed"));
  });
}

/** Whether an error is a broken rule of the peer rather than a lost connection. */
export function isViolation(error: Error | null): error is NodeError {
  return error instanceof NodeError;
}
