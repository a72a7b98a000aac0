import type { Collector } from "./collector.ts";
import { spoolText } from "./shdr-adapter.ts";
import { ShdrLines } from "./shdr-lines.ts";

/** A pipe, and what its lines are. */
export interface Pipe {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly form: "shdr" | "ndjson";
}

/** Takes the lines of a pipe until it ends; a last line without an end counts as torn. */
export async function followPipe(
  { chunks, form }: Pipe,
  collector: Pick<Collector<null>, "hear" | "commit" | "room">,
  signal: AbortSignal,
): Promise<void> {
  const lines = new ShdrLines(form === "shdr" ? "adapter" : "plain");
  for await (const chunk of untilStopped(chunks, signal)) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (const word of lines.take(bytes)) {
      if (word.type !== "command") collector.hear(spoolText(word));
    }
    void collector.commit().catch(() => undefined);
    await collector.room();
  }
  for (const word of lines.end()) collector.hear(spoolText(word));
  await collector.commit();
}

/** A pipe that says nothing must not keep a program from ending. */
async function* untilStopped<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const stopped = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  const iterator = chunks[Symbol.asyncIterator]();
  while (!signal.aborted) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (next === null || next.done === true) return;
    yield next.value;
  }
}
