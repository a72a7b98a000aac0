import type { IncomingMessage } from "node:http";

/** What became of reading a body. */
export type BodyReading =
  | { readonly type: "whole"; readonly bytes: Buffer }
  | { readonly type: "too-large" }
  | { readonly type: "cut-off" };

/** The length that a request announces; null where it announces none. */
export function announcedBytes({ headers }: IncomingMessage): number | null {
  const length = headers["content-length"];
  return length === undefined ? null : Number(length);
}

/** Reads a body of at most `bytesMax`; memory is taken only for what has come. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      request.off("data", take);
      resolve({ type: "too-large" });
    };
    request.on("data", take);
    request.once("end", () => resolve({ type: "whole", bytes: Buffer.concat(chunks) }));
    // Whoever is too slow, or gone, is told by the listener or not at all.
    for (const event of ["close", "error", "aborted"]) {
      request.once(event, () => resolve({ type: "cut-off" }));
    }
  });
}

/** Reads on without keeping anything, so that whoever still sends hears the answer; not for ever. */
export function letPass(request: IncomingMessage, bytesMax: number): void {
  let size = 0;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > bytesMax) request.socket.destroy();
  });
}
