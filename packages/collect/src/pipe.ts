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
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (const word of lines.take(bytes)) {
      if (word.type !== "command") collector.hear(spoolText(word));
    }
    void collector.commit().catch(() => undefined);
    await collector.room();
    if (signal.aborted) return;
  }
  for (const word of lines.end()) collector.hear(spoolText(word));
  await collector.commit();
}
