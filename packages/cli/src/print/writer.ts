import type { Writable } from "node:stream";

/** Writes text to a stream at the speed of whoever reads it. */
export interface Writer {
  /** False once nobody reads any more (`| head`): the command may stop, and that is no error. */
  write(text: string): Promise<boolean>;
}

/** A writer for stdout or a file. @throws what the stream reports, except a reader that went away */
export function openWriter(stream: Writable): Writer {
  let closed = stream.destroyed;
  let failure: Error | null = null;
  stream.on("close", () => {
    closed = true;
  });
  stream.on("error", (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== "EPIPE") failure = error;
  });
  return {
    async write(text) {
      if (failure !== null) throw failure;
      if (closed) return false;
      if (!stream.write(text)) await room(stream);
      if (failure !== null) throw failure;
      return !closed;
    },
  };
}

/** Waits until the stream takes more, or never will. */
function room(stream: Writable): Promise<void> {
  const events = ["drain", "close", "error"];
  return new Promise((resolve) => {
    const go = (): void => {
      for (const event of events) stream.off(event, go);
      resolve();
    };
    for (const event of events) stream.on(event, go);
  });
}
